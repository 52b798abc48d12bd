"""Settings that the paper does not tell, v_b and the grid, as named presets of any backbone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.registry import require_all

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone, BackboneDefaults

OWN, ZERO, EVEN, LOW, MASKED = "own", "zero", "even", "low", "masked"
VALUES = 8  # of a grid, the paper's M and T
LOW_SHARE = 0.2  # of the value range, which most genes of a cell do not leave


@dataclass(frozen=True)
class Preset:
    """A choice of what the paper leaves open. words: it, for people."""

    name: str
    words: str
    baseline: float
    grid: tuple[float, ...]
    readout: str

    def of(self, backbone: Backbone) -> Backbone:
        """Return `backbone` with these as its defaults; its weights are the same."""
        readouts = backbone.defaults.readouts
        first = (self.readout, *(r for r in readouts if r != self.readout))
        chosen = {"baseline": self.baseline, "grid": self.grid, "readouts": first}
        return replace(backbone, defaults=replace(backbone.defaults, **chosen))

    def sentence(self) -> str:
        """Return all of it in a sentence."""
        grid = ", ".join(f"{v:g}" for v in self.grid)
        return f"{self.words}: v_b = {self.baseline:g}, grid {grid}, targets {self.readout}"


def presets(defaults: BackboneDefaults) -> dict[str, Preset]:
    """Return the presets that differ on a backbone with `defaults`, by name, its own first.

    own: its defaults. zero: v_b at the lowest value ("near zero mean", as the paper has it). even:
    a grid spread evenly over all values. low: the same over the lowest fifth. masked: targets carry
    the mask value. Raises OptionError where it reconstructs nothing.
    """
    if not defaults.readouts:
        raise OptionError(
            "This backbone reconstructs no expression: there is nothing of the paper's curves to "
            "compute with it."
        )
    low, high = defaults.value_range
    own = Preset(
        name=OWN,
        words="the backbone's own",
        baseline=defaults.baseline,
        grid=defaults.grid,
        readout=defaults.readouts[0],
    )
    even, lowest = (_spread(defaults, low, top) for top in (high, low + LOW_SHARE * (high - low)))
    masked = "masked" if "masked" in defaults.readouts else own.readout
    every = (
        own,
        replace(own, name=ZERO, words="v_b at the lowest value", baseline=low),
        replace(own, name=EVEN, words="a grid over all values", grid=even),
        replace(own, name=LOW, words="a grid over the lowest fifth", grid=lowest),
        replace(own, name=MASKED, words="masked targets", readout=masked),
    )
    different = {}
    for preset in every:
        what = preset.baseline, preset.grid, preset.readout
        if preset.name == ZERO and defaults.ordered:
            continue  # every gene absent: nobody there to respond
        different.setdefault(what, preset)
    return {preset.name: preset for preset in different.values()}


def chosen(text: str, defaults: BackboneDefaults) -> tuple[Preset, ...]:
    """Return the presets named in comma-separated `text`, `all` for every one; raise
    UnknownNameError with near matches."""
    known = presets(defaults)
    return tuple(known[name] for name in require_all(text, known, "preset", {"all": tuple(known)}))


def _spread(defaults: BackboneDefaults, low: float, high: float) -> tuple[float, ...]:
    values = np.linspace(low, high, VALUES)
    if not defaults.continuous:
        values = np.unique(values.round())
    return tuple(float(f"{v:.6g}") for v in values)
