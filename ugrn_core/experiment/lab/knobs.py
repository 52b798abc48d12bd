"""What the probe lab lets one turn, where the knobs stand at first, and what they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.errors import GridError
from ugrn_core.probes.settings import PLACES
from ugrn_core.types import Background, Panel, ProbeSettings, Profile, Uniform

if TYPE_CHECKING:
    from ugrn_core.backbones.base import BackboneDefaults

MOST_VALUES = 16
FLAT = "flat"
FOLDS = 5  # parts in which targets are masked beside a background, as contexts mask them
_SAME = 1e-9  # values nearer than this are one


@dataclass(frozen=True)
class Knobs:
    """How the virtual cell is made and read.

    baseline: v_b of the flat background. span: lowest and highest value given to the source. m, t:
    at how many values VVP and GDT are read. background: a name of `backgrounds`; under the readout
    masked FLAT hides all genes but the source, any other masks them in FOLDS parts beside those
    that carry it. held: vocabulary token of a second gene, empty for none, that carries held_at
    whatever the background and the readout say. step: h of the finite differences, 0 for none. The
    others as in `ProbeSettings`; axis `place`, of backbones that read an order: the source goes
    through shares of it, whatever the span, and t follows m, for the gradient is over a gate.
    """

    baseline: float
    span: tuple[float, float]
    m: int = 8
    t: int = 8
    readout: str = "visible"
    cls: float | None = 0.0
    background: str = FLAT
    held: str = ""
    held_at: float = 0.0
    step: float = 0.0
    dtype: str = "float32"
    axis: str = "value"


def as_in_paper(defaults: BackboneDefaults) -> Knobs:
    """Return the paper's settings on a backbone: flat background at the baseline, eight values, the
    targets visible where the backbone can be read so."""
    readouts = defaults.readouts
    return Knobs(
        baseline=defaults.baseline,
        span=(min(defaults.grid), max(defaults.grid)),
        m=len(defaults.grid),
        t=len(defaults.grid),
        readout="visible" if "visible" in readouts or not readouts else readouts[0],
        cls=defaults.cls_layouts[0],
    )


def as_in_runs(settings: ProbeSettings, defaults: BackboneDefaults) -> Knobs:
    """Return the knobs that ask for what a run with `settings` computes."""
    return replace(as_in_paper(defaults), readout=settings.readout, cls=settings.cls)


def presets(
    settings: ProbeSettings, defaults: BackboneDefaults, backgrounds: Mapping[str, str]
) -> dict[str, Knobs]:
    """Return what to begin with, by what it is called: the paper, a run, the ablations that this
    backbone and these `backgrounds` (name -> title) offer."""
    paper, run = as_in_paper(defaults), as_in_runs(settings, defaults)
    offered = {"What the paper did": paper}
    if run != paper:
        offered["As the scores of this site are made"] = run
    for m in (1, 2, 4):
        offered[f"VVP at {m} of 8 values"] = replace(paper, m=m)
    if defaults.ordered:
        offered["Through the places of the order"] = replace(paper, axis="place", span=(0.0, 1.0))
    elif defaults.differentiable:
        offered |= {f"GDT at {t} of 8 values": replace(paper, t=t) for t in (1, 2, 4)}
    if defaults.continuous:
        offered["Sixteen values"] = replace(paper, m=MOST_VALUES, t=MOST_VALUES)
    if masks_in_parts(defaults) and "mean" in backgrounds:
        offered["Hidden targets beside the mean cell"] = replace(
            paper, readout="masked", background="mean"
        )
    for readout in (name for name in defaults.readouts if name not in (paper.readout, run.readout)):
        offered[f"Targets read as “{readout}”"] = replace(paper, readout=readout)
    for name, title in backgrounds.items():
        if name != FLAT:
            offered[f"Background: {title}"] = replace(paper, background=name)
    if None in defaults.cls_layouts and paper.cls is not None:
        offered["Without the <cls> token"] = replace(paper, cls=None)
    offered["Twice the digits (float64)"] = replace(paper, dtype="float64")
    return offered


def masks_in_parts(defaults: BackboneDefaults) -> bool:
    """Return whether targets can be masked beside genes that are shown: the backbone masks and
    reads shown genes, see `probes.folds`."""
    return {"masked", "visible"} <= set(defaults.readouts)


def values(defaults: BackboneDefaults, span: tuple[float, float], count: int) -> tuple[float, ...]:
    """Return `count` values over `span`, spaced as the backbone's own grid is; one alone is the
    highest. Fewer where the backbone takes whole numbers only. Raises GridError for an empty span.
    """
    low, high = span
    if not low < high or count < 1:
        raise GridError(
            f"The lowest value must be below the highest; {low:g} and {high:g} came. Move one."
        )
    if count == 1:
        return (high,)
    own = np.sort(defaults.grid)
    own = (own - own[0]) / (own[-1] - own[0])
    shares = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(own)), own)
    spread = low + shares * (high - low)
    if not defaults.continuous:
        spread = np.round(spread)
    # As they are written: an address holds the same values, not nearly the same.
    return tuple(dict.fromkeys(float(f"{v:g}") for v in spread))


def shares(count: int) -> tuple[float, ...]:
    """Return `count` places in an order, as shares of it: absent, the back, and evenly to the
    front; one alone is the front, two are both ends."""
    if count < 3:
        return (0.0, 1.0)[2 - count :]
    return (0.0, PLACES[1], *(float(f"{k / (count - 2):.4g}") for k in range(1, count - 1)))


def settings(
    knobs: Knobs, panel: Panel, grid: tuple[float, ...], profile: np.ndarray | None
) -> ProbeSettings:
    """Return what a sweep over `grid` is asked for.

    profile: (G,) of the panel where the background is no flat one. Raises GridError, OptionError,
    UnknownGeneError.
    """
    return ProbeSettings(
        background=_background(knobs, panel, profile),
        grid=grid,
        readout=knobs.readout,
        cls=knobs.cls,
        dtype=knobs.dtype,
        axis=knobs.axis,
    )


def _background(knobs: Knobs, panel: Panel, profile: np.ndarray | None) -> Background:
    if profile is None and not knobs.held:
        return Uniform(knobs.baseline)
    carried = np.full(len(panel), knobs.baseline) if profile is None else np.array(profile)
    held = tuple(panel.positions([knobs.held]).tolist()) if knobs.held else ()
    carried[list(held)] = knobs.held_at
    name = f"{knobs.background}, {knobs.held or 'nothing'} held"
    if knobs.readout != "masked":
        return Profile(name, tuple(carried.tolist()))
    # One part is the whole cell: all hidden but what is held.
    parts = min(FOLDS, len(panel)) if profile is not None else 1
    return Profile(name, tuple(carried.tolist()), folds=parts, shown=held)


def around(grid: tuple[float, ...], step: float, bounds: tuple[float, float]) -> np.ndarray:
    """Return (T, 2): below and above each value by `step`, within `bounds`."""
    at = np.array(grid)
    return np.clip(np.stack([at - step, at + step], axis=1), *bounds)


def together(*grids: np.ndarray | tuple[float, ...]) -> tuple[float, ...]:
    """Return the values of all grids, ascending, each once."""
    every = np.unique(np.concatenate([np.ravel(grid) for grid in grids]))
    return tuple(every[np.diff(every, prepend=-np.inf) > _SAME].tolist())


def places(grid: tuple[float, ...], wanted: np.ndarray | tuple[float, ...]) -> np.ndarray:
    """Return where in `grid`, made by `together`, each of `wanted` lies: int64, their shape."""
    at = np.asarray(wanted, dtype=np.float64)
    return np.abs(np.array(grid)[:, None] - at.ravel()).argmin(axis=0).reshape(at.shape)


def for_backbone(knobs: Knobs, mine: BackboneDefaults, theirs: BackboneDefaults) -> Knobs:
    """Return `knobs`, set on a backbone with the defaults `mine`, for another one.

    On the same value scale they stay; on another, values are brought over by their share of the
    default grid. What the other does not offer is as it has it by default.
    """
    first = as_in_paper(theirs)
    there = replace(
        knobs,
        readout=knobs.readout if knobs.readout in theirs.readouts else first.readout,
        cls=knobs.cls if knobs.cls in theirs.cls_layouts else first.cls,
        step=knobs.step if has_slope(theirs) else 0.0,
    )
    if knobs.axis == "place" and not theirs.ordered:
        return replace(there, axis="value", span=first.span, background=FLAT, held="")
    if there.readout == "masked" and not masks_in_parts(theirs):
        there = replace(there, background=FLAT, held="")
    if is_same_scale(mine, theirs):
        return there
    value = _carried_over(mine, theirs)
    return replace(
        there,
        baseline=value(knobs.baseline),
        span=(value(knobs.span[0]), value(knobs.span[1])),
        held_at=value(knobs.held_at),
        step=knobs.step and value(knobs.step) - value(0.0),
        background=FLAT,
    )


def has_slope(defaults: BackboneDefaults) -> bool:
    """Return whether finite differences by a gene's value say what the gradient says: not where
    values are whole numbers or places in an order."""
    return defaults.differentiable and defaults.continuous and not defaults.ordered


def is_same_scale(mine: BackboneDefaults, theirs: BackboneDefaults) -> bool:
    """Return whether a value means the same to both backbones."""
    return mine.value_scale is theirs.value_scale and mine.value_range == theirs.value_range


def _carried_over(mine: BackboneDefaults, theirs: BackboneDefaults):
    (a, b), (c, d) = ((min(grid), max(grid)) for grid in (mine.grid, theirs.grid))
    low, high = theirs.value_range

    def value(v: float) -> float:
        other = min(max(c + (v - a) / (b - a) * (d - c), low), high)
        return float(round(other)) if not theirs.continuous else float(f"{other:g}")

    return value
