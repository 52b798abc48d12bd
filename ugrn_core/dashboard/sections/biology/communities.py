"""Which gene sets the communities of a drawing are of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.enrichment import dots
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.sections.biology.sets_shown import CUT
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.download_buttons import rows_button
from ugrn_core.dashboard.widgets.gene_sets import gene_sets, set_title
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.membership import LEAST_BACKGROUND, membership
from ugrn_core.enrichment.multiple import adjusted
from ugrn_core.enrichment.overrepresentation import overrepresented
from ugrn_core.experiment.biology import drives
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

LEAST = 5  # genes of a community


def section(view: View, results: Results, groups: Mapping[str, int]) -> None:
    """Draw the sets of each community of five genes or more; nothing of other colourings."""
    if not groups or not results.whole or len(results.genes) <= LEAST_BACKGROUND:
        return
    st.header("Gene sets of the communities", anchor=False)
    sets = gene_sets(view)
    named = drives.symbols(run_spec.prepare(view.settings, view.spec).study)
    table = community_sets(groups, [named.get(g, g) for g in results.genes], named, sets)
    passed = table[table["q"] < CUT]
    if passed.empty:
        st.caption(
            f"No community has more of a set of {literal(sets.title)} than chance (q < {CUT:g})."
        )
    else:
        shown = passed.assign(set=[set_title(name) for name in passed["set"]])
        _chart(shown, page.colours())
        st.dataframe(
            shown[["community", "genes_in", "set", "overlap", "expected", "q", "genes"]],
            hide_index=True,
            key="community_sets",
            alt=f"Gene sets of the communities, {len(shown)} rows",
            column_config={
                "community": st.column_config.NumberColumn("Community"),
                "genes_in": st.column_config.NumberColumn("Its genes"),
                "set": st.column_config.TextColumn("Gene set"),
                "overlap": st.column_config.NumberColumn("Overlap"),
                "expected": st.column_config.NumberColumn("Expected", format="%.1f"),
                "q": st.column_config.NumberColumn("q", format="%.2g"),
                "genes": st.column_config.TextColumn("Genes", width="large"),
            },
        )
    rows_button(
        lambda: table, {**results.provenance, "sets": sets.about()}, "ugrn-communities", "All, CSV"
    )
    st.caption(
        f"Hypergeometric against the {len(results.genes):,} genes of the panel, Benjamini-Hochberg "
        f"over all communities of {LEAST} genes or more and all sets; "
        f"{literal(sets.title)}, licence {sets.licence}."
    )


def _chart(shown: pd.DataFrame, colours: Palette) -> None:
    rows = pd.DataFrame(
        {
            "name": [f"{row.community}: {row.set}" for row in shown.itertuples()],
            "value": -np.log10(np.maximum(shown["q"].to_numpy(), 1e-300)),
            "own": True,
            "size": shown["overlap"],
            "hover": [
                f"Community {r.community}, {r.set}: {r.overlap} of {r.size} genes, "
                f"{r.expected:.1f} expected, q {r.q:.2g}"
                for r in shown.itertuples()
            ],
        }
    )
    st.plotly_chart(
        dots(rows, colours, "−log10 q", -np.log10(CUT), names=("beyond chance", "not")),
        config=CONFIG,
        key="community_dots",
        alt="Gene sets of the communities, those furthest from chance",
    )


def community_sets(
    groups: Mapping[str, int], panel: list[str], named: Mapping[str, str], sets: GeneSets
) -> pd.DataFrame:
    """Return the sets over-represented in each community, the smallest q first.

    groups: gene -> community. panel: human symbols of all genes; named: symbol -> human symbol.
    Columns of `overrepresented`, `community` and `genes_in`, its size; q over all rows.
    """
    members = membership(panel, sets.sets)
    tables = []
    for group in sorted(set(groups.values())):
        inside = {named.get(g, g) for g, k in groups.items() if k == group}
        if len(inside) < LEAST:
            continue
        table = overrepresented(members, np.array([g in inside for g in members.genes]))
        tables.append(table.assign(community=group, genes_in=len(inside)))
    if not tables:
        return pd.DataFrame(columns=["community", "genes_in", "set", "q"])
    whole = pd.concat(tables, ignore_index=True)
    whole["q"] = adjusted(whole["p"].to_numpy())
    return whole.sort_values(["q", "p"], kind="stable").reset_index(drop=True)
