"""The Gene pair page's parts: score card, curves, attribution, cells, caveats."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard import navigation, queries, words
from ugrn_core.dashboard.charts.cells import expression_scatter
from ugrn_core.dashboard.charts.curves import CurvePanel, attribution_bars, pair_curves
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.experiment.results import PairCurves, Results

CAVEATS = (
    "These curves show what the model has learnt to write, not what happens in a cell.",
    "Every other gene of the virtual cell sits at the baseline; other genes in the panel change "
    "every number.",
    "Popular genes score high with everyone: see the popularity control on the Probe benchmark.",
)

_STACKED = (
    "This translator adds up a few named numbers; Methods says what each is. Their sum, with the "
    "average pair's log-odds, is the score. "
)


def score_card(view: View, results: Results, row: dict, curves: PairCurves) -> None:
    """Draw rank, score and sign as tiles, and what they say as sentences."""
    pairs = queries.summary(view.run_id, results)["pairs"]
    value = _number(row["probability"])
    reverse = _number(row["reverse_probability"])
    tiles = (
        (
            "Score",
            "no translator" if math.isnan(value) else f"{value:.3f}",
            None if math.isnan(reverse) else f"reverse {reverse:.3f}",
        ),
        ("Rank", f"{int(row['rank']):,}", f"of {pairs:,} pairs"),
        ("Proposed effect", words.sign_word(row["sign"]), "from the slope, a guess"),
        ("Known in", *_known(row)),
    )
    for column, (label, shown, note) in zip(st.columns(len(tiles)), tiles):
        column.metric(
            label,
            shown,
            delta=note,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
    names = (str(row["source"]), str(row["target"]))
    st.markdown(
        " ".join(
            (
                words.curve_sentence(names, curves.grid, curves.vvp, outside_null(curves)),
                words.score_sentence(row, pairs),
                words.reverse_sentence(names, value, reverse, curves.reverse_vvp is not None),
            )
        )
    )


def curves_chart(
    results: Results, curves: PairCurves, names: tuple[str, str], colours: Palette
) -> None:
    """Draw the response curve and the gradient trajectory over one value axis."""
    panels = [
        CurvePanel(
            "Response (VVP)",
            f"change of {names[1]}",
            curves.vvp,
            curves.reverse_vvp,
            curves.null_vvp_low,
            curves.null_vvp_high,
            colours.vvp,
        ),
        CurvePanel(
            "Gradient (GDT)",
            f"slope of {names[1]}",
            curves.gdt,
            curves.reverse_gdt,
            curves.null_gdt_low,
            curves.null_gdt_high,
            colours.gdt,
        ),
    ]
    st.plotly_chart(
        pair_curves(curves.grid, panels, names, float(results.baseline), colours),
        config=CONFIG,
        key="curves",
        alt=f"Response of {names[1]} and its slope against the value given to {names[0]}",
    )
    st.caption(
        f"Values are on the backbone's scale ({results.value_scale}). The grey band holds 95 % of "
        "all pairs of this panel."
        + ("" if curves.reverse_vvp is None else " The dashed line is the reverse direction.")
    )


def attribution_chart(results: Results, names: tuple[str, str], colours: Palette) -> None:
    """Draw which grid values moved the translator, where a translator exists."""
    found = results.attribution(*names)
    if found is None:
        return
    what, added = found
    by_value = what[0][:1].isdigit()
    axis = "value given to the regulator" if by_value else ""
    st.subheader(
        "Which part of the curves drove the score" if by_value else "What drove the score",
        anchor=False,
    )
    st.plotly_chart(
        attribution_bars(what, np.asarray(added, dtype=float), axis, colours),
        config=CONFIG,
        key="attribution",
        alt="What each number the translator reads added to its log-odds",
    )
    st.caption(
        ("VVP and GDT together, value by value. " if by_value else _STACKED)
        + "Bars up argue for a regulatory pair, hatched bars down argue against it."
    )


def cells_chart(results: Results, names: tuple[str, str], colours: Palette) -> None:
    """Draw both genes in the dataset's real cells, where there are any."""
    found = results.expression(*names)
    st.subheader("In the dataset's cells", anchor=False)
    if found is None:
        st.caption("This dataset brings no cells; the curves above need none.")
        return
    x, y, labels = found
    st.plotly_chart(
        expression_scatter(np.asarray(x), np.asarray(y), labels, names, colours),
        config=CONFIG,
        key="cells",
        alt=f"{names[1]} against {names[0]} in {len(x)} cells",
    )
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() > 2 and np.std(x[both]) > 0 and np.std(y[both]) > 0:
        r = float(np.corrcoef(x[both], y[both])[0, 1])
        st.caption(f"{len(x):,} cells; Pearson correlation {r:+.2f}.")


def caveats() -> None:
    """Draw what the curves do not say."""
    with st.expander("What this does not say", icon=":material/info:"):
        for sentence in CAVEATS:
            st.markdown(f"- {sentence}")


def ways_on(names: tuple[str, str], target_regulates: bool) -> None:
    """Draw links from the pair to its neighbours and, where probed, its reverse."""
    source, target = names
    with st.container(horizontal=True):
        navigation.link(
            "regulators",
            f"All regulators of {target}",
            ":material/arrow_back:",
            gene=target,
            side="regulators",
        )
        navigation.link("network", f"The network around {source}", ":material/hub:", centre=source)
        if target_regulates:
            navigation.link(
                "gene_pair",
                f"The reverse: {target} → {source}",
                ":material/swap_horiz:",
                source=target,
                target=source,
            )


def outside_null(curves: PairCurves) -> int | None:
    """Return at how many grid values the response leaves the null band; None without a band."""
    low, high = curves.null_vvp_low, curves.null_vvp_high
    if low is None or high is None:
        return None
    return int(((curves.vvp < low) | (curves.vvp > high)).sum())


def curve_table(curves: PairCurves) -> pd.DataFrame:
    """Return the curves as one row a grid value."""
    columns = (
        "vvp",
        "gdt",
        "reverse_vvp",
        "reverse_gdt",
        "null_vvp_low",
        "null_vvp_high",
        "null_gdt_low",
        "null_gdt_high",
    )
    table = {"value": np.asarray(curves.grid)}
    for name in columns:
        values = getattr(curves, name)
        if values is not None:
            table[name] = np.asarray(values)
    return pd.DataFrame(table)


def _known(row: dict) -> tuple[str, str | None]:
    flags = {k.removeprefix("in_"): bool(v) for k, v in row.items() if k.startswith("in_")}
    if not flags:
        return "–", "no reference network"
    hits = [name for name, yes in flags.items() if yes]
    if len(flags) == 1:
        return ("yes" if hits else "no"), next(iter(flags))
    return f"{len(hits)} of {len(flags)}", ", ".join(hits) or "reference networks"


def _number(value: object) -> float:
    return math.nan if value is None or pd.isna(value) else float(value)
