"""A two-stage run: one exact value for every regulator, the whole grid for the strongest."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.experiment.curves import probing
from ugrn_core.jobs.folders import Root
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.types import Uniform

STRONGEST = 0.05  # of a regulator's targets: their mean |GDT| is what it is screened by


def first_stage(request: ProbeRequest, store: Root) -> ProbeRequest:
    """Return the request for one value alone, kept in `store` under its own key: the baseline
    where it is on the grid, else the grid's middle.

    Raises OptionError where the backbone has no derivative, which a screen goes by.
    """
    if not request.backbone.defaults.differentiable:
        raise OptionError(
            "A screen goes by the gradient (GDT), and this backbone has no derivative. Probe all "
            "regulators at all values: leave out --screen."
        )
    grid, background = request.settings.grid, request.settings.background
    # Under `masked` any other value would cost two cells: responses count from the baseline's.
    on_grid = isinstance(background, Uniform) and background.value in grid
    value = background.value if on_grid else grid[len(grid) // 2]
    settings = replace(request.settings, grid=(value,))
    return probing.request(request.backbone, request.panel, request.sources, settings, store)


def passing(sources: int, share: float) -> int:
    """Return how many of `sources` a screen with `share` in (0, 1] lets pass, at least one."""
    return max(1, math.ceil(share * sources))


def strongest_sources(first: ProbeRequest, count: int) -> tuple[str, ...]:
    """Return the `count` sources that drive their best targets most, in the order asked.

    By the mean |GDT| over the top 5 % of the panel at the first stage's value, without the source.
    """
    slopes = np.abs(first.curves.gdt[:, 0])
    slopes[np.arange(len(slopes)), first.positions] = 0
    best = max(1, round(STRONGEST * slopes.shape[1]))
    strength = np.partition(slopes, -best, axis=1)[:, -best:].mean(axis=1)
    chosen = set(np.argsort(-strength, kind="stable")[:count].tolist())
    return tuple(s for k, s in enumerate(first.sources) if k in chosen)
