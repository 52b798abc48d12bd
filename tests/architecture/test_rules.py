"""The house rules hold; each rule is first shown to catch what breaks it."""

from __future__ import annotations

import pytest

from tests.architecture import checks
from tests.architecture.rules import MAY_IMPORT
from tests.architecture.source import SourceFile, product, suite

LONG = "\n".join(f"    x = {k}" for k in range(45))
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
        ("ugrn_core/data/x.py", "class A:\n    def f(self, a, b, c, d, *, e, f, g): ..."),
        ("ugrn_core/data/x.py", "async def f(a, b, c, d, e, f, g): ..."),
    ],
    checks.forbidden_names: [("ugrn_core/data/utils.py", ""), ("ugrn_core/common/x.py", "")],
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
    ("ugrn_core/data/x.py", "class A:\n    def f(self, a, b, c, d, e, f): ..."),
    ("ugrn_core/experiment/x.py", "import ugrn_core\nfrom ugrn_core.settings import Settings"),
    ("pages/start.py", "from ugrn_core.settings import read_settings"),
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


@pytest.mark.parametrize("check", [checks.long_files, checks.forbidden_names])
def test_the_tests_keep_the_rule(check):
    found = check(suite())
    assert not found, "\n" + "\n".join(found)


def test_imports_between_parts_go_one_way():
    """The table itself has no cycle: repeatedly remove parts that import nothing left."""
    left = {part: set(may) for part, may in MAY_IMPORT.items()}
    while left:
        free = {part for part, may in left.items() if not may & set(left)}
        assert free, f"these import each other: {sorted(left)}"
        left = {part: may for part, may in left.items() if part not in free}
