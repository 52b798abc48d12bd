"""Choices live as long as the session, however they were made, and are never replaced silently."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import FILLED, box, opened, words
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.catalog.datasets import PASTED
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.spec import Spec


@pytest.fixture(autouse=True)
def finished_runs(filled, point_to):
    point_to(filled)


def shown(app: AppTest, key: str) -> str:
    """Return what the address says of `key`."""
    text = app.query_params[key]
    return text if isinstance(text, str) else text[-1]


def leave(app: AppTest, page: str) -> AppTest:
    """Go to a page as the sidebar does: with nothing in the address."""
    for key in list(app.query_params):
        del app.query_params[key]
    return app.switch_page(f"pages/{page}.py").run()


def test_a_pasted_list_that_came_by_address_stays_where_the_address_is_empty(filled):
    name = f"pasted-{gene_lists.keep(filled.home, ('SPI1', 'GATA1', 'KLF1'))}"
    app = opened(None, backbone="bare", dataset=name)
    for page in ("network", "methods", "start"):
        leave(app, page)
        assert not app.exception
        assert (box(app, "dataset").value, box(app, "backbone").value) == (name, "bare")
        assert shown(app, "dataset") == name
    box(app, "dataset").select("krumsiek2011").run()
    assert any("3 genes" in option for option in box(app, "dataset").options)


def test_a_list_that_is_not_here_is_kept_as_asked_and_no_other_is_shown():
    app = opened(None, backbone="tiny", dataset="pasted-0123456789abcdef")
    for page in ("regulators", "start"):
        leave(app, page)
        assert "not on this machine" in words(app)
        assert not app.dataframe
        assert shown(app, "dataset") == "pasted-0123456789abcdef"


def test_numbers_and_switches_of_a_page_are_there_on_return():
    app = opened(None, **FILLED)
    for key, value in {"cut": "0.25", "most": "25", "reach": "all"}.items():
        app.query_params[key] = value
    app.switch_page("pages/network.py").run()
    leave(app, "regulators")
    assert "cut" not in app.query_params
    leave(app, "network")
    assert app.slider[0].value == 0.25
    assert (shown(app, "most"), shown(app, "reach")) == ("25", "all")


def test_a_default_of_one_data_set_is_no_choice_for_another(filled):
    genes = ("JUN", "EGR1", "GFI1")
    compute.compute(filled, Spec("tiny", PASTED, genes))
    name = f"pasted-{gene_lists.keep(filled.home, genes)}"
    app = opened("regulators", backbone="tiny", dataset=name)
    assert box(app, "gene").value in genes
    box(app, "dataset").select("krumsiek2011").run()
    assert f"possible regulators of **{box(app, 'gene').value}**" in words(app)
    box(app, "gene").select("FLI1").run()
    box(app, "dataset").select(name).run()
    assert box(app, "gene").value == "FLI1"  # chosen by hand: kept, and answered
    assert "not in this panel" in words(app)


def test_what_is_not_offered_here_is_said_and_comes_back():
    app = opened("compare", kind="backbone", with_backbone="bare", **FILLED)
    box(app, "backbone").select("bare").run()
    assert any("You chose “bare”, which is not offered here" in c.value for c in app.caption)
    box(app, "backbone").select("tiny").run()
    assert box(app, "with_backbone").value == "bare"
    assert not any("not offered here" in c.value for c in app.caption)


@pytest.mark.parametrize(
    ("typed", "gene"), [("gata1", "GATA1"), ("PU.1", "SPI1"), ("gat", "GATA1"), ("GFI1", "GFI1")]
)
def test_the_gene_box_takes_the_best_match(typed, gene):
    app = opened("regulators", gene=typed, **FILLED)
    assert box(app, "gene").value == gene
    assert shown(app, "gene") == gene
    assert f"possible regulators of **{gene}**" in words(app)
