"""Add a gene: where the panel lacks it, one button makes a list that has it, and probes."""

from __future__ import annotations

import dataclasses
import time

import pytest

from tests.pages.test_pages import SLOW, box, opened, words
from ugrn_core.data.gene_sets import shipped_sets
from ugrn_core.data.readers.krumsiek2011 import TITLE
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.markdown import literal

ASKED = {"backbone": "tiny", "dataset": "krumsiek2011"}
GENES = ("GATA1", "SPI1", "KLF1")


@pytest.fixture
def fresh(filled, point_to, tmp_path):
    """Settings with a home of its own, in which a list of three genes was probed."""
    settings = dataclasses.replace(filled, home=tmp_path / "home")
    point_to(settings)
    mark = gene_lists.keep(settings.home, GENES)
    compute.compute(settings, Spec("tiny", "pasted", GENES))
    compute.compute(settings, Spec("tiny", "krumsiek2011"))
    return settings, {"backbone": "tiny", "dataset": f"pasted-{mark}"}


def again(app) -> None:
    """Run the page once more; a box holds what was typed, which the test client does not know."""
    for select in app.selectbox:
        if select.key == "gene" and select.value not in (None, *select.options):
            select.options.append(select.value)
    app.run(timeout=SLOW)


def button(app, label: str):
    return next(b for b in app.button if b.label == label)


@pytest.mark.parametrize("name", ["c-Myc", "MYC"])  # an alias, the symbol
def test_a_gene_is_added_to_a_data_set_and_probed_at_once(fresh, name):
    app = opened("regulators", gene=name, **ASKED)
    assert not app.exception
    assert "not in this panel" in words(app)
    button(app, "Add MYC and probe").click()
    again(app)
    assert not app.exception
    assert box(app, "dataset").value.startswith("pasted-")
    deadline = time.monotonic() + SLOW
    while "possible regulators of **MYC**" not in words(app) and time.monotonic() < deadline:
        time.sleep(0.3)
        again(app)
    assert "11 possible regulators of **MYC**" in words(app)  # the eleven, all still there
    assert box(app, "gene").value == "MYC"
    assert "not in this panel" not in words(app)  # what was said of the panel before


def test_a_hallmark_set_is_added(fresh):
    settings, view = fresh
    app = opened("regulators", gene="CEBPA", **view)
    button(app, "Add this set").click()
    again(app)
    assert "No set was chosen" in app.error[0].value
    box(app, "gene_add_set").set_value("HALLMARK_HEME_METABOLISM")
    button(app, "Add this set").click()
    again(app)
    assert not app.exception
    entries = gene_lists.kept(settings.home, box(app, "dataset").value.removeprefix("pasted-"))
    assert {*GENES, *shipped_sets("hallmark").sets["HALLMARK_HEME_METABOLISM"]} == set(entries)


def test_to_a_list_of_ones_own_it_is_added_too_and_sets_wait_for_a_click(fresh):
    settings, view = fresh
    app = opened("regulators", gene="CEBPA", **view)
    app.text_area(key="gene_add_paste").set_value("FLI1, JUN")
    button(app, "Add these").click()
    again(app)
    assert not app.exception
    chosen = box(app, "dataset").value
    entries = gene_lists.kept(settings.home, chosen.removeprefix("pasted-"))
    assert entries == (*GENES, "FLI1", "JUN")
    assert button(app, "Compute the network (one time)")


def test_what_cannot_be_added_is_said_and_nothing_is_chosen(fresh):
    _, view = fresh
    app = opened("regulators", gene="CEBPA", **view)
    button(app, "Add these").click()
    again(app)
    assert not app.exception
    assert "No gene was pasted" in app.error[0].value
    assert box(app, "dataset").value == view["dataset"]


def test_a_gene_that_no_backbone_knows_cannot_be_added(fresh):
    app = opened("regulators", gene="NOSUCHGENE1", **ASKED)
    assert not app.exception
    assert not [b for b in app.button if b.label.startswith("Add ")]


def test_a_gene_that_another_run_holds_is_led_to_it(fresh):
    _, asked = fresh
    app = opened("start", search="JUN", **asked)
    assert "not in this panel" in words(app)
    (link,) = [p for p in app.get("page_link") if "dataset=krumsiek2011" in p.proto.query_string]
    assert link.proto.label == literal(TITLE)
    assert "gene=JUN" in link.proto.query_string
