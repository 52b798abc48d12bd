"""What does the model do when I turn one knob? One source, all targets, at once."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import probe_lab
from ugrn_core.dashboard.sections.lab import beside, panel, pictures, tour
from ugrn_core.dashboard.sections.lab.bench import Bench, bench
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute


def experiment(on_bench: Bench) -> None:
    """Draw the genes, the knobs, and what they give."""
    step, tell = tour.current(), None
    if step is None:
        tour.offer(on_bench)
    else:
        tell = tour.draw(on_bench, step)
    drive, follow, begin = st.columns([5, 5, 3], vertical_alignment="bottom")
    with begin:
        panel.presets(on_bench)
    with drive:
        source = probe_lab.source_box(on_bench)
    with st.container(key="lab_bench"):
        left, right = st.columns([4, 9], gap="medium")
    with left:
        knobs = panel.turn(on_bench)
        names = beside.choose(on_bench)
    if source is None:
        return
    reading = on_bench.read(knobs, source, ())
    with follow:
        target = probe_lab.target_box(on_bench, reading)
    if target is None or target == source:
        right.info("Choose another gene to follow.")
        return
    pair = source, target
    with right:
        at = pictures.moment(reading, reading.genes.index(on_bench.tokens[target]))
        scene = pictures.Scene(on_bench, reading, pair, at, colours=page.colours())
        shown = pictures.pictured(scene, beside.others(on_bench, names, knobs, pair))
        pictures.curves(scene, shown)
        probe_lab.below(scene, knobs)
        probe_lab.about_panel(on_bench, reading, knobs)
        probe_lab.take_along(on_bench, reading, knobs, shown)
    if tell is not None:
        tell(scene)


@page.page(
    "Probe lab",
    "What does the model do when I turn one knob? Set one gene of a virtual cell and watch all "
    "others.",
)
def draw(view: View) -> None:
    if not can_compute():
        st.info(NO_TORCH, icon=":material/download:")
        return
    experiment(bench(view))
