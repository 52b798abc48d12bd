"""The Compare page's parts: what to compare with, the numbers, the drawing, the rows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from ugrn_core.dashboard import text
from ugrn_core.dashboard.charts.comparison import overlap_by_k, rank_rank
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.queries import agreement
from ugrn_core.dashboard.queries.agreement import Side
from ugrn_core.dashboard.sections.methods import read
from ugrn_core.dashboard.shell import navigation, own_sets
from ugrn_core.dashboard.shell.address import choice, switch, toggle
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.dashboard.widgets.metric_tiles import Tile, metric_tiles
from ugrn_core.experiment.catalog import backbones as installed
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.markdown import literal

KINDS = {"backbone": "Backbones", "probe": "Probes", "dataset": "Datasets"}
PROBES = {
    "rank": "Score (the table's rank)",
    "vvp_effect": "VVP (largest effect)",
    "gdt_peak": "GDT (steepest slope)",
}
_OF = {"shared": "both", "first": "the first only", "second": "the second only"}
MOST = (10, 25, 50, 100, 250, 500)


def other_view(view: View, scored: bool) -> tuple[View, tuple[str, str], tuple[str, str]] | None:
    """Draw what to compare with; return the other view, both titles and both scores.

    scored: whether there is a translator; without one the table's rank is GDT's. None, with a
    sentence drawn, where there is nothing else to compare with.
    """
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        kind = switch("Compare", "kind", KINDS)
    with right:
        if kind == "probe":
            return _other_probe(view, scored)
        cards = installed.backbones if kind == "backbone" else own_sets.cards
        now = view.spec.backbone if kind == "backbone" else view.spec.dataset
        titles = {c.name: c.title for c in cards(view.settings) if c.name != now}
        if not titles:
            st.info(f"There is no other {kind} on this machine to compare with.")
            return None
        other = choice(f"With the {kind}", f"with_{kind}", titles)
    name = view.backbone.title if kind == "backbone" else view.title
    return _other_run(view, kind, other), (name, titles[other]), ("rank", "rank")


def _other_probe(view: View, scored: bool) -> tuple[View, tuple[str, str], tuple[str, str]] | None:
    defaults = run_spec.prepare(view.settings, view.spec).backbone.defaults
    none = set() if scored else {"rank"}
    none |= set() if defaults.differentiable else {"gdt_peak"}
    offered = {k: v for k, v in PROBES.items() if k not in none}
    if defaults.relaxation and "gdt_peak" in offered:
        offered["gdt_peak"] += ", relaxed"
    if len(offered) < 2:
        st.info("This run ranks its pairs in one way only: by their largest response (VVP).")
        return None
    first, second = st.columns(2)
    with first:
        a = choice("Rank by", "probe", offered)
    rest = {k: v for k, v in offered.items() if k != a}
    with second:
        b = choice("Against", "with_probe", rest)
    return view, (offered[a], offered[b]), (a, b)


def _other_run(view: View, kind: str, other: str) -> View:
    if kind == "backbone":
        card = next(c for c in installed.backbones(view.settings) if c.name == other)
        spec = replace(view.spec, backbone=other)
        return replace(view, backbone=card, spec=spec, run_id=run_spec.run_id(view.settings, spec))
    card = next(c for c in own_sets.cards(view.settings) if c.name == other)
    spec = replace(view.spec, dataset=other, genes=())
    return replace(view, dataset=card, spec=spec, run_id=run_spec.run_id(view.settings, spec))


def results_of(view: View):
    """Return the other run's results; without them draw how to get them and return None."""
    if run_jobs.state(view.settings, view.spec).status != "done":
        which = literal(f"{view.backbone.title} has not probed {view.title} yet.")
        st.info(f"{which} Probe it to compare.")
    return probe_now.results_or_offer(view)


def shared_training(view: View, other: View) -> None:
    """Say how far two backbones were trained on the same data sets: their agreement is no proof,
    then. Nothing of two that are one, or whose cards do not tell."""
    mine, theirs = (_training_sets(v) for v in (view, other))
    if view.backbone.name == other.backbone.name or not mine or not theirs:
        return
    both = len(mine & theirs)
    if both:
        st.caption(
            f":material/info: {both:,} of the {len(mine):,} data sets that "
            f"{literal(view.backbone.title)} was trained on also trained "
            f"{literal(other.backbone.title)} ({len(theirs):,} in all): where the two agree they "
            "may repeat the same data, which is no proof."
        )


