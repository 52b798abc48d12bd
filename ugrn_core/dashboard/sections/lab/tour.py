"""Five steps that show, on the reader's own pair, what VVP and GDT are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from ugrn_core.dashboard import text
from ugrn_core.dashboard.sections.lab import panel
from ugrn_core.dashboard.sections.lab.bench import Bench
from ugrn_core.dashboard.sections.lab.pictures import Scene
from ugrn_core.dashboard.shell import address, navigation
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.markdown import literal

_OFF = "off"
CELL, BARS, CURVES = "cell", "bars", "curves"


@dataclass(frozen=True)
class Step:
    """title; words of a scene; show: which picture it is about; place: where on the grid to look,
    0 its lowest value, 1 its highest."""

    title: str
    words: Callable[[Scene], str]
    show: str
    place: float


def _a_cell(scene: Scene) -> str:
    others = len(scene.reading.genes) - 1
    return (
        f"This is no real cell. {_source(scene)} and {others:,} other genes are given to the model "
        "with one and the same value, the **baseline**. The model was trained to write what is "
        "missing in cells; so it writes a value for every gene here, too. That answer is what "
        "everything below is compared with."
    )


def _one_gene(scene: Scene) -> str:
    moved = scene.reading.strongest(1)
    most = text.plain_number(float(abs(scene.reading.vvp[scene.at, moved[0]])))
    return (
        f"Now one gene alone is changed: {_source(scene)} is set to **{scene.value:g}**. The "
        "model is asked again, and writes other values for the other genes, by up to "
        f"{most} here. If it has learned that {_source(scene)} and a gene go together, that gene "
        "moves. Press Play below and see who moves first."
    )


def _response(scene: Scene) -> str:
    count = len(scene.reading.at_m)
    return (
        f"Follow one gene, {_target(scene)}, while {_source(scene)} goes through {count} values. "
        "What changed against the baseline is the **virtual value perturbation, VVP**: one number "
        "a value, together the green curve. A gene that does not care has a flat line at zero."
    )


def _gradient(scene: Scene) -> str:
    if scene.reading.gates is not None:
        return (
            "Other backbones have a slope at each value as well, the **gradient trajectory, GDT**. "
            "This one reads the order of genes: between two places nothing moves, so there is no "
            f"slope by the value. What the violet curve shows is ours: how {_target(scene)} moves "
            f"as the others see more and more of {_source(scene)}, by a **gate** from nearly shut "
            "to 1, which is the model itself. Do not compare it with another backbone's GDT."
        )
    if scene.reading.gdt is None:
        return (
            "Other backbones have a slope at each value as well, the **gradient trajectory, GDT**. "
            "This one takes ranks or whole numbers: there is nothing between two of them, so no "
            "slope, and VVP is all there is."
        )
    secant = scene.reading.secant(scene.target, scene.at)
    tangent = float(scene.reading.gdt[scene.at, scene.target])
    return (
        "VVP says how far the gene has come since the baseline: its **secant** (dashed) has the "
        f"slope {text.plain_number(secant)}. The slope right here, the **tangent**, is "
        f"{text.plain_number(tangent)}: what one more step would do. It is the **gradient "
        "trajectory, GDT**, the violet curve, computed exactly and not by trying a second value. "
        "Where both slopes differ the curve bends, and that is what GDT adds."
    )


def _trust(scene: Scene) -> str:
    return (
        "The two curves of a pair are what a **translator** reads: a small model that has seen the "
        "curves of known regulator–target pairs and gives a score from 0 to 1. Turn on *Random "
        "weights*: the same network before training answers next to nothing, so the curve is "
        "something learned. It is still the model's answer, no measurement: how often such answers "
        "are right is on the Probe benchmark."
    )


STEPS = (
    Step("A cell that is none", _a_cell, CELL, 0.0),
    Step("Change one gene", _one_gene, BARS, 1.0),
    Step("Follow one other gene: VVP", _response, CURVES, 1.0),
    Step("The slope on the way: GDT", _gradient, CURVES, 0.5),
    Step("What it is good for", _trust, CURVES, 0.5),
)


def current() -> int | None:
    """Return the step of the tour that is on, from 0; None where none is."""
    known = (*map(str, range(1, len(STEPS) + 1)), _OFF)
    address.restore("Tour", "lab_tour", known.__contains__, _OFF)
    step = address.keep("lab_tour")
    return None if step == _OFF else int(step) - 1


def offer(bench: Bench) -> None:
    """Draw the button that begins the tour."""
    st.button(
        "New here? Five steps, two minutes",
        icon=":material/school:",
        type="primary",
        on_click=_go,
        args=(bench, 0),
    )


def draw(bench: Bench, step: int) -> Callable[[Scene], None]:
    """Draw a step with the ways on, above what it is about; return what writes its words there once
    the lab has answered."""
    with st.container(border=True, key="lab_tour_card"):
        st.caption(f"Step {step + 1} of {len(STEPS)}")
        st.header(STEPS[step].title, anchor=False)
        words = st.container(key="lab_tour_words").empty()
        words.markdown("What the model answers for the genes below is told here.")
        if step == len(STEPS) - 1:
            navigation.link("probe_benchmark", "How often is it right?", ":material/verified:")
        with st.container(horizontal=True):
            if step:
                st.button("Back", on_click=_go, args=(bench, step - 1), key="lab_back")
            last = step == len(STEPS) - 1
            st.button(
                "Done: all knobs" if last else "Next",
                type="primary",
                on_click=_go,
                args=(bench, None if last else step + 1),
                key="lab_next",
            )
            if not last:
                st.button("Leave the tour", on_click=_go, args=(bench, None), key="lab_leave")
    return lambda scene: words.markdown(STEPS[step].words(scene))


def _go(bench: Bench, step: int | None) -> None:
    """Go to a step, with the knobs as the paper has them; in a callback."""
    address.choose("lab_tour", _OFF if step is None else str(step + 1))
    if step is None:
        return
    paper = turning.as_in_paper(bench.backbone.defaults)
    panel.set_to(bench, paper)
    grid = turning.values(bench.backbone.defaults, paper.span, paper.m)
    address.choose("lab_at", float(grid[round(STEPS[step].place * (len(grid) - 1))]))
    address.choose("lab_random", step == len(STEPS) - 1)
    if STEPS[step].show != CURVES:
        address.choose("lab_show", STEPS[step].show)


def _source(scene: Scene) -> str:
    return literal(scene.pair[0])


def _target(scene: Scene) -> str:
    return literal(scene.pair[1])
