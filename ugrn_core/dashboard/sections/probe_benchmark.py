"""The Probe benchmark's parts: switches, map, forest, table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.charts.scores import accuracy_map, forest, precision_recall
from ugrn_core.dashboard.queries import benchmark
from ugrn_core.dashboard.queries.benchmark import Choice
from ugrn_core.dashboard.sections.benchmark import as_list, opening
from ugrn_core.dashboard.shell.address import choice
from ugrn_core.dashboard.text import TERMS
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.metric_tiles import Tile, metric_tiles
from ugrn_core.experiment.evaluation import methods

SAMPLINGS = {
    "matched": "Matched: equally popular genes",
    "paper": "Paper: random pairs",
    "full": "Full: every unlabelled pair",
}
MEANING = {
    "paper": "Negatives are drawn uniformly, as many as edges. **Knowing only how popular a gene "
    "is almost solves this task**: compare with the popularity oracle before believing a score.",
    "matched": "Negatives use each gene as often as the edges do, so popularity helps nobody and "
    "chance is 0.5: what stays above it is knowledge of **particular pairs**.",
    "full": "Every unlabelled candidate is a negative; chance is the prevalence, often a few "
    "percent. Compare with chance, and by early precision (EPR).",
}
GENE_SETS = {"TFs+500": "TFs+500", "TFs+1000": "TFs+1000"}
GENES = {"all": "All genes", "unseen": "Genes no translator has seen"}
RECIPES = {
    "centred": "Trained on matched negatives",
    "paper": "Trained on random negatives",
}
_HELP = {"sampling": TERMS["matched"], "recipe": TERMS["translator"], "source": TERMS["zero-shot"]}
_COLUMNS = (
    *("network", "dataset", "gene_set", "method", "kind", "auprc", "auprc_low", "auprc_high"),
    *("prevalence", "auroc", "epr", "n_positives", "n_dropped", "n_pairs", "n_regulators"),
    *("core_seconds", "recipe", "source", "source_network", "seeds", "reason"),
)


def switches(table: pd.DataFrame) -> Choice:
    """Draw the switches and return what they say; those without alternatives are not drawn.

    Offered is what the backbone was judged under: controls alone would answer nothing.
    """
    judged = table[table["backbone"] != "none"] if "backbone" in table else table
    table = judged if len(judged) else table
    row = st.container(horizontal=True, vertical_alignment="bottom")  # wraps on narrow screens

    def ask(label: str, key: str, titles: dict[str, str], column: str, width: int) -> str:
        there = set(table[column]) - {""} if column in table else set()
        known = {k: v for k, v in titles.items() if k in there}
        offered = known | {k: str(k) for k in sorted(there) if k not in titles}
        if len(offered) < 2:
            return next(iter(offered), "")
        with row.container(width=width):
            return choice(label, key, offered, help=_HELP.get(key))

    return Choice(
        sampling=ask("Negatives", "sampling", SAMPLINGS, "sampling", 245),
        genes=ask("Test pairs", "genes", GENES, "genes", 240),
        recipe=ask("Translators", "recipe", RECIPES, "recipe", 245),
        gene_set=ask("Gene set", "gene_set", GENE_SETS, "gene_set", 140),
        source=ask("Trained on", "trained_on", {}, "source", 165),
    )


def map_of_cells(rows: pd.DataFrame, sampling: str, colours: Palette) -> None:
    """Draw AUPRC of every method and test."""
    cells = rows.assign(
        cell=rows["network"].str.removesuffix(" ChIP-seq") + " · " + rows["dataset"]
    )
    table = cells.pivot_table("auprc", "method", "cell", sort=False, dropna=False)
    table = table.reindex(list(dict.fromkeys(cells["method"])))
    chance = (
        "Chance is 0.5 in every test."
        if sampling in ("paper", "matched")
        else "Chance is each test's prevalence: "
        f"{rows['prevalence'].min():.3f} to {rows['prevalence'].max():.3f}."
    )
    with st.container(key="map_as_chart"):
        st.plotly_chart(
            accuracy_map(table, colours),
            config=CONFIG,
            key="map",
            alt=f"AUPRC of {len(table)} methods in {len(table.columns)} tests; table below",
        )
    as_list.draw(rows)
    st.caption(chance)
    st.caption(
        "BEELINE has 22 tests, a data set against a network each: LOF/GOF was measured for mESC "
        "only. A blank is a method without a number; the table below says why. “Random”: the same "
        "network with random weights. Popularity oracle: knows how many test edges each gene has. "
        "Corpus SVD: how alike two genes' expression is in the training data, no model."
    )


def one_cell(
    rows: pd.DataFrame,
    published: pd.DataFrame,
    chosen: Choice,
    colours: Palette,
    sidebar: tuple[str | None, str | None] = (None, None),
) -> None:
    """Draw one cell's methods with their intervals and, where the protocol is its own, the
    paper's. sidebar: data set and reference network chosen there, to open on."""
    cells = opening.nearest_first(rows, *sidebar)
    names = [f"{network} · {dataset}" for network, dataset in cells]
    cell = choice("One test in detail", "cell", {n: n for n in names})
    network, dataset = cells[names.index(cell)]
    here = rows[(rows["network"] == network) & (rows["dataset"] == dataset)]
    measured = here[here["auprc"].notna()]
    if measured.empty:
        st.info(f"Nothing was measured here: {_reasons(here)}.")
        return
    first = measured.iloc[0]
    extra = published[(published["network"] == network) & (published["dataset"] == dataset)]
    if benchmark.like_the_paper(chosen) and len(extra):
        names = [m.title if (m := methods.published(p)) else p for p in extra["probe"]]
        extra = extra.assign(method=names, kind="published", auprc_low=math.nan)
        measured = pd.concat([measured, extra.assign(auprc_high=math.nan)], ignore_index=True)
    st.plotly_chart(
        forest(measured, float(first["prevalence"]), colours),
        config=CONFIG,
        key="forest",
        alt=f"AUPRC with 95 % intervals of {len(measured)} methods on {cell}",
    )
    st.caption(_counts(first))
    draw_curves(here, cell, colours)


