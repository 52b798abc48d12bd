"""The notebooks run as they are, and what they show was made by running them."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from tests.architecture.source import ROOT

FOLDER = ROOT / "docs" / "notebooks"
FIGURES = {"anndata_to_network.ipynb": 1, "reading_curves.ipynb": 3}
SLOW = 600  # seconds a cell may take on a busy machine


def figures(book: nbformat.NotebookNode) -> int:
    outputs = [o for cell in book.cells for o in cell.get("outputs", [])]
    assert not [o for o in outputs if o.output_type == "error"]
    return sum("image/png" in o.get("data", {}) for o in outputs)


@pytest.mark.parametrize("name", FIGURES)
def test_a_notebook_runs_and_draws_what_it_shows(name, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("UGRN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UGRN_WORKERS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # a test before may have drawn without a screen
    shown = nbformat.read(FOLDER / name, as_version=4)
    assert figures(shown) == FIGURES[name]
    run = nbformat.read(FOLDER / name, as_version=4)
    for cell in run.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(run, timeout=SLOW, kernel_name="python3", resources=place).execute()
    assert figures(run) == FIGURES[name]


def test_every_notebook_is_run():
    assert {path.name for path in FOLDER.glob("*.ipynb")} == set(FIGURES)
