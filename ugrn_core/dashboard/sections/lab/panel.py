"""The lab's knobs as widgets: what the backbone cannot do is not offered."""

from __future__ import annotations

import math

import streamlit as st

from ugrn_core.dashboard.sections.lab.bench import Bench
from ugrn_core.dashboard.shell import address
from ugrn_core.dashboard.text import TERMS
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab.knobs import FLAT, MOST_VALUES, Knobs

NO_TOKEN = "none"
_READOUTS = {
    "visible": "visible: targets show their value",
    "masked": "masked: targets are hidden",
    "generative": "generative: targets are asked for",
    "visible-all": "visible, with the class of zeros",
}
_AXES = {"value": "by value", "place": "through its places"}
_AXIS_HELP = (
    "This backbone reads only in which order genes stand. By value the source jumps where it "
    "passes another; through its places it goes from absent over the back to the front."
)
_PART = {2: "half", 3: "third", 4: "quarter", 5: "fifth"}[turning.FOLDS]
_STEPS = (0.001, 0.003, 0.01, 0.03, 0.1)  # of finite differences, as shares of the value range / 10


def presets(bench: Bench) -> None:
    """Draw what to begin with, as buttons in a box that opens."""
    with st.popover("Presets", icon=":material/tune:", width="stretch"):
        for name, knobs in bench.presets.items():
            st.button(
                name.replace("<", "\\<"),
                key=f"lab_preset_{name}",
                on_click=set_to,
                args=(bench, knobs),
                width="stretch",
            )


def set_to(bench: Bench, knobs: Knobs) -> None:
    """Turn every knob to `knobs`: in a callback."""
    told = {
        "span": knobs.span,
        "m": knobs.m,
        "t": knobs.t,
        "baseline": float(knobs.baseline),
        "background": knobs.background,
        "held": bench.labels.get(knobs.held),
        "readout": knobs.readout,
        "cls": _cls_name(knobs.cls),
        "dtype": knobs.dtype,
        "differences": knobs.step > 0,
        "axis": knobs.axis,
    }
    for name, value in told.items():
        address.choose(f"lab_{name}", value)


def turn(bench: Bench) -> Knobs:
    """Draw the knobs and return how they stand."""
    defaults, first = bench.backbone.defaults, turning.as_in_paper(bench.backbone.defaults)
    low, high, step = bounds(bench)
    axis, span = _drive(bench, first, (low, high, step))
    counts = tuple(range(1, MOST_VALUES + 1))
    m = address.step(
        "M, values of the response", "lab_m", counts, first.m, help="At how many values VVP is read"
    )
    t = m if defaults.ordered else first.t
    if defaults.differentiable and not defaults.ordered:
        t = address.step(
            "T, values of the gradient", "lab_t", counts, first.t, help="At how many GDT is read"
        )
    readout = address.choice(
        "Readout", "lab_readout", _readouts(bench, first.readout), help=TERMS["readout"]
    )
    background, baseline = _background(bench, first, readout, (low, high, step))
    held, held_at = _held(bench, readout, (low, high, step))
    cls = _cls(bench, first)
    dtypes = {name: name for name in ("float32", "float64")}
    dtype = address.switch(
        "Precision", "lab_dtype", dtypes, help="float64 has twice the digits, and takes longer"
    )
    return Knobs(
        baseline=baseline,
        span=span,
        m=m,
        t=t,
        readout=readout,
        cls=cls,
        background=background,
        held=held,
        held_at=held_at,
        step=_differences(bench),
        dtype=dtype,
        axis=axis,
    )


def _drive(
    bench: Bench, first: Knobs, ends: tuple[float, float, float]
) -> tuple[str, tuple[float, float]]:
    """Draw what the source goes through: its values, or of an order its places; return the axis,
    and the lowest and highest there."""
    if bench.backbone.defaults.ordered:
        axis = address.switch("Drive the gene", "lab_axis", _AXES, help=_AXIS_HELP)
        if axis == "place":
            return axis, (0.0, 1.0)
    low, high, step = ends
    title = "Values given to the source"
    return "value", address.span(title, "lab_span", (low, high), first.span, step=step)