def _counts(row: pd.Series) -> str:
    dropped = int(row["n_dropped"] or 0)
    lost = f"; {dropped:,} edges could not be matched and were dropped" if dropped else ""
    return (
        f"{int(row['n_positives']):,} known edges and "
        f"{int(row['n_pairs'] - row['n_positives']):,} negatives of "
        f"{int(row['n_regulators']):,} regulators; prevalence {row['prevalence']:.3f}{lost}."
    )


def _reasons(rows: pd.DataFrame) -> str:
    reasons = [r for r in dict.fromkeys(rows["reason"].dropna()) if r]
    return "; ".join(reasons) or "no reason was kept"


def whole_table(rows: pd.DataFrame) -> None:
    """Draw all rows of the choice with intervals, prevalence, and reasons for gaps."""
    shown = rows[[c for c in _COLUMNS if c in rows]].dropna(axis=1, how="all")
    number = st.column_config.NumberColumn
    st.dataframe(
        shown,
        hide_index=True,
        height=420,
        column_config={
            "network": st.column_config.TextColumn("Network"),
            "dataset": st.column_config.TextColumn("Dataset"),
            "gene_set": st.column_config.TextColumn("Gene set"),
            "method": st.column_config.TextColumn("Method", width="medium"),
            "kind": st.column_config.TextColumn("Kind"),
            "n_positives": number("Known edges", format="localized"),
            "n_dropped": number("Unmatched", format="localized", help="Known edges dropped"),
            "n_pairs": number("Pairs", format="localized"),
            "n_regulators": number("Regulators", format="localized"),
            "source": st.column_config.TextColumn("Trained on"),
            "source_network": st.column_config.TextColumn("with network"),
            "recipe": st.column_config.TextColumn("Recipe"),
            "seeds": number("Seeds"),
            "auprc": number("AUPRC", format="%.3f"),
            "auprc_low": number("low", format="%.3f", help="2.5 % of bootstraps over regulators"),
            "auprc_high": number("high", format="%.3f", help="97.5 %"),
            "prevalence": number("Prevalence", format="%.3f", help="AUPRC of a random score"),
            "auroc": number("AUROC", format="%.3f"),
            "epr": number("EPR", format="%.2f", help="Early precision over chance"),
            "core_seconds": number(
                "Core seconds", format="localized", help="CPU time on the data set's cells"
            ),
            "reason": st.column_config.TextColumn("Why there is no number", width="medium"),
        },
        key="whole",
        placeholder="–",
        alt=f"{len(shown)} measured rows",
    )


