"""The dashboard where torch is not installed: finished runs and shipped results are read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages.conftest import PAGES, ROOT
from ugrn_core.experiment.curves.probing import store_key
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.spec import Spec

CHILD = Path(__file__).with_name("without_torch.py")
FILES = [f"pages/{page}.py" for page in PAGES]


def without_torch(query: dict[str, str], *files: str, **places: object) -> dict:
    """Return what pages say in a process where torch cannot be imported."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UGRN_")}
    environment |= {"PYTHONPATH": str(ROOT), "UGRN_STANDBY": "0"}
    done = subprocess.run(
        [sys.executable, CHILD, json.dumps(query), *files],
        env=environment | {name: str(place) for name, place in places.items()},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def finished_only(filled, tmp_path) -> Path:
    """A home with the curves of the two finished runs: of no control that another test probed."""
    ready = [run_spec.prepare(filled, Spec(name, "krumsiek2011")) for name in ("tiny", "bare")]
    stores = {store_key(r.backbone, r.study.panel, r.settings).digest for r in ready}

    def others(folder: str, names: list[str]) -> set[str]:
        return set(names) - stores if Path(folder) == filled.probes else set()

    return shutil.copytree(filled.home, tmp_path / "home", ignore=others)


@pytest.mark.parametrize("backbone", ["tiny", "bare"])
def test_every_page_reads_a_finished_run(filled, finished_only, backbone):
    query = {"backbone": backbone, "dataset": "krumsiek2011", "across": "true"}
    told = without_torch(query, *FILES, UGRN_HOME=finished_only, UGRN_ASSETS=filled.assets)
    assert {page: t["errors"] for page, t in told.items() if t["errors"]} == {}
    assert "110 pairs probed" in told["pages/start.py"]["words"]
    pair = told["pages/gene_pair.py"]
    assert pair["charts"] >= 2
    assert "PyTorch is not installed" in pair["words"]  # of a random control


def test_what_ships_is_known_and_the_button_says_what_to_install(tmp_path):
    query = {"backbone": "ugrn-small", "dataset": "krumsiek2011"}
    files = ("pages/start.py", "pages/network.py", "pages/probe_benchmark.py", "pages/methods.py")
    told = without_torch(query, *files, UGRN_HOME=tmp_path)
    assert [t["errors"] for t in told.values()] == [[]] * len(files)
    for page in files[:2]:
        assert "pip install torch==" in told[page]["words"]
        assert told[page]["disabled"] == ["Compute the network (one time)"]
    assert told["pages/probe_benchmark.py"]["charts"] >= 1


def test_a_backbone_that_was_never_opened_here_is_one_sentence(filled, tmp_path):
    query = {"backbone": "tiny", "dataset": "krumsiek2011"}
    told = without_torch(query, FILES[0], UGRN_HOME=tmp_path, UGRN_ASSETS=filled.assets)
    (error,) = told[FILES[0]]["errors"]
    assert "PyTorch is not installed" in error
