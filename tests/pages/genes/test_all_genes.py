"""All genes: a backbone's atlas, first on Start, answers for any gene, and probes a pair live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.pages.conftest import furnished
from tests.pages.test_pages import box, opened, words
from ugrn_core.commands.app import ask_once
from ugrn_core.dashboard.sections import all_genes
from ugrn_core.dashboard.sections.biology import knock_out_panel
from ugrn_core.dashboard.sections.known import of_a_table
from ugrn_core.experiment.atlas import making
from ugrn_core.experiment.atlas.answering import answering
from ugrn_core.experiment.biology import collections
from ugrn_core.experiment.catalog import backbones as catalog
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec, has_atlas, prepare

ASKED = {"backbone": "bare", "dataset": "all-genes"}


@pytest.fixture(scope="module")
def with_atlas(tmp_path_factory):
    settings = furnished(tmp_path_factory.mktemp("atlas"))
    making.make(making.planned(settings, "bare", settings.shipped_runs))
    return settings


@pytest.fixture(autouse=True)
def here(with_atlas, point_to):
    point_to(with_atlas)


def test_it_is_the_first_choice_whatever_backbone_is_chosen(with_atlas):
    app = opened("start", backbone="bare")
    assert not app.exception
    assert box(app, "dataset").value == "all-genes"
    assert "Not computed yet" not in words(app)
    assert "These numbers are from" not in words(app)
    assert has_atlas(with_atlas, "bare")
    assert not has_atlas(with_atlas, "tiny")
    assert answering(with_atlas, "bare") == "bare"


@pytest.mark.parametrize("page", ["start", "regulators", "network", "gene_pair", "compare"])
def test_another_backbones_atlas_answers_and_says_so(page):
    app = opened(page, backbone="tiny", gene="SPI1", centre="SPI1")
    assert not app.exception
    assert not app.error
    assert box(app, "backbone").value == "tiny"
    assert box(app, "dataset").value == "all-genes"
    said = next(c for c in app.caption if "These numbers are from" in c.value)
    assert "bare" in said.value
    assert "tiny, chosen on the left, has no atlas" in said.value
    assert "python -m ugrn_core atlas --backbone tiny" in said.proto.help
    assert "Not computed yet" not in words(app)
    assert "Compute the network" not in [b.label for b in app.button]


def test_the_atlas_own_backbone_is_asked_once_before_anybody_opens_a_pair(with_atlas):
    catalog.open_folder.cache_clear()
    ask_once(with_atlas)
    ready = prepare(with_atlas, Spec("bare", "all-genes"))
    opened_before = catalog.open_folder.cache_info().currsize
    assert ready.backbone.opened.checksum == ready.backbone.checksum
    assert opened_before == catalog.open_folder.cache_info().currsize == 1


def test_the_lab_asks_the_backbone_that_was_chosen():
    app = opened("probe_lab", backbone="tiny")
    assert not app.exception
    assert not app.error
    assert "These numbers are from" not in words(app)
    assert "in the panel" not in words(app)


def test_nobody_answers_for_random_weights(with_atlas):
    assert answering(with_atlas, "bare-random") is None
    app = opened("start", backbone="bare-random")
    assert box(app, "dataset").value != "all-genes"


def test_a_list_is_explained_by_the_best_targets_that_the_atlas_keeps(with_atlas):
    results = Results(with_atlas, Spec("bare", "all-genes"))
    edges = pd.read_parquet(results.edges_path)
    first = edges[edges["source"] == "SPI1"].sort_values("rank")["target"].head(6)
    mark = gene_lists.keep(with_atlas.home, (*first, "NOBODY"))
    app = opened("many_genes", list=mark, **ASKED)
    assert not app.exception
    assert not app.error
    assert "**6 of 7 genes** of your list are asked about" in words(app)
    table = next(d.value for d in app.dataframe if "mean_rank" in d.value)
    assert len(table) == len(results.regulators)
    assert {"overlap", "expected_alike", "q"} <= set(table)
    assert table.set_index("regulator").loc["SPI1", "overlap"] == 6
    assert "best targets of each of its" in words(app)


def test_a_knock_out_is_asked_in_a_panel_around_a_gene(with_atlas):
    app = opened("knock_out", around="SPI1", **ASKED)
    assert not app.exception
    assert not app.error
    assert "**SPI1** switched off" in words(app)
    assert "All genes are too many for one virtual cell: this one holds" in words(app)
    table = next(d.value for d in app.dataframe if "effect" in d.value)
    assert "SPI1" not in set(table["gene"])
    results = Results(with_atlas, Spec("bare", "all-genes"))
    drawn = knock_out_panel.panel(results, "SPI1", ("GATA1", "NOBODY"))
    assert drawn[0] == "SPI1"
    assert "GATA1" in drawn
    assert "NOBODY" not in drawn
    assert len(set(drawn)) == len(drawn)


def test_gene_sets_of_a_regulators_best_targets(with_atlas):
    results = Results(with_atlas, Spec("bare", "all-genes"))
    sets = f"MINE\t\t{chr(9).join(results.genes[:12])}\n".encode()
    name = collections.keep(with_atlas, sets, "mine.gmt")
    app = opened("regulators", gene="SPI1", side="targets", sets=name, **ASKED)
    assert not app.exception
    assert not app.error
    table = next(d.value for d in app.dataframe if "alike" in d.value)
    assert list(table["set"]) == ["MINE"]
    assert "best targets against the" in words(app)


def test_a_page_that_needs_another_panel_leads_to_one():
    app = opened("contexts", **ASKED)
    assert not app.exception
    assert not app.error
    assert app.info
    assert app.get("page_link")


def test_the_list_says_where_it_stops_being_complete():
    names = [f"R{k}" for k in range(60)]
    said = all_genes.headline("HBB", "target", names, 1565)
    assert said.startswith("The best 50 of 1,565 regulators asked about for **HBB**")
    assert "After place 50 the list has gaps: 10 more" in said
    assert "gaps" not in all_genes.headline("HBB", "target", names[:50], 1565)
    assert "The best 60 of 24,409 targets" in all_genes.headline("R1", "source", names, 24409)


def test_known_in_is_never_empty_without_a_word():
    table = pd.DataFrame({"source": ["A", "B"], "target": ["C", "C"], "in_X": [False, False]})
    assert "None of these 2 pairs is in a reference here" in of_a_table.sentence(table, "human")
    assert "looked at: X" in of_a_table.sentence(table, "human")
    assert of_a_table.sentence(table.assign(in_X=[True, False]), "human") == ""
    assert "No reference of mouse genes" in of_a_table.sentence(table[["source"]], "mouse")


def test_what_can_be_taken_away_says_that_it_is_the_best_pairs():
    app = opened("downloads", **ASKED)
    assert "Every pair" not in words(app)
    assert "The best" in words(app)
    assert "curves.npz" not in words(app)


@pytest.mark.parametrize("typed", ["SPI1", "spi1", "PU.1", "Sfpi1", "ENSG00000066336"])
def test_any_name_of_a_gene_leads_to_its_regulators(typed):
    app = opened("regulators", gene=typed, **ASKED)
    assert not app.exception
    assert not app.error
    assert box(app, "gene").value == "SPI1"
    assert "asked about for **SPI1**" in words(app)


def test_a_pair_is_probed_in_the_panel_that_the_atlas_asked_it_in(with_atlas):
    results = Results(with_atlas, Spec("bare", "all-genes"))
    assert not results.whole
    assert results.kept == results.provenance["n_kept"]
    found = results.curves("GATA1", "SPI1")
    atlas = making.planned(with_atlas, "bare")
    part, ready = atlas.plan.part_of("GATA1", "SPI1"), atlas.ready
    curves = probing.request(ready.backbone, part.panel, ("GATA1",), ready.settings).curves
    at = part.panel.genes.index("SPI1")
    for got, whole in ((found.vvp, curves.vvp), (found.gdt, curves.gdt)):
        np.testing.assert_allclose(got, whole[0, :, at], rtol=1e-4, atol=1e-6)
    assert found.reverse_vvp is not None
    assert found.null_vvp_low is not None
    app = opened("gene_pair", source="GATA1", target="SPI1", **ASKED)
    assert not app.exception
    assert not app.error
    assert "in the panel of at most" in words(app)


def test_two_probes_of_an_atlas_are_compared_by_what_it_keeps():
    tiles = opened("compare", kind="probe", **ASKED).metric
    assert [tile.delta for tile in tiles[:2]] == [
        "kept by both, each its best",
        "Spearman, pairs that both kept",
    ]


def test_an_atlas_of_few_values_says_so(with_atlas, tmp_path, point_to):
    told = "asked each pair at"
    assert told not in words(opened("gene_pair", source="GATA1", target="SPI1", **ASKED))
    fresh = replace(with_atlas, home=tmp_path)
    making.make(making.planned(fresh, "bare", values=3))  # the user's own before one that ships
    point_to(fresh)
    pair = words(opened("gene_pair", source="GATA1", target="SPI1", **ASKED))
    about = Results(fresh, Spec("bare", "all-genes")).provenance["values"]
    *most, last = about["asked"]
    assert f"asked each pair at {', '.join(f'{v:g}' for v in most)} and {last:g} alone" in pair
    assert f"VVP effects are off by {100 * about['relative_error']['vvp_peak']:.0f} %" in pair
    assert told in words(opened("regulators", gene="SPI1", columns="true", **ASKED))
    assert told not in words(opened("regulators", gene="SPI1", **ASKED))


@pytest.mark.parametrize("page", ["network", "downloads", "compare", "methods", "runs"])
def test_the_other_pages_take_it_as_any_run(page):
    app = opened(page, **ASKED)
    assert not app.exception
    assert not app.error
    assert box(app, "dataset").value == "all-genes"


def test_a_backbone_without_one_says_how_to_make_it(with_atlas):
    app = opened("compare", kind="backbone", with_backbone="tiny", **ASKED)
    assert not app.exception
    assert "python -m ugrn" in words(app)
    assert not [b for b in app.button if "Compute" in b.label]


def test_what_references_know_stands_beside_all_genes():
    app = opened("regulators", gene="SPI1", **ASKED)
    known = dict(zip(app.dataframe[0].value["gene"], app.dataframe[0].value["known"]))
    assert known["GATA1"] == "Krumsiek 2011"
    assert "Krumsiek 2011" in known["CEBPA"]
    assert known["KLF1"] == "–"
    pair = opened("gene_pair", source="GATA1", target="SPI1", **ASKED)
    assert not pair.error, pair.error
    assert "Known: Krumsiek 2011 (represses)" in words(pair).replace("\\", "")