def published_table(published: pd.DataFrame) -> None:
    """Draw the paper's own figures, labelled as such."""
    st.header("The paper's figures, as published", anchor=False)
    st.caption(
        "Qi et al., ICML 2026 (arXiv 2605.08128), scGPT backbone, AUPRC. Not measured here, and "
        "not with this backbone: random negatives, as many as edges, translators trained on hESC. "
        "Compare them with rows of the same kind. Pert: perturbation of real cells (origin) or of "
        "the virtual cell (baseline); Attn: attention; Emb: gene vectors."
    )
    wide = published.pivot(index=["network", "dataset"], columns="probe", values="auprc")
    st.dataframe(
        wide[list(dict.fromkeys(published["probe"]))].reset_index(),
        column_config={"network": "Network", "dataset": "Dataset"}
        | {p: st.column_config.NumberColumn(p, format="%.3f") for p in published["probe"]},
        hide_index=True,
        alt="AUPRC published by the paper",
    )


def commands(rows: pd.DataFrame, about: dict) -> None:
    """Draw the commands that made the measured rows, and with what."""
    st.header("The commands that made the numbers", anchor=False)
    made = list(dict.fromkeys(rows["command"])) if "command" in rows else [about.get("command", "")]
    for command in made:
        st.code(command, language="bash", wrap_lines=True)
    facts = [f"{k} {str(about[k])[:40]}" for k in ("ugrn", "data") if k in about]
    facts += [f"made on {str(about['date'])[:10]}"] if "date" in about else []
    st.caption(" · ".join(facts))


# What knows no regulation, by sampling: the strongest of its kind there, and what to call it.
_YARDSTICK = {
    "matched": ("corpus SVD", "co-expression"),
    "paper": ("popularity oracle", "popularity"),
    "full": ("popularity oracle", "popularity"),
}


def yardstick(sampling: str) -> tuple[str, str]:
    """Return the probe that knows no regulation to hold against, and what it is called."""
    return _YARDSTICK[sampling]


_CELL = ["network", "dataset"]


@dataclass(frozen=True, eq=False)
class Verdict:
    """method: whose numbers. cells, above, ahead, behind: measured cells, those whose interval lies
    above chance, those where the method is ahead of the yardstick (None without one) and those
    where it is not. networks: network, auprc, chance, yardstick (medians over its cells)."""

    method: str
    cells: int
    above: int
    ahead: int | None
    behind: int
    yardstick: str
    networks: pd.DataFrame


def verdict(rows: pd.DataFrame, sampling: str) -> Verdict | None:
    """Return what `rows` of `queries.benchmark.chosen_rows` come to; None where no main method was
    measured."""
    measured = rows[rows["auprc"].notna()]
    learned = measured[measured["kind"] == "probe"]
    probe = next((p for p in benchmark.MAIN if (learned["probe"] == p).any()), None)
    if probe is None:
        return None
    main = learned[learned["probe"] == probe].set_index(_CELL)
    name, words = _YARDSTICK[sampling]
    rival = measured[measured["probe"] == name].set_index(_CELL)["auprc"]
    rival = rival[~rival.index.duplicated()].reindex(main.index)
    networks = (
        main.assign(chance=main["prevalence"], yardstick=rival)
        .groupby("network", sort=False)[["auprc", "chance", "yardstick"]]
        .median()
        .reset_index()
    )
    return Verdict(
        method=str(main["method"].iloc[0]),
        cells=len(main),
        above=int((main["auprc_low"] > main["prevalence"]).sum()),
        ahead=int((main["auprc"] > rival).sum()) if rival.notna().any() else None,
        behind=int((main["auprc"] <= rival).sum()),
        yardstick=words,
        networks=networks,
    )


def draw_verdict(rows: pd.DataFrame, sampling: str) -> None:
    """Draw the verdict as one sentence and a tile a network; nothing where there is none."""
    outcome = verdict(rows, sampling)
    if outcome is None:
        return
    ahead = (
        ""
        if outcome.ahead is None
        else f"; it is ahead of {outcome.yardstick} alone in {outcome.ahead}, "
        f"not in {outcome.behind}"
    )
    st.markdown(
        f"**{outcome.method} is better than chance in {outcome.above} of {outcome.cells} "
        f"tests**, a data set against a network each (95 % interval){ahead}. Median AUPRC of each "
        "network's tests:"
    )
    metric_tiles([_tile(row, outcome.yardstick) for row in outcome.networks.itertuples()])


