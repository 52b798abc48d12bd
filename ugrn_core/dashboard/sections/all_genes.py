"""What pages say of an atlas that they need not say of a run of one panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.sections import gene_pair
from ugrn_core.dashboard.sections.known import of_a_pair
from ugrn_core.dashboard.shell import navigation, own_sets
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.atlas.scoring import BEST_REGULATORS, BEST_TARGETS
from ugrn_core.experiment.catalog.backbones import NO_TORCH
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

_BELOW = (
    "{0} → {1} was asked, and is neither among the best regulators of {1} nor among the best "
    "targets of {0}: its score is not kept."
)
_MOST = 3  # data sets that are offered instead


def headline(gene: str, side: str, names: Sequence[str], total: int) -> str:
    """Return one sentence over a table of an atlas, a second one where it holds more than the best.

    side: which end is the same in all rows (source or target). names: the other ends, best first.
    total: how many there are in all.
    """
    word = "regulators" if side == "target" else "targets"
    complete = min(BEST_REGULATORS if side == "target" else BEST_TARGETS, total, len(names))
    best = ", ".join(f"**{literal(name)}**" for name in names[:3])
    said = (
        f"The best {complete:,} of {total:,} {word} asked about for **{literal(gene)}**: "
        f"{best} before all."
    )
    rest = len(names) - complete
    if rest:
        why = (
            f"the best {BEST_TARGETS} targets of that regulator"
            if side == "target"
            else f"the best {BEST_REGULATORS} regulators of that target"
        )
        said += (
            f" After place {complete:,} the list has gaps: {rest:,} more, each kept because "
            f"{literal(gene)} is among {why}."
        )
    return said


def instead(page: str, view: View, *, cells: bool = False) -> None:
    """Draw links to `page` with data sets that it can be asked about. cells: only those that have
    cells."""
    cards = own_sets.cards(view.settings)
    offered = [card for card in cards if card.has_cells or not cells][:_MOST]
    with st.container(horizontal=True):
        for card in offered:
            navigation.link(page, card.title, ":material/arrow_forward:", dataset=card.name)


def below_the_best(names: tuple[str, str]) -> None:
    """Say of a pair of an atlas that its score was not kept."""
    said = _BELOW.format(*map(literal, names))
    st.info(f"{said} Its curves, asked again in the same panel:", icon=":material/filter_alt_off:")


def without_weights(view: View, results: Results, row: dict) -> None:
    """Draw what an atlas says of a pair where nothing can be computed: no curves. row: of the edge
    table, or its two genes alone."""
    if "rank" in row:
        st.markdown(gene_pair.verdict(row, edges.summary(view.run_id, results)["pairs"]))
    else:
        st.info(_BELOW.format(*map(literal, (row["source"], row["target"]))))
    of_a_pair.draw(results, (row["source"], row["target"]))
    st.info(f"An atlas keeps no curves. {NO_TORCH}", icon=":material/download:")


def of_an_atlas(results: Results) -> None:
    """Say in which panel the curves of a pair of an atlas were computed, and where to see more."""
    size = results.provenance["panels"]["size"]
    few = of_few_values(results.provenance)
    st.caption(
        f"Both curves were computed just now, in the panel of at most {size:,} genes that the "
        f"atlas asked this pair in. {few + ' ' if few else ''}What drove the score, other "
        "backbones and cells: put both genes into a list of your own, on the left."
    )


def of_few_values(provenance: Mapping) -> str:
    """Return a sentence on an atlas that was asked at some values alone; nothing of another."""
    if "values" not in provenance:
        return ""
    *most, last = (f"{v:g}" for v in provenance["values"]["asked"])
    off = {k: f"{100 * v:.0f} %" for k, v in provenance["values"]["relative_error"].items()}
    slopes = f", GDT peaks by {off['gdt_peak']}" if "gdt_peak" in off else ""
    means = " and ".join(off[k] for k in ("vvp_mean", "gdt_mean") if k in off)
    return (
        f"The atlas asked each pair at {', '.join(most)} and {last} alone and told the other "
        f"values from these: VVP effects are off by {off['vvp_peak']}{slopes}, the means that "
        f"scores read by {means} (root mean square)."
    )