def _training_sets(view: View) -> set[str]:
    """Return the data sets that a backbone's card says it was trained on; none of a control."""
    listed = read(view.backbone.folder / "card.json").get("training_sets")
    rows = [r for r in listed if isinstance(r, dict)] if isinstance(listed, list) else []
    trained = {str(r.get("name", "")) for r in rows if not r.get("held_out")} - {""}
    return set() if view.backbone.is_control else trained


def numbers(comparison: dict, first: Side, second: Side, *, whole: bool = True) -> None:
    """Draw how far the two agree, in tiles and one sentence. whole: whether both hold every pair;
    an atlas holds the best alone."""
    overlap = comparison["overlap"]
    most = min(100, max(10, comparison["pairs"] // 10))  # of a small panel 100 would be nearly all
    best = overlap[overlap["k"] <= most].iloc[-1]
    chance = _shown(comparison["signs_by_chance"], ".0%")
    common = "probed by both sides" if whole else "kept by both, each its best"
    ranked = "Spearman, all pairs" if whole else "Spearman, pairs that both kept"
    tiles = [
        Tile("Pairs in both", f"{comparison['pairs']:,}", common),
        Tile("Rank correlation", _shown(comparison["spearman"], "+.2f"), ranked),
        Tile(
            f"Best {int(best.k):,} shared",
            f"{int(best.shared):,}",
            f"{best.expected:,.2g} expected by chance",
        ),
        Tile(
            "Same proposed sign",
            _shown(comparison["signs"], ".0%"),
            f"{chance} expected by chance",
        ),
    ]
    if first.path == second.path:  # two rankings of one run share its signs
        tiles = tiles[:-1]
    metric_tiles(tiles)
    st.markdown(f"**First**: {literal(first.title)}. **Second**: {literal(second.title)}.")


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None or pd.isna(value) else format(value, form)


def charts(comparison: dict, first: Side, second: Side, k: int, colours: Palette) -> None:
    """Draw rank against rank, and the overlap by k."""
    titles = first.title, second.title
    left, right = st.columns(2)
    with left:
        st.header("Rank against rank", anchor=False)
        st.plotly_chart(
            rank_rank(agreement.ranks(first, second), k, titles, colours),
            config=CONFIG,
            key="rank_rank",
            alt=f"Ranks of pairs under {titles[0]} and under {titles[1]}",
        )
    with right:
        st.header("How many of the best they share", anchor=False)
        st.plotly_chart(
            overlap_by_k(comparison["overlap"], colours),
            config=CONFIG,
            key="overlap",
            alt="Share of the best k pairs that both rankings hold, and by chance",
        )


def rows(table: pd.DataFrame, sign_sentence: str) -> None:
    """Draw the pairs of the drawing as a table; a click leads to the pair.

    sign_sentence: what the first side's signs are worth, told where they are asked for.
    """
    shown = table[["source", "target", "status", "rank_first", "rank_second"]].assign(
        status=[_OF[s] for s in table["status"]]
    )
    if toggle("Proposed sign", "columns", help="Of the first side; it says little or nothing new"):
        shown["sign"] = [text.sign_word(s) for s in table["sign"]]
        st.caption(sign_sentence)
    place = st.column_config.NumberColumn
    picked = st.dataframe(
        shown,
        hide_index=True,
        height=360,
        on_select="rerun",
        selection_mode="single-cell",
        key="compared_rows",
        column_config={
            "source": "Regulator",
            "target": "Target",
            "status": "Among the best of",
            "rank_first": place("Rank, first", format="localized"),
            "rank_second": place("Rank, second", format="localized"),
            "sign": st.column_config.TextColumn(
                "Proposed sign (first)", help="A guess; what it is worth stands above the table"
            ),
        },
        alt=f"Table of the {len(shown)} pairs of the drawing",
    )
    st.caption("Click a row to see the pair's curves.")
    if picked.selection.cells:
        row = shown.iloc[picked.selection.cells[0][0]]
        navigation.go("gene_pair", source=row["source"], target=row["target"])
