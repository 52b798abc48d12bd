"""Visitors who are kept apart find nothing of each other's: data sets, references, lists, runs; not
through a link with its mark either, nor in what a page remembers."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

from tests.data.own import odd_files as odd
from tests.data.references.test_tables import PLAIN, read
from tests.pages.conftest import ROOT
from tests.pages.own_cells.test_data_page import press, with_file
from tests.pages.test_pages import FILLED, opened, words
from ugrn_core.data.own import store
from ugrn_core.data.references import store as reference_store
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.spec import Spec, run_id

LIST = ("GATA1", "KLF1", "SPI1", "TAL1", "CEBPA")
NAMES = ("secret cells", "secret edges", "list of 5 genes")


@pytest.fixture
def private(filled, point_to, tmp_path, monkeypatch):
    """Settings of a server that keeps visitors apart: here each session is a visitor."""
    settings = dataclasses.replace(filled, home=tmp_path / "home")
    point_to(settings)
    monkeypatch.setenv("UGRN_SERVE", "private")
    return settings


@pytest.fixture
def hers(private):
    """One visitor's home, with cells and edges of hers, and a list that was probed."""
    app = press(with_file(("secret cells.csv", odd.FRAME.to_csv().encode())), "Add")
    assert "is added" in app.success[0].value
    (home,) = (private.home / "visitors").iterdir()
    settings = dataclasses.replace(private, home=home)
    (cells,) = store.listed(home)
    edges = reference_store.keep(
        home,
        "secret edges",
        read(PLAIN),
        {"name": "secret edges.csv", "sha256": "0" * 64},
        owner=cells.owner,
    )
    mark = gene_lists.keep(home, LIST)
    for spec in (Spec("tiny", cells.id), Spec("tiny", "pasted", LIST)):
        compute.compute(settings, spec)
    run = run_id(settings, Spec("tiny", cells.id))
    return settings, cells.id, edges.id, f"pasted-{mark}", run


def test_a_link_with_its_mark_opens_nothing_of_another_visitors(hers, private):
    _, cells, edges, pasted, run = hers
    links = (
        ("data", {"dataset": cells}),
        ("runs", {"run": run}),
        ("regulators", {"dataset": cells, "reference": edges}),
        ("network", {"dataset": pasted}),
        ("downloads", {"dataset": cells}),
    )
    for page, asked in links:
        app = opened(page, **(FILLED | asked))
        assert not app.exception
        shown = words(app) + str([s.options for s in app.selectbox])
        tables = " ".join(str(table.value.to_dict()) for table in app.dataframe)
        for name in NAMES:
            assert name not in shown + tables, (page, asked)
        if "run" not in asked:
            assert app.warning or app.error, (page, asked)
    app = opened("data", **FILLED, part="references")
    assert "secret" not in words(app)
    assert not (private.home / "datasets").exists()
    assert not (private.home / "runs").exists()


def test_what_a_page_remembers_is_kept_by_whose_it_is():
    """A cache that is handed a view or settings, unhashed, has the home in its key."""
    for path in Path(ROOT, "ugrn_core", "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            if not any("cache_" in ast.unparse(d) for d in node.decorator_list):
                continue
            names = {a.arg for a in node.args.args}
            if names & {"_view", "_settings"}:
                assert names & {"home", "run"}, f"{path.name}: {node.name}"
