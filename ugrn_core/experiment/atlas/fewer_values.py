"""Asking pairs at a few of the grid's values and telling the others from these.

The curves of one backbone bend much alike, so what a pair answers at two or three values, and how
steeply, tells nearly all of its curve. How, is a linear map without intercept (no response stays
none), fitted to pairs that were asked at every value and judged on others: nothing but the
backbone's own curves goes into it. The background's own value is among those asked wherever it is
in the grid, because every response is told from that cell.
Letters: S sources, T grid values, G genes, N pairs, A values asked, K numbers known of a pair: 2 A
with a derivative, else A; W numbers told of it: 2 T or T.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ugrn_core.backbones.base import Backbone
from ugrn_core.errors import OptionError
from ugrn_core.experiment.curves.panel_plan import PanelPlan, Part
from ugrn_core.experiment.runs.edges import strongest
from ugrn_core.probes.virtual_cell import Curves, response_curves
from ugrn_core.types import ProbeSettings

PARTS, SOURCES = 4, 12  # asked at every value: in half of the parts to fit, in half to judge


@dataclass(frozen=True, eq=False)
class FewerValues:
    """Which values are asked and what the others are told from.

    at: positions in the grid, rising. weights: (K, W), a column the VVP or GDT at a value. error:
    of pairs that were not fitted, the root mean square of what is wrong over that of the truth, by
    `vvp_mean`, `vvp_peak` and, with a derivative, `gdt_mean`, `gdt_peak`.
    """

    at: tuple[int, ...]
    weights: np.ndarray
    error: dict[str, float]

    def asked(self, settings: ProbeSettings) -> ProbeSettings:
        """Return the settings with the values that are asked."""
        return replace(settings, grid=tuple(settings.grid[k] for k in self.at))

    def whole(self, curves: Curves) -> Curves:
        """Return curves at every value from those at the asked ones, which stay as they are."""
        known = _joined(curves.vvp, curves.gdt)
        told = np.einsum("sag,aw->swg", known, self.weights.astype(known.dtype))
        steps = self.weights.shape[1] // (1 if curves.gdt is None else 2)
        told[:, list(self.at)] = curves.vvp
        if curves.gdt is None:
            return Curves(curves.baseline_output, told, None)
        told[:, [steps + k for k in self.at]] = curves.gdt
        return Curves(curves.baseline_output, told[:, :steps], told[:, steps:])

    def text(self) -> str:
        """Return all of it as JSON, which `read` understands."""
        told = {"at": self.at, "weights": self.weights.tolist(), "error": self.error}
        return json.dumps(told)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what `text` made; raise ValueError, KeyError or TypeError of anything else."""
        told = json.loads(text)
        at = tuple(int(k) for k in told["at"])
        error = {str(k): float(v) for k, v in told["error"].items()}
        weights = np.array(told["weights"], dtype=float)
        if weights.ndim != 2 or len(weights) not in (len(at), 2 * len(at)):
            raise ValueError("the weights are not those of the values asked")
        if not np.isfinite(weights).all():
            raise ValueError("the weights are not finite")
        return cls(at, weights, error)


def require_count(count: int, settings: ProbeSettings) -> None:
    """Raise OptionError unless `count` values of the grid can be asked: 2 to all of them."""
    if not 2 <= count <= len(settings.grid):
        raise OptionError(
            f"2 to {len(settings.grid)} of the grid's {len(settings.grid)} values can be asked; "
            f"{count} came. Leave --values out to ask all of them."
        )


def fitted(backbone: Backbone, plan: PanelPlan, settings: ProbeSettings, count: int) -> FewerValues:
    """Return the best choice of `count` values, by the error of the means over the grid, which is
    what a score reads; some regulators are asked at every value for it (half a minute).

    Raises OptionError for a count below 2 or above the values there are.
    """
    require_count(count, settings)
    rng = np.random.default_rng(plan.seed)
    parts = [plan[int(k)] for k in rng.permutation(len(plan))[:PARTS]]
    tables = [_pairs(backbone, part, settings, rng) for part in parts]
    if len(tables) == 1:  # few genes are one panel
        tables = [tables[0][::2], tables[0][1::2]]
    half = len(tables) // 2
    fit, judge = np.concatenate(tables[:half]), np.concatenate(tables[half:])
    steps = len(settings.grid)
    base = {k for k, v in enumerate(settings.grid) if v in settings.background.values}
    choices = [
        _fit(fit, at, steps)
        for at in itertools.combinations(range(steps), count)
        if base <= set(at)
    ]
    best = min(choices, key=lambda c: sum(v for k, v in c.error.items() if k.endswith("mean")))
    return replace(best, error=_errors(judge, best, steps))


def _pairs(
    backbone: Backbone, part: Part, settings: ProbeSettings, rng: np.random.Generator
) -> np.ndarray:
    """Return the whole curves (N, W) of some sources of a part and its targets, self-pairs out."""
    drawn = rng.permutation(len(part.sources))[:SOURCES]
    sources = tuple(part.sources[k] for k in drawn)
    curves = response_curves(backbone, part.panel, sources, settings)
    joined = _joined(curves.vvp, curves.gdt)[:, :, part.panel.positions(part.targets)]
    others = np.array(sources)[:, None] != np.array(part.targets)
    return joined.transpose(0, 2, 1)[others].astype(float)


def _joined(vvp: np.ndarray, gdt: np.ndarray | None) -> np.ndarray:
    return vvp if gdt is None else np.concatenate((vvp, gdt), axis=1)


def _fit(pairs: np.ndarray, at: tuple[int, ...], steps: int) -> FewerValues:
    """Return the map from the values `at` by least squares over (N, W) pairs, and its error."""
    known = pairs[:, _columns(pairs, at, steps)]
    weights = np.linalg.lstsq(known, pairs, rcond=None)[0]
    choice = FewerValues(at, weights, {})
    return replace(choice, error=_errors(pairs, choice, steps))


def _columns(pairs: np.ndarray, at: tuple[int, ...], steps: int) -> list[int]:
    return [first + k for first in range(0, pairs.shape[1], steps) for k in at]


def _errors(pairs: np.ndarray, choice: FewerValues, steps: int) -> dict[str, float]:
    """Return what `choice` gets wrong of the (N, W) pairs; see `FewerValues.error`."""
    columns = _columns(pairs, choice.at, steps)
    told = pairs[:, columns] @ choice.weights
    told[:, columns] = pairs[:, columns]
    error = {}
    for name, first in zip(("vvp", "gdt"), range(0, pairs.shape[1], steps)):
        true, guess = (x[:, first : first + steps] for x in (pairs, told))
        error[f"{name}_mean"] = _relative(guess.mean(axis=1), true.mean(axis=1))
        error[f"{name}_peak"] = _relative(strongest(guess, 1), strongest(true, 1))
    return error


def _relative(guess: np.ndarray, true: np.ndarray) -> float:
    size = np.sqrt((true**2).mean())
    return round(float(np.sqrt(((guess - true) ** 2).mean()) / size), 4) if size > 0 else 0.0