def _tile(network, yardstick: str) -> Tile:
    """The tile of one row of `Verdict.networks`."""
    note = f"chance {network.chance:.2f}"
    if not pd.isna(network.yardstick):
        note += f", {yardstick} {network.yardstick:.2f}"
    return Tile(network.network.removesuffix(" ChIP-seq"), f"{network.auprc:.2f}", note)


_SOURCES_PROBE = "stacked"


_FEWEST = 3  # sources: with fewer there is nothing to compare


def draw_sources(table: pd.DataFrame, sampling: str, genes: str, colours: Palette) -> None:
    """Draw AUPRC of the stacked translator by source and target; nothing with few sources.

    Rows of our recipe are shown, which trains on matched negatives.
    """
    wide = by_source(table, sampling, genes)
    if wide.empty:
        return
    st.header("Any source to any target", anchor=False)
    named = wide.assign(row=wide["network"] + " · from " + wide["source"])
    grid = named.pivot_table("auprc", "row", "dataset", sort=False, dropna=False)
    grid = grid[sorted(grid.columns)]
    st.plotly_chart(
        accuracy_map(grid, colours),
        config=CONFIG,
        key="sources",
        alt=f"AUPRC of the stacked translator, {len(grid)} sources by {len(grid.columns)} targets",
    )
    st.caption(
        "Rows: what the stacked translator was trained on. A data set is never tested on itself."
    )


def by_source(table: pd.DataFrame, sampling: str, genes: str) -> pd.DataFrame:
    """Return the stacked translator's rows on BEELINE's smaller gene set, of every network with
    sources enough."""
    rows = table[(table["probe"] == _SOURCES_PROBE) & (table["sampling"] == sampling)]
    for column, wanted in (("genes", genes), ("recipe", "centred"), ("gene_set", "TFs+500")):
        if column in rows:
            rows = rows[rows[column] == wanted]
    if "random_weights" in rows:
        rows = rows[~rows["random_weights"].fillna(False).astype(bool)]
    several = rows.groupby(["source", "network"])["auprc"].transform("count") > 1
    rows = rows[several]
    enough = rows.groupby("network")["source"].transform("nunique") >= _FEWEST
    return rows[enough].sort_values(["network", "source"], kind="stable")


# Variants of what is shown, and random weights of more than the headline: in the table only.
_VARIANTS = ("pert-abs",)  # beside the ablations


_RANDOM = ("stacked", "ensemble", "emb")


_CURVES = ("stacked", "ensemble", "attn", "popularity oracle", "corpus SVD")


def pictured(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that figures show: few enough to read."""
    random = _is_random(rows)
    ablations = [m.name for m in methods.methods().values() if m.kind == methods.ABLATION]
    variant = rows["probe"].isin((*_VARIANTS, *ablations))
    variant |= (rows["probe"] == methods.ON_STRING) & (rows["network"] == "STRING")  # the stacked
    return rows[~variant & (~random | rows["probe"].isin(_RANDOM))]


def draw_curves(cell: pd.DataFrame, name: str, colours: Palette) -> None:
    """Draw the curves of one cell's rows; nothing where the table keeps none."""
    if "precision_at_recall" not in cell:
        return
    rows = cell[cell["precision_at_recall"].notna() & cell["probe"].isin(_CURVES)]
    rows = rows[~_is_random(rows)]
    if rows.empty:
        return
    curves = [
        (row.method, row.kind == "control", np.asarray(row.precision_at_recall, dtype=float))
        for row in rows.itertuples()
    ]
    st.plotly_chart(
        precision_recall(curves, float(rows["prevalence"].iloc[0]), colours),
        config=CONFIG,
        key="precision_recall",
        alt=f"Precision over recall of {len(curves)} methods on {name}",
    )
    st.caption("Precision over recall; grey: controls; dotted: chance.")


def _is_random(rows: pd.DataFrame) -> pd.Series:
    """Return which rows are of random weights; older tables do not say."""
    known = rows.get("random_weights", False)
    return pd.Series(known, index=rows.index).fillna(False).astype(bool)
