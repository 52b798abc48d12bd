"""The house rules hold; each rule is first shown to catch what breaks it."""

from __future__ import annotations

import pytest

from tests.architecture import checks
from tests.architecture.rules import MAY_IMPORT, WINGS
from tests.architecture.source import SourceFile, product, suite

LONG = "\n".join(f"    x = {k}" for k in range(45))
CLASS = "@dataclass(frozen=True)\nclass Row:\n    a: int"
BAD = {
    checks.wrong_imports: [
        ("ugrn_core/data/x.py", "from ugrn_core.benchmark import metrics"),
        ("ugrn_core/data/x.py", "def f():\n    from ugrn_core import experiment"),
        ("ugrn_core/types.py", "import ugrn_core.probes.base"),
        ("ugrn_core/jobs/x.py", "from ..export import FORMATS"),
        ("ugrn_core/errors.py", "from . import types"),
        ("ugrn_core/dashboard/x.py", "from ugrn_core.backbones import open_backbone"),
        ("ugrn_core/dashboard/x.py", "import pages.start"),
        ("ugrn_core/novelty/x.py", ""),
    ],
    checks.misplaced_libraries: [
        ("ugrn_core/experiment.py", "import streamlit as st"),
        ("ugrn_core/dashboard/layout.py", "from plotly import graph_objects"),
        ("pages/network.py", "import pyvis.network"),
        ("ugrn_core/data/x.py", "import torch.nn.functional as F"),
        ("ugrn_core/jobs/x.py", "from multiprocessing import get_context"),
        ("ugrn_core/jobs/x.py", "from concurrent.futures import ProcessPoolExecutor"),
        ("ugrn_core/backbones/x.py", "def f():\n    from joblib import Parallel"),
        ("ugrn_core/dashboard/x.py", "import subprocess"),
    ],
    checks.long_files: [
        ("ugrn_core/data/x.py", "\n" * 401),
        ("pages/start.py", "\n" * 81),
        ("streamlit_app.py", "\n" * 41),
        ("tests/data/test_x.py", "\n" * 401),
    ],
    checks.large_functions: [
        ("ugrn_core/data/x.py", f"def f():\n{LONG}"),
        ("ugrn_core/data/x.py", "class A:\n    def f(self, a, b, c, d, e, f): ..."),
        ("ugrn_core/data/x.py", "async def f(a, b, c, d, e, f, *, g): ..."),
    ],
    checks.wrong_wings: [
        ("ugrn_core/experiment/catalog/x.py", "from ugrn_core.experiment.runs import spec"),
        ("ugrn_core/experiment/runs/x.py", "from ugrn_core.experiment.evaluation import plan"),
        ("ugrn_core/experiment/novelty/x.py", ""),
        ("ugrn_core/dashboard/shell/x.py", "from ugrn_core.dashboard.sections import start"),
        ("ugrn_core/dashboard/charts/x.py", "def f():\n    import ugrn_core.dashboard.network.svg"),
    ],
    checks.import_circles: [("ugrn_core/data/x.py", "from ugrn_core.data import x")],
    checks.fields_by_place: [
        ("ugrn_core/data/x.py", f"{CLASS}\nmade = Row(1, 2, 3, 4, 5)"),
        ("ugrn_core/data/x.py", f"{CLASS}\nmade = x.Row(1, 2, 3, 4, 5)"),
    ],
    checks.unformatted: [
        ("ugrn_core/data/x.py", "a = [1,2]  # fmt: skip"),
        ("tests/data/x.py", "# fmt: off"),
    ],
    checks.forbidden_names: [("ugrn_core/data/utils.py", ""), ("ugrn_core/common/x.py", "")],
    checks.vague_names: [
        ("ugrn_core/data/x.py", "def f(kept): ..."),
        ("ugrn_core/data/x.py", "def f(a):\n    (b, found), c = a"),
        ("ugrn_core/data/x.py", "rows = [asked for asked in range(3)]"),
        ("ugrn_core/data/x.py", "class A:\n    found: int"),
    ],
    checks.global_state: [
        ("ugrn_core/data/x.py", "np.random.seed(1)"),
        ("ugrn_core/data/x.py", "def f():\n    return os.environ['HOME']"),
        ("ugrn_core/experiment/x.py", "from ugrn_core.settings import Settings, read_settings"),
    ],
}
GOOD = [
    ("ugrn_core/probes/x.py", "import torch\nfrom ugrn_core.backbones.base import Backbone"),
    ("ugrn_core/dashboard/charts.py", "import plotly.graph_objects as go"),
    ("ugrn_core/dashboard/charts/pair.py", "import plotly.graph_objects as go"),
    ("pages/start.py", "import streamlit as st\nfrom ugrn_core.dashboard import layout"),
    ("ugrn_core/__main__.py", "def probe(a, b, c, d, e, f, g, h): ...\nx = os.environ"),
    ("ugrn_core/commands/x.py", "def probe(\n" + "    a,\n" * 41 + "): ..."),
    ("ugrn_core/data/x.py", "class A:\n    def f(self, a, b, c, d, e, *, f, g): ..."),
    ("ugrn_core/data/x.py", f"{CLASS}\nmade = Row(1, 2, 3, 4, e=5)\nmade = Row(*made)"),
    ("ugrn_core/data/x.py", "a = [1,2]  # fmt: skip # columns stand below one another"),
    ("ugrn_core/experiment/runs/x.py", "from ugrn_core.experiment.catalog import study"),
    ("ugrn_core/experiment/runs/x.py", "import ugrn_core\nfrom ugrn_core.settings import Settings"),
    ("pages/start.py", "from ugrn_core.settings import read_settings"),
    ("ugrn_core/data/x.py", "def kept(a):\n    a.found = f(asked=1)"),
    ("ugrn_core/jobs/x.py", "import subprocess\nfrom concurrent.futures import Executor, wait"),
]