def bounds(bench: Bench) -> tuple[float, float, float]:
    """Return the lowest and highest value that sliders offer, and their step."""
    defaults = bench.backbone.defaults
    low, high = defaults.value_range
    high = min(high, 2 * max(defaults.grid))
    if not defaults.continuous:
        return float(low), float(high), 1.0
    step = 10 ** math.floor(math.log10((high - low) / 50))
    return float(low), float(high), float(f"{step:g}")


def _readouts(bench: Bench, first: str) -> dict[str, str]:
    names = (first, *(name for name in bench.backbone.defaults.readouts if name != first))
    return {name: _READOUTS.get(name, name) for name in names}


def _background(
    bench: Bench, first: Knobs, readout: str, ends: tuple[float, float, float]
) -> tuple[str, float]:
    """Draw what the other genes carry: the name of the background, and the baseline."""
    titles = {name: choice.title for name, choice in bench.backgrounds.items()}
    if readout == "masked":
        titles[FLAT] = "nothing: every gene is hidden"
        if not turning.masks_in_parts(bench.backbone.defaults):
            titles = {FLAT: titles[FLAT]}
    name = address.choice(
        "All other genes carry", "lab_background", titles, help=TERMS["virtual cell"]
    )
    if name != FLAT:
        if readout == "masked":
            st.caption(
                f"A {_PART} of the genes is hidden at a time, and read where it was hidden, beside "
                f"the others' values: {turning.FOLDS} times the work of one cell."
            )
        return name, first.baseline
    low, high, step = ends
    value = address.slider(
        "Baseline",
        "lab_baseline",
        (low, high),
        first.baseline,
        step=step,
        help="The value of the source that responses count from"
        if readout == "masked"
        else "The value of every gene but the source; responses count from here",
    )
    # An address holds six digits: ln 2 is meant by 0.693147.
    return name, first.baseline if f"{first.baseline:g}" == f"{value:g}" else value


def _held(bench: Bench, readout: str, ends: tuple[float, float, float]) -> tuple[str, float]:
    """Draw the second gene and its value: its token, empty for none."""
    if readout == "masked" and not turning.masks_in_parts(bench.backbone.defaults):
        st.caption(
            "This backbone hides every other gene: what they carry, and a second gene, change "
            "nothing here."
        )
        return "", 0.0
    gene = gene_box(bench.view, "A second gene, held", "lab_held", bench.symbols)
    if gene is None:
        return "", 0.0
    low, high, step = ends
    at = address.slider(
        f"{gene} held at", "lab_held_at", (low, high), high / 2, step=step, help="Whatever else is"
    )
    return bench.tokens[gene], at


def _differences(bench: Bench) -> float:
    """Draw the switch of finite differences, and their step; 0 where they are off."""
    defaults = bench.backbone.defaults
    if not turning.has_slope(defaults):
        return 0.0
    on = address.toggle(
        "Finite differences beside GDT",
        "lab_differences",
        help="The slope between two values a little apart, as one would measure it",
    )
    if not on:
        return 0.0
    unit = 10 ** math.floor(math.log10(max(defaults.grid)))
    steps = tuple(float(f"{unit * s:g}") for s in _STEPS)
    return address.step("Step h", "lab_h", steps, steps[2])


def _cls(bench: Bench, first: Knobs) -> float | None:
    """Draw the choice of the token's value where there is one; return it, None for no token."""
    if len(bench.backbone.defaults.cls_layouts) < 2:
        return first.cls
    name = address.switch("<cls> token", "lab_cls", _layouts(bench), help=TERMS["cls token"])
    return _cls_value(name)


def _layouts(bench: Bench) -> dict[str, str]:
    names = [_cls_name(value) for value in bench.backbone.defaults.cls_layouts]
    return {name: "no such token" if name == NO_TOKEN else f"carries {name}" for name in names}


def _cls_name(value: float | None) -> str:
    return NO_TOKEN if value is None else f"{value:g}"


def _cls_value(name: str) -> float | None:
    return None if name == NO_TOKEN else float(name)
