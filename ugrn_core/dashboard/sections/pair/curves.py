"""The Gene pair page's curves: the charts, their table, and what they show in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard import text
from ugrn_core.dashboard.charts.curves import CurvePanel, pair_curve
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.theme import Palette
from ugrn_core.experiment.curves.expected import ExpectedPair
from ugrn_core.experiment.runs.results import PairCurves, Results
from ugrn_core.markdown import literal


def curves_chart(
    results: Results, curves: PairCurves, names: tuple[str, str], colours: Palette
) -> None:
    """Draw the response curve and, beside it, the gradient trajectory, each with both bands."""
    panels = _panels(curves, names, colours, results.provenance)
    for k, (column, panel) in enumerate(zip(st.columns(len(panels)), panels)):
        column.plotly_chart(
            pair_curve(curves.grid, panel, names, float(results.baseline), colours),
            config=CONFIG,
            key=f"curves_{k}",
            alt=f"{panel.title}: {panel.unit} against the value given to {names[0]}",
        )
    if curves.expected is not None:
        st.caption(departure_sentence(curves.expected))
    said = [
        f"Values are on the backbone's scale ({results.value_scale}).",
        "Grey band: 95 % of all pairs of this panel.",
    ]
    if curves.gdt is None:
        said.append("This backbone has no derivative by a gene's value, so no gradient (GDT).")
    elif relaxed := results.provenance.get("gdt"):
        said.append(f"Gradient: {literal(str(relaxed)[:400])}.")
    if "gdt_axis" in results.provenance:
        said.append("The Probe lab drives a gene through its places in the order, too.")
    if curves.random_vvp_low is not None and curves.random_vvp_high is not None:
        most = max(np.abs(curves.random_vvp_low).max(), np.abs(curves.random_vvp_high).max())
        said.append(
            "Dotted: 95 % of pairs under random weights, what the same network answers before it "
            f"has learned anything (at most {text.plain_number(most)})."
        )
    if curves.reverse_vvp is not None:
        said.append("Open diamonds: the reverse direction.")
    st.caption(" ".join(said))


def _panels(
    curves: PairCurves, names: tuple[str, str], colours: Palette, provenance: Mapping
) -> list[CurvePanel]:
    response = CurvePanel(
        title="Response (VVP)",
        unit=f"change of {names[1]}",
        colour=colours.vvp,
        forward=curves.vvp,
        reverse=curves.reverse_vvp,
        null=band(curves.null_vvp_low, curves.null_vvp_high),
        random=band(curves.random_vvp_low, curves.random_vvp_high),
        expected=curves.expected and curves.expected.vvp,
    )
    if curves.gdt is None:  # a backbone without derivative
        return [response]
    gradient = CurvePanel(
        title="Gradient (GDT, relaxed)" if provenance.get("gdt") else "Gradient (GDT)",
        unit=f"slope of {names[1]}",
        colour=colours.gdt,
        forward=curves.gdt,
        reverse=curves.reverse_gdt,
        null=band(curves.null_gdt_low, curves.null_gdt_high),
        random=band(curves.random_gdt_low, curves.random_gdt_high),
        expected=curves.expected and curves.expected.gdt,
        gated="gdt_axis" in provenance,
    )
    return [response, gradient]


def departure_sentence(expected: ExpectedPair) -> str:
    """Return what the dashed curve is, and how far this pair departs from it."""
    return (
        "Dashed: what the backbone's gene table alone foretells, a number of the regulator at this "
        "value times one of the target times the cosine of their vectors; that much explains "
        f"{100 * expected.explains:.0f} % of the variance of all responses of this panel. Only the "
        "shaded departure is the network's own word on this pair: "
        f"{text.plain_number(expected.departs)} on average (root mean square), more than "
        f"{_of_the_pairs(expected.beyond)}."
    )


def _of_the_pairs(percent: float) -> str:
    if percent >= 100:
        return "every other pair"
    # 99.7 of a hundred is no hundred.
    return f"{math.floor(percent):g} % of the pairs"


def band(low: np.ndarray | None, high: np.ndarray | None) -> tuple[np.ndarray, np.ndarray] | None:
    """Return both edges (T,), or None without one."""
    return None if low is None or high is None else (low, high)


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
        "random_vvp_low",
        "random_vvp_high",
        "random_gdt_low",
        "random_gdt_high",
    )
    table = {"value": np.asarray(curves.grid)}
    for name in columns:
        values = getattr(curves, name)
        if values is not None:
            table[name] = np.asarray(values)
    for name in ("vvp", "gdt"):
        values = getattr(curves.expected, name, None)
        if values is not None:
            table[f"expected_{name}"] = np.asarray(values)
    return pd.DataFrame(table)


def outside_null(curves: PairCurves) -> int | None:
    """Return at how many grid values the response leaves the null band; None without a band."""
    low, high = curves.null_vvp_low, curves.null_vvp_high
    if low is None or high is None:
        return None
    return int(((curves.vvp < low) | (curves.vvp > high)).sum())


def curve_sentence(
    names: tuple[str, str], grid: np.ndarray, vvp: np.ndarray, outside: int | None
) -> str:
    """Return what the response curve `vvp` (T,) over `grid` (T,) does, and whether it stands out.

    outside: at how many grid values the curve leaves the band of random pairs; None if unknown.
    """
    source, target = (literal(n) for n in names)
    top = int(np.abs(vvp).argmax())
    size = float(vvp[top])
    if not np.isfinite(size) or size == 0:
        return f"Changing {source} does not change what the model writes for {target}."
    verb = "raises" if size > 0 else "lowers"
    text = (
        f"Setting {source} to {grid[top]:.3g} {verb} what the model writes for {target} by "
        f"{abs(size):.3g}, the largest change on the grid."
    )
    if outside is None:
        return text
    if outside == 0:
        return f"{text} The curve stays inside the band of ordinary pairs: nothing stands out."
    return f"{text} It leaves the band of ordinary pairs at {outside} of {len(grid)} values."


def reverse_sentence(names: tuple[str, str], forward: float, reverse: float, probed: bool) -> str:
    """Return how the reverse direction compares; scores are NaN where there are none.

    probed: whether the target was probed as a regulator itself.
    """
    source, target = (literal(n) for n in names)
    if not probed:
        return f"{target} is no regulator here, so there is no reverse direction to compare."
    if math.isnan(forward) or math.isnan(reverse):
        return ""
    if abs(forward - reverse) < 0.05:
        return (
            f"The reverse direction {target} → {source} scores nearly the same ({reverse:.2f}): "
            "read this pair as a link without a direction."
        )
    more = "less" if forward > reverse else "more"
    return f"The reverse direction {target} → {source} scores {more} ({reverse:.2f})."
