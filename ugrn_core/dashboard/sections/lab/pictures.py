"""What the lab shows of a reading: the pair's two curves, the race of the genes, the cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard import text
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.charts.lab import curves as charts
from ugrn_core.dashboard.charts.lab.curves import AXES, Axes, Line, Moment
from ugrn_core.dashboard.charts.lab.race import LANES, race
from ugrn_core.dashboard.charts.lab.virtual_cell import Cell, virtual_cell
from ugrn_core.dashboard.sections.lab.bench import Bench
from ugrn_core.dashboard.sections.lab.beside import Other
from ugrn_core.dashboard.shell import address
from ugrn_core.dashboard.theme import Palette
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab.knobs import FLAT, Knobs
from ugrn_core.experiment.lab.reading import Reading, off_by
from ugrn_core.markdown import literal

STRAIGHT = 0.2  # by which a tangent may differ from the secant, as a share of it


@dataclass(frozen=True, eq=False)
class Scene:
    """What is looked at: a reading of `bench`, of pair[0] driven and pair[1] followed (symbols), at
    which position of its grid; `colours` it is drawn in."""

    bench: Bench
    reading: Reading
    pair: tuple[str, str]
    at: int
    colours: Palette

    @property
    def target(self) -> int:
        """The position of the followed gene in the panel."""
        return self.reading.genes.index(self.bench.tokens[self.pair[1]])

    @property
    def value(self) -> float:
        """What the driven gene carries."""
        return float(self.reading.grid[self.at])


_EACH = 45  # genes of the race: those that lead at any value, and some behind


def moment(reading: Reading, target: int) -> int:
    """Draw the slider over the values that were read; return which one of the grid is chosen."""
    values = tuple(float(v) for v in reading.grid)
    size = np.abs(reading.vvp[:, target])
    half = int(np.argmax(size >= size.max() / 2))  # where a curve that saturates bends
    chosen = address.step(f"Look at the {reading.axis}", "lab_at", values, values[half])
    return values.index(chosen)


@dataclass(frozen=True, eq=False)
class Pictured:
    """The pair's curves as they are drawn: the first line of each is the backbone's own. gradients
    is empty without a derivative; secants and differences are None where they were not asked for,
    or are on another axis."""

    pair: tuple[str, str]
    at: Moment
    responses: list[Line]
    gradients: list[Line]
    secants: Line | None
    differences: Line | None
    axes: Axes = AXES


def pictured(scene: Scene, others: list[Other]) -> Pictured:
    """Return what to draw of the pair, and of `others` beside it."""
    reading, pair, at, target = scene.reading, scene.pair, scene.at, scene.target
    gated = reading.gates is not None
    exact = None if reading.gdt is None or gated else float(reading.gdt[at, target])
    label, m, t = f"{pair[0]} → {pair[1]}", reading.at_m, reading.at_t
    gradients = []
    if reading.gdt is not None:
        along = reading.gates if gated else reading.grid
        slope = Line(label, along[t], reading.gdt[t, target])
        gradients = [slope, *(o.gdt for o in others if o.gdt is not None)]
    own = Line(label, reading.grid[m], reading.vvp[m, target])
    return Pictured(
        pair=pair,
        at=Moment(reading.own, scene.value, float(reading.vvp[at, target]), exact),
        responses=[own, *(o.vvp for o in others)],
        gradients=gradients,
        secants=None if gated else _secants(reading, target),
        differences=_differences(reading, target),
        axes=Axes(
            along="place in the order of" if reading.axis == "place" else "value given to",
            relaxed=bool(scene.bench.backbone.defaults.relaxation),
            gated=gated,
        ),
    )


def curves(scene: Scene, shown: Pictured) -> None:
    """Draw the response and, where there is one, the gradient, each with what is beside it."""
    reading, pair, colours = scene.reading, scene.pair, scene.colours
    look = {"names": pair, "palette": colours, "axes": shown.axes}
    figure = charts.response(shown.responses, shown.at, **look)
    columns = st.container(key="lab_curves").columns(2 if shown.gradients else 1)
    said = f"to {pair[0]}, {len(reading.at_m)} values"
    columns[0].plotly_chart(
        figure, config=CONFIG, key="lab_vvp", alt=f"Response of {pair[1]} {said}"
    )
    if shown.gradients:
        beside = shown.secants, shown.differences, shown.at
        figure = charts.gradient(shown.gradients, *beside, **look)
        columns[1].plotly_chart(
            figure, config=CONFIG, key="lab_gdt", alt=f"Gradient of {pair[1]} {said}"
        )
    secant = reading.secant(scene.target, scene.at)
    place = "place " if reading.axis == "place" else ""
    st.markdown(sentence(pair, shown.at, secant, gated=shown.axes.gated, place=place))
    if shown.axes.relaxed and shown.gradients:
        said = literal(scene.bench.backbone.defaults.relaxation)
        st.caption(f"Gradient: relaxed, ours: {said}.")
    if reading.differences is not None:
        most, share = off_by(reading)
        st.caption(
            f"Finite differences: over all {len(reading.genes) - 1:,} targets they are off the "
            f"exact derivative by at most {text.plain_number(most)}, {share:.2%} of the largest."
        )


def sentence(
    pair: tuple[str, str], at: Moment, secant: float, *, gated: bool = False, place: str = ""
) -> str:
    """Return what both numbers say at a value, and what the second adds to the first. gated: the
    gradient is over a presence gate, and says nothing of the value. place: what stands before a
    value that is one, as "place "."""
    source, target = map(literal, pair)
    said = (
        f"**{source} at {place}{at.value:g}: VVP {_signed(at.response)}** is how much {target} "
        f"changes against {source} at {place}{at.own:.3g}"
    )
    if gated:
        return (
            f"{said}. Values are places in an order here, between which nothing moves: the "
            f"gradient is by how much of {source} the other genes see, wherever it stands."
        )
    if at.tangent is None:
        return f"{said}. This backbone has no derivative by a gene's value, so there is no GDT."
    said += f". **GDT {_signed(at.tangent)}** is how much one more unit of {source} would do here"
    if math.isnan(secant):
        return f"{said}. Nothing was changed yet: only the gradient says something."
    ratio = at.tangent / secant if secant else math.inf
    if ratio < 0:
        more = "the curve has turned back: the response is still there, the next step undoes it."
    elif ratio < 0.5:
        more = "the curve is levelling off: VVP alone would not tell."
    elif ratio > 2:
        more = "the curve is only beginning to rise: VVP alone would not tell."
    elif abs(ratio - 1) > STRAIGHT:
        step = "more" if ratio > 1 else "less"
        more = f"the curve bends: the next step does {step} than the steps so far."
    else:
        more = "nearly a straight line so far: GDT adds little here."
    return f"{said}. The secant's slope is {_signed(secant)}: {more}"


def _signed(value: float) -> str:
    shown = text.plain_number(value)
    return f"+{shown}" if value > 0 else shown.replace("-", "−")


def _secants(reading: Reading, target: int) -> Line:
    at = [k for k in reading.at_m if reading.grid[k] != reading.own]
    slopes = np.array([reading.secant(target, k) for k in at])
    return Line("secant", reading.grid[at], slopes)


def _differences(reading: Reading, target: int) -> Line | None:
    if reading.differences is None:
        return None
    at = reading.grid[reading.at_t]
    return Line("finite differences", at, reading.differences[:, target])


def bars(scene: Scene) -> None:
    """Draw the race of the genes that respond most."""
    reading, source = scene.reading, scene.pair[0]
    m = reading.at_m
    leading = reading.strongest(_EACH)
    genes = [scene.bench.labels[reading.genes[k]] for k in leading]
    start = int(np.abs(reading.grid[m] - scene.value).argmin())
    st.plotly_chart(
        race(
            genes,
            reading.vvp[m][:, leading],
            reading.grid[m],
            source=source,
            start=start,
            palette=scene.colours,
        ),
        config=CONFIG,
        key="lab_race",
        alt=f"The {LANES} genes that respond most to {source}, value by value",
    )
    st.caption(
        "▲ the model writes more of the gene, ▼ (hatched) less, than at the background's own value "
        f"of {literal(source)}. Play, or move the slider: genes that overtake answer late."
    )


def cell(scene: Scene, knobs: Knobs) -> None:
    """Draw what each gene of the virtual cell carries, and what the model writes for it."""
    bench, reading, source = scene.bench, scene.reading, scene.pair[0]
    order = np.concatenate([[reading.source], reading.strongest(len(reading.genes))])
    hidden = knobs.readout == "masked" and knobs.background == FLAT
    carried = np.full(len(order), np.nan) if hidden else reading.carried[order].copy()
    if knobs.held:
        carried[order == reading.genes.index(knobs.held)] = knobs.held_at
    value = scene.value
    carried[0] = reading.values[scene.at]
    names = tuple(bench.labels[reading.genes[k]] for k in order)
    by_place = reading.axis == "place"
    marked = {source: f"{source} at {'place ' if by_place else ''}{value:g}"}
    if knobs.held:
        marked[bench.labels[knobs.held]] = f"{bench.labels[knobs.held]} at {knobs.held_at:g}"
    answer = reading.vvp[scene.at][order].astype(float)
    answer[0] = np.nan  # the model's own value of what it was given is no target
    top = max(float(reading.values.max()), float(np.nanmax(carried)))
    st.plotly_chart(
        virtual_cell(Cell(names, carried, answer, marked), top, scene.colours),
        config=CONFIG,
        key="lab_cell",
        alt=f"A virtual cell of {len(order)} genes with {source} at {value:g}, and the answer",
    )
    signs = ", ".join(f"{sign} {literal(gene)}" for sign, gene in zip("□◇", marked.values()))
    inside = "every other gene is hidden (masked)" if hidden else _carried_words(bench, knobs)
    if knobs.readout == "masked" and not hidden:
        inside += f", hidden in {turning.FOLDS} parts in turn"
    st.caption(
        f"One square a gene, {len(order):,} in all; {signs}. Left its value: {inside}. Right: how "
        f"much more (blue) or less (orange) the model writes than with {literal(source)} at "
        f"{reading.own:.3g}. First the gene that is driven, then those that respond most."
    )


def _carried_words(bench: Bench, knobs: Knobs) -> str:
    if knobs.background == FLAT:
        return f"every other gene carries the baseline, {knobs.baseline:g}"
    return f"the others carry the {bench.backgrounds[knobs.background].title}"


def table(bench: Bench, reading: Reading, others_first: int | None = None) -> pd.DataFrame:
    """Return the numbers as one row a gene and value: gene, value (place, on that axis), vvp, gdt
    where there is one and it was read, and the gate where it is over one, difference where it was
    asked for. others_first: the first so many that respond
    most; all of the panel, in its order, when None."""
    if others_first is None:
        genes = np.delete(np.arange(len(reading.genes)), reading.source)
    else:
        genes = reading.strongest(others_first)
    grid = reading.grid
    rows = {
        "gene": np.repeat([bench.labels[reading.genes[k]] for k in genes], len(grid)),
        reading.axis: np.tile(grid, len(genes)),
        "vvp": _only(reading.vvp, reading.at_m)[:, genes].T.ravel(),
    }
    if reading.gdt is not None:
        rows["gdt"] = _only(reading.gdt, reading.at_t)[:, genes].T.ravel()
        if reading.gates is not None:
            rows["gate"] = np.tile(reading.gates, len(genes))
    if reading.differences is not None:
        full = np.full(reading.vvp.shape, np.nan)
        full[reading.at_t] = reading.differences
        rows["finite_difference"] = full[:, genes].T.ravel()
    return pd.DataFrame(rows)


def _only(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return `values` (N, G) with NaN where the number was not asked for."""
    kept_rows = np.full(values.shape, np.nan)
    kept_rows[at] = values[at]
    return kept_rows
