"""Other networks in the frame of the lab's curves: random weights, another backbone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from ugrn_core.dashboard import text
from ugrn_core.dashboard.charts.lab.curves import Line
from ugrn_core.dashboard.sections.lab.bench import Bench
from ugrn_core.dashboard.shell import address
from ugrn_core.errors import InputError, UGRNError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.catalog.backbones import CONTROL
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab.knobs import FLAT, Knobs
from ugrn_core.markdown import literal

_NONE = "none"


@dataclass(frozen=True, eq=False)
class Other:
    """Another network's curves of the pair, x on the axis of the first; gdt None without one."""

    vvp: Line
    gdt: Line | None


def choose(bench: Bench) -> tuple[str, ...]:
    """Draw which networks to add, and return their names."""
    cards = {card.name: card for card in backbones.backbones(bench.view.settings)}
    mine = bench.view.backbone.name
    control = mine + CONTROL
    names = []
    if control in cards:
        random = address.toggle(
            "Random weights beside it",
            "lab_random",
            help="The same network before it has learned anything",
        )
        names += [control] if random else []
    learned = {n: c.title for n, c in cards.items() if not c.is_control and n != mine}
    if learned:
        chosen = address.choice(
            "Another backbone beside it", "lab_beside", {_NONE: "None"} | learned
        )
        names += [] if chosen == _NONE else [chosen]
    return tuple(names)


def others(
    bench: Bench, names: tuple[str, ...], knobs: Knobs, pair: tuple[str, str]
) -> list[Other]:
    """Return what each of the networks says of a pair; say why where one does not."""
    said = []
    for name in names:
        try:
            said.append(_other(bench, name, knobs, pair))
        except UGRNError as error:
            st.caption(f"{literal(name)}: {literal(str(error))}")
    return said


def _other(bench: Bench, name: str, knobs: Knobs, pair: tuple[str, str]) -> Other:
    there = bench.beside(name)
    absent = [gene for gene in pair if gene not in there.tokens]
    if absent:
        raise InputError(f"It does not know {' and '.join(absent)}.")
    mine, theirs = bench.backbone.defaults, there.backbone.defaults
    turned = turning.for_backbone(knobs, mine, theirs)
    if turned.background not in there.backgrounds:
        turned = turning.for_backbone(_flat(knobs), mine, theirs)
    turned = _held_there(bench, there, turned)
    reading = there.read(turned, pair[0], (pair[1],))
    target = reading.genes.index(there.tokens[pair[1]])
    x = _on_axis(reading.grid, turned.span, knobs.span)
    vvp = reading.vvp[reading.at_m, target]
    most = text.plain_number(float(np.abs(vvp).max()))
    same_axis = turning.is_same_scale(mine, theirs) and turned.axis == knobs.axis
    same = "" if same_axis else ", its own values over the same width"
    label = f"{name} (≤ {most}){same}"
    gdt = None
    if reading.gdt is not None and mine.ordered == theirs.ordered:  # a gate is no value
        along = x if reading.gates is None else reading.gates
        gdt = Line(label, along[reading.at_t], reading.gdt[reading.at_t, target])
    return Other(Line(label, x[reading.at_m], vvp), gdt)


def _flat(knobs: Knobs) -> Knobs:
    return replace(knobs, background=FLAT)


def _held_there(bench: Bench, there: Bench, knobs: Knobs) -> Knobs:
    held = there.tokens.get(bench.labels.get(knobs.held, ""), "")
    return replace(knobs, held=held)


def _on_axis(
    grid: np.ndarray, theirs: tuple[float, float], mine: tuple[float, float]
) -> np.ndarray:
    """Return their values on the axis of the first network: the same where the spans are."""
    share = (grid - theirs[0]) / (theirs[1] - theirs[0])
    return mine[0] + share * (mine[1] - mine[0])
