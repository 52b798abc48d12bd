"""What contexts say: how much changes, one pair across them, regulators, edges gained and lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts import contexts as charts
from ugrn_core.dashboard.charts.contexts import ContextCurve
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.sections import network
from ugrn_core.dashboard.sections.contexts import asking
from ugrn_core.dashboard.shell.address import choice, step, switch
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets import download_buttons
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.dashboard.widgets.metric_tiles import Tile, metric_tiles
from ugrn_core.experiment.contexts.results import (
    FDR,
    SILENT,
    ContextResults,
    called_by_chance,
    changed_counts,
)
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared
from ugrn_core.markdown import literal

MOST_ROWS = 25  # regulators of the heat map
MOST_EDGES = (10, 25, 50, 100, 250)


def numbers(results: ContextResults) -> None:
    """Draw how many pairs change, and how many cells dealt out at random would call."""
    changed, compared, each = changed_counts(results)
    rows = int(np.isfinite(results.tested[2]).sum())
    chance = _by_chance(results.about["run_id"], results)
    metric_tiles(
        [
            Tile("Contexts", f"{len(results.contexts)}", f"by {results.about['by']}"[:40]),
            Tile("Pairs that change", f"{changed:,}", f"of {compared:,} compared, q below {FDR:g}"),
            Tile(
                "Calls, contexts together",
                f"{sum(each):,}",
                f"of {rows:,} pairs in a context",
            ),
            Tile(
                "The same, cells at random",
                f"{chance:,.1f}",
                f"mean of {results.about['draws']} deals",
            ),
        ]
    )
    st.caption(
        "A pair changes in a context where its rise (change of the target as the regulator goes "
        "over the grid) leaves what cells dealt out at random to contexts of the same sizes give. "
        "That says that the model answers otherwise around those cells, not that cells do."
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _by_chance(mark: str, _results: ContextResults) -> float:
    return called_by_chance(_results)


def pair(
    view: View, spec: ContextSpec, ready: Prepared, results: ContextResults, colours: Palette
) -> None:
    """Draw one pair across contexts: its curves on one axis, its strength with a band, its rows."""
    first, second = results.telling_pair()
    left, right = st.columns(2)
    with left:
        source = gene_box(view, "Regulator", "source", results.sources, first)
    with right:
        rest = (g for g in (second, *results.genes) if g != source)
        target = gene_box(view, "Target", "target", results.genes, next(rest))
    if source is None or target is None or source == target:
        st.info("Choose a regulator and another gene.")
        return
    at = results.sources.index(source), results.genes.index(target)
    _curves(view, ready, results, (source, target), colours)
    half = asking.bands(view, spec, ready.sources[at[0]], source)
    rise = results.rise[:, at[0], at[1]]
    strengths = charts.Strengths(
        names=results.contexts,
        values=rise,
        at=results.stages,
        half=None if half is None else half[:, at[1]],
        whole=float(results.arrays["rise_all"][at]),
        flat=float(results.arrays["rise_flat"][at]),
        branch=results.branches,
    )
    st.plotly_chart(
        charts.strength(strengths, colours),
        config=CONFIG,
        key="strength",
        alt=f"Rise of {target} with {source} in each context",
    )
    _rows_of_pair(results, at, (source, target))


def _curves(
    view: View,
    ready: Prepared,
    results: ContextResults,
    names: tuple[str, str],
    colours: Palette,
) -> None:
    at = results.sources.index(names[0]), results.genes.index(names[1])
    curves = asking.pair_curves(ready, view, at)
    if curves is None:
        st.info("The curves of these contexts were cleared away; their strengths are kept.")
        return
    silent = results.silent[:, at[0], at[1]]
    said = {0: "", 1: f"{names[0]} is silent", 2: f"{names[1]} is silent", 3: "both are silent"}
    panels = [
        ContextCurve(name, values, said[int(quiet)])
        for name, values, quiet in zip(results.contexts, curves, silent)
    ]
    st.plotly_chart(
        charts.curves(np.array(ready.settings.grid), panels, curves[-1], names, colours),
        config=CONFIG,
        key="context_curves",
        alt=f"Response of {names[1]} to {names[0]} in {len(panels)} contexts, on one axis",
    )
    st.caption(
        f"Change of {literal(names[1])} (up and down) as {literal(names[0])} is set to a value "
        "(across), counted from the context's own value of it; dashed: the flat virtual cell."
    )


def _rows_of_pair(results: ContextResults, at: tuple[int, int], names: tuple[str, str]) -> None:
    t, _, q = (a[:, at[0], at[1]] for a in results.tested)
    rise, quiet = results.rise[:, at[0], at[1]], results.silent[:, at[0], at[1]]
    frame = pd.DataFrame(
        {
            "context": results.contexts,
            "cells": results.about["cells"],
            "rise": rise,
            "change": rise - results.arrays["rise_all"][at],
            "t": t,
            "q": q,
            "silent": [SILENT[k] for k in quiet],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "context": "Context",
            "cells": st.column_config.NumberColumn("Cells", format="localized"),
            "change": st.column_config.NumberColumn(
                "Change", format="%.3g", help="Against the mean of all cells"
            ),
            "rise": st.column_config.NumberColumn("Rise", format="%.3g"),
            "t": st.column_config.NumberColumn(format="%.1f"),
            "q": st.column_config.NumberColumn(
                format="%.2g", help="Against cells dealt out at random"
            ),
            "silent": st.column_config.TextColumn(
                "Silent", help="Expressed in under 2 % of its cells"
            ),
        },
        alt=f"{names[0]} and {names[1]} in each context",
    )


def regulators(results: ContextResults, colours: Palette) -> None:
    """Draw the regulators whose targets change most, and where."""
    frame = results.regulators()
    row = {s: k for k, s in enumerate(results.sources)}
    top = frame["regulator"].head(MOST_ROWS).tolist()
    at = [row[s] for s in top]
    far, counts = results.by_context[at], results.changed_by_context[at]
    st.plotly_chart(
        charts.heat_map(top, results.contexts, far, counts, colours),
        config=CONFIG,
        key="regulator_heat",
        alt=f"How far the targets of {len(top)} regulators change in each context",
    )
    st.caption(
        "Root mean square, over a regulator's targets, of the change against all cells; nothing "
        "where the regulator is silent."
    )
    if len(frame) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS} of {len(frame):,} regulators; the file has all.")
    st.dataframe(
        frame,
        hide_index=True,
        height=260,
        column_config={
            "regulator": "Regulator",
            "targets": st.column_config.NumberColumn("Targets", help="Compared in any context"),
            "changed": st.column_config.NumberColumn("Changed", help=f"In any, q below {FDR:g}"),
            "share": st.column_config.NumberColumn("Share", format="percent"),
            "strongest": "Most in",
            "spread": st.column_config.NumberColumn(
                "Spread", format="%.2g", help="Root mean square of the change"
            ),
        },
        alt="Regulators, how many of their targets change, and where most",
    )
    download_buttons.rows_button(
        lambda: frame, results.about, "ugrn-context-regulators", "Regulators, CSV"
    )


def contrast(results: ContextResults, colours: Palette) -> None:
    """Draw the edges gained and lost between two contexts, in one layout."""
    begin, end = results.telling_contrast()
    titles = {name: name for name in (begin, *results.contexts)}
    left, middle, right = st.columns([2, 2, 2], vertical_alignment="bottom")
    with left:
        first = choice("From", "from_context", titles)
    with middle:
        rest = {n: n for n in (end, *reversed(results.contexts)) if n != first}
        second = choice("To", "to_context", rest)
    with right:
        most = step("Draw at most", "changed", MOST_EDGES, 50, help="The largest differences first")
    order = switch("Order by", "by_change", {"difference": "Difference", "t": "Surest (t)"})
    frame = results.contrast(first, second)
    changed = frame[frame["edge"] != "unchanged"]
    gained = int((changed["edge"] == "gained").sum())
    st.markdown(
        literal(
            f"From {first} to {second}: {gained:,} edges gained, {len(changed) - gained:,} lost"
        )
        + f", of {len(frame):,} pairs."
    )
    if changed.empty:
        st.info("No edge differs by more than cells dealt out at random make it.")
    else:
        best = changed.reindex(changed[order].abs().sort_values(ascending=False).index).head(most)
        _drawing(results, best, colours, f"{first}-{second}")
        _edges(best, first, second)
    download_buttons.rows_button(
        lambda: frame,
        results.about | {"first": first, "second": second},
        "ugrn-contexts-compared",
        "All pairs of the two, CSV",
    )


def _edges(edges: pd.DataFrame, first: str, second: str) -> None:
    titles = {
        "source": "Regulator",
        "target": "Target",
        "rise_first": f"Rise in {first}",
        "rise_second": f"Rise in {second}",
        "difference": "Difference",
        "edge": "Edge",
        "flat_probability": "Flat score",
    }
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    numbers = set(edges.select_dtypes("number").columns)
    shown = {
        name: number(titles.get(name), format="%.3g") if name in numbers else text(titles.get(name))
        for name in edges
    }
    alt = "Edges gained and lost"
    st.dataframe(edges, hide_index=True, height=320, column_config=shown, alt=alt)


def _drawing(results: ContextResults, edges: pd.DataFrame, colours: Palette, mark: str) -> None:
    drawn = edges[["source", "target"]].assign(
        probability=edges.get("flat_probability", np.nan),
        rank=np.arange(1, len(edges) + 1),
        sign=np.where(edges["rise_second"] >= 0, 1, -1),
        status=edges["edge"].to_numpy(),
    )
    known = frozenset(results.sources)
    drawing = network.placed(drawn.reset_index(drop=True), None, known, "contexts")
    network.show(drawing, colours, f"{results.about['run_id']}-{mark}", known)


def downloads(results: ContextResults) -> None:
    """Draw the buttons of the whole table, long, with context."""
    rows = int(np.isfinite(results.arrays["rise"]).sum())
    download_buttons.table_buttons(
        results.table,
        results.about,
        "ugrn-contexts",
        ("tsv", "csv", "parquet"),
        key="contexts",
        extent=(rows, False),
    )
