"""The pair that Gene pair opens on: the best of the gene one comes with, not the run's best."""

from __future__ import annotations

import pytest

from tests.pages.test_choices import leave
from tests.pages.test_pages import FILLED, box, opened
from ugrn_core.dashboard.queries import edges
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec


@pytest.fixture(autouse=True)
def finished_runs(filled, point_to):
    point_to(filled)


def best(filled, gene: str, side: str) -> tuple[str, str]:
    row = edges.ranked(Results(filled, Spec("tiny", "krumsiek2011")), gene, side).iloc[0]
    return row["source"], row["target"]


def pair(app) -> tuple[str, str]:
    return box(app, "source").value, box(app, "target").value


def test_without_a_gene_it_is_the_best_of_the_run(filled):
    results = Results(filled, Spec("tiny", "krumsiek2011"))
    assert pair(opened("gene_pair", **FILLED)) == edges.summary("first-pair", results)["top"]


@pytest.mark.parametrize("gene", ["SPI1", "GFI1", "KLF1"])
@pytest.mark.parametrize(("side", "column"), [("regulators", "target"), ("targets", "source")])
def test_the_gene_of_regulators_brings_its_best_pair(filled, gene, side, column):
    app = opened(None, **FILLED)
    app.query_params["gene"], app.query_params["side"] = gene, side
    app.switch_page("pages/regulators.py").run()
    leave(app, "gene_pair")
    assert pair(app) == best(filled, gene, column)


def test_one_gene_of_a_pair_brings_the_best_other_one(filled):
    assert pair(opened("gene_pair", source="KLF1", **FILLED)) == best(filled, "KLF1", "source")
    assert pair(opened("gene_pair", target="JUN", **FILLED)) == best(filled, "JUN", "target")


def test_a_pair_that_was_chosen_stays(filled):
    app = opened(None, **FILLED)
    app.query_params["source"], app.query_params["target"] = "JUN", "KLF1"
    app.switch_page("pages/gene_pair.py").run()
    leave(app, "regulators")
    box(app, "gene").select("SPI1").run()
    leave(app, "gene_pair")
    assert pair(app) == ("JUN", "KLF1")