def written(folder, path: str, text: str) -> SourceFile:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return SourceFile(path, folder)


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        pytest.param(check, path, text, id=f"{check.__name__}-{k}")
        for check, cases in BAD.items()
        for k, (path, text) in enumerate(cases)
    ],
)
def test_a_rule_catches_what_breaks_it(check, path, text, tmp_path):
    found = check([written(tmp_path, path, text)])
    assert len(found) == 1
    assert found[0].startswith(path)


@pytest.mark.parametrize(("path", "text"), GOOD, ids=range(len(GOOD)))
@pytest.mark.parametrize("check", BAD)
def test_a_rule_lets_the_rest_pass(check, path, text, tmp_path):
    assert check([written(tmp_path, path, text)]) == []


@pytest.mark.parametrize("check", BAD)
def test_the_product_keeps_the_rule(check):
    found = check(product())
    assert not found, "\n" + "\n".join(found)


def test_the_product_has_no_crowded_folder():
    assert checks.large_folders(product()) == []


def test_a_crowded_folder_is_caught(tmp_path):
    files = [written(tmp_path, f"ugrn_core/data/x{k}.py", "") for k in range(12)]
    files.append(written(tmp_path, "ugrn_core/data/__init__.py", ""))
    files += [written(tmp_path, f"ugrn_core/export/x{k}.py", "") for k in range(20)]
    assert checks.large_folders(files) == []
    files.append(written(tmp_path, "ugrn_core/data/one_more.py", ""))
    files.append(written(tmp_path, "ugrn_core/export/one_more.py", ""))
    assert checks.large_folders(files) == [
        "ugrn_core/data: 13 modules, at most 12",
        "ugrn_core/export: 21 modules, at most 20",
    ]


def test_a_circle_is_caught_whatever_it_is_for(tmp_path):
    """A type-only import, one in a function: a reader must follow them all the same."""
    circle = {
        "a": "if TYPE_CHECKING:\n    from ugrn_core.data.b import B",
        "b": "def f():\n    from ugrn_core.data import c",
        "c": "import ugrn_core.data.a",
        "above": "from ugrn_core.data import a",
        "below": "",
    }
    files = [written(tmp_path, f"ugrn_core/data/{n}.py", t) for n, t in circle.items()]
    found = checks.import_circles(files)
    assert [text.partition(":")[0] for text in found] == [f"ugrn_core/data/{n}.py" for n in "abc"]


@pytest.mark.parametrize(
    "check", [checks.long_files, checks.forbidden_names, checks.large_folders, checks.unformatted]
)
def test_the_tests_keep_the_rule(check):
    found = check(suite())
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("table", [MAY_IMPORT, WINGS], ids=["parts", "wings"])
def test_imports_go_one_way(table):
    """The table itself has no cycle: repeatedly remove parts that import nothing left."""
    left = {part: set(may) for part, may in table.items()}
    while left:
        free = {part for part, may in left.items() if not may & set(left)}
        assert free, f"these import each other: {sorted(left)}"
        left = {part: may for part, may in left.items() if part not in free}
