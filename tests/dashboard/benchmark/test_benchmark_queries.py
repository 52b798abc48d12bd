"""Which rows of the results table a choice shows, and what they are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ugrn_core.dashboard.charts.scores import precision_recall
from ugrn_core.dashboard.queries.benchmark import Choice, chosen_rows, of_backbone
from ugrn_core.dashboard.sections import probe_benchmark
from ugrn_core.dashboard.theme import LIGHT


def row(probe: str, auprc: float, **more) -> dict:
    base = {
        "backbone": "ugrn-base",
        "random_weights": False,
        "probe": probe,
        "kind": "translator",
        "recipe": "paper",
        "source": "hESC",
        "dataset": "hHEP",
        "network": "STRING",
        "gene_set": "TFs+500",
        "sampling": "paper",
        "genes": "all",
        "auprc": auprc,
    }
    return base | more


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        [
            row("vvp", 0.6),
            row("gdt", 0.7),
            row("gdt", 0.75, recipe="centred"),
            row("gdt", 0.5, random_weights=True, backbone="ugrn-base-random"),
            row("emb", 0.55),
            row("popularity oracle", 0.9, kind="control", backbone="none", recipe=""),
            row("gdt", 0.65, sampling="matched"),
            row("gdt", 0.61, genes="unseen"),
            row("gdt", 0.58, source="mESC"),
        ]
    )


def shown(table: pd.DataFrame, **changes) -> dict[str, float]:
    base = {"sampling": "paper", "genes": "all", "recipe": "paper", "gene_set": "TFs+500"}
    base["source"] = "hESC"
    rows = chosen_rows(table, Choice(**(base | changes)))
    assert not rows["method"].duplicated().any()
    return dict(zip(rows["method"], rows["auprc"]))


def test_probes_first_then_controls_random_weights_among_them(table):
    assert list(shown(table)) == [
        "GDT",
        "VVP",
        "Gene vectors",
        "GDT, random",
        "Popularity oracle",
    ]


def test_a_choice_takes_its_own_rows(table):
    assert shown(table)["GDT"] == 0.7
    assert shown(table, sampling="matched") == {"GDT": 0.65}
    assert shown(table, genes="unseen") == {"GDT": 0.61}


def test_of_another_source_only_what_needs_no_training_is_shown_for_the_same_pairs(table):
    assert shown(table, source="mESC") == {"GDT": 0.58, "Popularity oracle": 0.9}
    own = table["source"] == "mESC"
    other_draw = table.assign(n_positives=[10 if mine else 20 for mine in own])
    assert shown(other_draw, source="mESC") == {"GDT": 0.58}
    assert shown(
        table.assign(probe=table["probe"].replace("popularity oracle", "source degree")),
        source="mESC",
    ) == {"GDT": 0.58}


def test_sources_by_targets_where_there_are_sources_to_compare(table):
    rows = [
        row("stacked", 0.1 * k, source=source, dataset=target, recipe="centred", **more)
        for k, (source, target, more) in enumerate(
            [
                ("hESC", "mDC", {}),
                ("hESC", "mESC", {}),
                ("mESC", "mDC", {}),
                ("mESC", "hESC", {}),
                ("mDC", "mESC", {"random_weights": True}),
                ("mDC", "hESC", {"random_weights": True}),
                ("mDC", "mESC", {}),
                ("mDC", "hESC", {}),
                ("hESC", "mDC", {"network": "LOF/GOF"}),  # one source: nothing to compare
                ("hESC", "mESC", {"network": "LOF/GOF"}),
                ("hESC", "hHEP", {"gene_set": "TFs+1000"}),
                ("hESC", "hHEP", {"sampling": "full"}),
                ("hHEP", "mESC", {}),  # one target says nothing about a source
            ]
        )
    ]
    found = probe_benchmark.by_source(pd.DataFrame(rows), "paper", "all")
    sources = {"hESC": {"mDC", "mESC"}, "mESC": {"mDC", "hESC"}, "mDC": {"mESC", "hESC"}}
    assert set(found["network"]) == {"STRING"}
    assert {s: set(rows["dataset"]) for s, rows in found.groupby("source")} == sources
    assert len(found) == 6


def test_rows_are_those_of_the_backbone_asked_for(table):
    small = table.assign(backbone="ugrn-small", auprc=0.1)
    both = pd.concat([table, small[small["kind"] != "control"]], ignore_index=True)
    rows, shown = of_backbone(both, "ugrn-small")
    assert shown == "ugrn-small"
    assert set(rows["backbone"]) == {"none", "ugrn-small"}
    assert of_backbone(both, "ugrn-small-random")[1] == "ugrn-small"
    rows, shown = of_backbone(both, "mine")
    assert shown == "ugrn-base"
    assert set(rows["backbone"]) == {"none", "ugrn-base", "ugrn-base-random"}


def test_a_recipe_replaces_its_probes_and_leaves_the_others(table):
    found = shown(table, recipe="centred")
    assert found["GDT"] == 0.75
    assert found["Gene vectors"] == 0.55


def test_kinds_tell_controls(table):
    rows = chosen_rows(table, Choice("paper", "all", "paper", "TFs+500", "hESC"))
    controls = set(rows.loc[rows["kind"] == "control", "method"])
    assert controls == {"GDT, random", "Popularity oracle"}


def test_figures_show_the_headline_and_the_table_the_rest():
    rows = pd.DataFrame(
        {
            "probe": ["stacked", "stacked", "vvp", "vvp-2", "gdt-1", "pert", "pert-abs", "gdt"],
            "random_weights": [False, True, False, False, False, False, False, True],
            "network": "STRING",
        }
    )
    kept = probe_benchmark.pictured(rows)
    assert kept["probe"].tolist() == ["stacked", "stacked", "vvp", "pert"]
    twice = pd.DataFrame({"probe": "stacked-string", "network": ["STRING", "LOF/GOF"]})
    assert probe_benchmark.pictured(twice)["network"].tolist() == ["LOF/GOF"]  # one bar, not two


def test_precision_over_recall_has_a_line_a_method():
    curves = [("Stacked", False, np.array([1.0, 0.5])), ("<b>x</b>", True, np.array([0.5, 0.5]))]
    figure = precision_recall(curves, 0.5, LIGHT)
    assert [list(t.x) for t in figure.data] == [[0.5, 1.0]] * 2
    assert "<" not in figure.data[1].name
