"""Many genes, Knock-out, and what a regulator drives, filled."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.pages.test_pages import FILLED, opened, words
from ugrn_core.dashboard.sections.biology.sets_shown import sentence
from ugrn_core.experiment.biology import collections
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.markdown import literal

GMT = b"BLOOD <b>\t\tGATA1\tKLF1\tFLI1\tSCL\tSPI1\tPU1\tGATA2\tCEBPA\nNONE\t\tACTB\n"
LIST = ("KLF1", "FLI1", "JUN", "NOBODY")


@pytest.fixture(autouse=True)
def finished_runs(filled, point_to):
    point_to(filled)


@pytest.mark.parametrize("way", ["top", "ranks"])
def test_a_regulators_gene_sets_are_those_of_the_api(filled, way):
    name = collections.keep(filled, GMT, "mine.gmt")
    given = {"gene": "SPI1", "side": "targets", "sets": name, "drives": way}
    app = opened("regulators", **given, **FILLED)
    assert not app.exception
    assert not app.error
    assert "What it drives" in words(app)
    table = next(d.value for d in app.dataframe if "set" in d.value)
    assert list(table["set"]) == ["BLOOD <b>"]
    assert table["alike"][0] > 0
    assert "the user's file mine.gmt" in words(app)


def test_sets_that_do_not_fit_the_panel_are_said():
    app = opened("regulators", gene="SPI1", side="targets", **FILLED)
    assert "None of the 50 sets of Hallmark has 5 to 500 genes" in words(app)


def test_a_list_is_explained_and_what_is_missing_offered(filled):
    mark = gene_lists.keep(filled.home, LIST)
    app = opened("many_genes", list=mark, **FILLED)
    assert not app.exception
    assert not app.error
    assert "**3 of 4 genes** of your list are asked about" in words(app)
    assert "NOBODY" in words(app)
    table = next(d.value for d in app.dataframe if "mean_rank" in d.value)
    assert len(table) == 11
    assert {"overlap", "q_overlap", "place_alike", "z", "q"} <= set(table)


def test_a_list_is_pasted_and_kept_in_the_address():
    app = opened("many_genes", **FILLED)
    app.text_area(key="many_box").set_value("KLF1 FLI1, JUN\nGATA1").run()
    next(b for b in app.button if b.label == "Find their regulators").click().run()
    assert not app.exception
    assert "**4 of 4 genes**" in words(app)
    assert app.query_params["list"]
    app.text_area(key="many_box").set_value("KLF1").run()
    next(b for b in app.button if b.label == "Find their regulators").click().run()
    assert "has 3 to 5,000 genes; 1 came" in words(app)


def test_a_link_to_a_list_that_is_not_here_is_one_sentence():
    app = opened("many_genes", list="../../etc/passwd", **FILLED)
    assert not app.exception
    assert "not on this machine" in words(app)


def test_it_opens_on_the_regulator_of_the_best_pair(filled):
    best = Results(filled, Spec("tiny", "krumsiek2011"))
    first = pd.read_parquet(best.edges_path)["source"].iloc[0]
    assert f"**{first}** switched off" in words(opened("knock_out", **FILLED))


def test_two_genes_are_knocked_out_and_their_sum_shown():
    app = opened("knock_out", driven="SPI1", **{"with": "GATA1"}, **FILLED)
    assert not app.exception
    assert not app.error
    assert "**SPI1** and **GATA1** switched off" in words(app)
    assert "Beyond the sum of both" in words(app)
    table = next(d.value for d in app.dataframe if "effect" in d.value)
    assert "SPI1" not in set(table["gene"])
    parts = table["alone_1"] + table["alone_2"] + table["beyond_sum"]
    pd.testing.assert_series_equal(parts, table["effect"], check_names=False, rtol=1e-6)


def test_over_expression_is_the_vvp_of_the_run(filled):
    app = opened("knock_out", driven="SPI1", done="up", answers="up", **FILLED)
    assert not app.error
    table = next(d.value for d in app.dataframe if "effect" in d.value)
    assert (table["effect"] >= 0).all()
    curves = Results(filled, Spec("tiny", "krumsiek2011")).curves("SPI1", "JUN")
    everything = opened("knock_out", driven="SPI1", done="up", **FILLED).dataframe[0].value
    effect = everything.set_index("gene").loc["JUN", "effect"]
    assert effect == pytest.approx(float(curves.vvp[-1] - curves.vvp[0]), abs=1e-5)


def test_a_pair_is_asked_again_with_a_set_held(filled):
    name = collections.keep(filled, GMT, "mine.gmt")
    given = {"source": "SPI1", "target": "JUN", "pathways": "true", "sets": name}
    app = opened("gene_pair", **given, **FILLED)
    assert not app.exception
    assert not app.error
    table = next(d.value for d in app.dataframe if "holds" in d.value)
    assert list(table["set"]) == ["BLOOD <b>"]
    assert table["holds"][0] == "regulator"
    assert "Each gene of a set is" in words(app)


def test_the_most_negative_targets_are_listed(filled):
    app = opened("regulators", gene="SPI1", side="targets", **FILLED)
    table = next(d.value for d in app.dataframe if "centred" in d.value)
    assert table["centred"].is_monotonic_increasing
    edges = pd.read_parquet(Results(filled, Spec("tiny", "krumsiek2011")).edges_path)
    effect = edges["vvp_effect"] - edges.groupby("target")["vvp_effect"].transform("mean")
    own = effect[edges["source"] == "SPI1"]
    assert table["centred"].iloc[0] == pytest.approx(own.min())


def test_a_sets_name_is_no_markup():
    table = pd.DataFrame({"set": ["![x](http://elsewhere/x.png)"], "q": [0.001], "alike": [0.05]})
    shown = literal("![x](http://elsewhere/x.png)")
    assert shown != table["set"][0]
    assert shown in sentence(table)
    assert shown in sentence(table.assign(q=0.5))


def test_the_network_by_community_asks_gene_sets(filled):
    name = collections.keep(filled, GMT, "mine.gmt")
    given = {"colour": "community", "reach": "all", "sets": name, "random_communities": "true"}
    app = opened("network", **given, **FILLED)
    assert not app.exception
    assert not app.error
    assert "Gene sets of the communities" in words(app)
    assert "Under random weights the 50 largest answers to these" in words(app)
