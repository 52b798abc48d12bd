"""The contract of every probe: one request in, the features of every (source, target) pair out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from ugrn_core.backbones.base import check_settings
from ugrn_core.errors import GridError, OptionError
from ugrn_core.probes.curve_store import CurveStore
from ugrn_core.probes.settings import check_values, source_positions
from ugrn_core.probes.virtual_cell import Curves, Watch, response_curves
from ugrn_core.types import Panel, ProbeSettings, ProbeTensor

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone, BackboneDefaults


@dataclass(frozen=True, eq=False)
class ProbeRequest:
    """What is probed. Probes given the same request share one sweep (`curves`).

    profile: real expression for `pert` and `attn`, (G,) mean profile or (C, G) cells, in panel
    order and **already on the backbone's value scale** (`defaults.value_scale`); genes without
    measurement carry 0. store: see `virtual_cell.response_curves`; progress, should_stop: `Watch`.
    """

    backbone: Backbone
    panel: Panel
    sources: tuple[str, ...]
    settings: ProbeSettings
    profile: np.ndarray | None = None
    store: CurveStore | None = None
    progress: Callable[[int, int], None] | None = None
    should_stop: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", tuple(self.sources))
        check_settings(self.backbone.defaults, self.settings, self.panel)

    @cached_property
    def positions(self) -> np.ndarray:
        """(S,) int64 positions of the sources in the panel."""
        return np.array(source_positions(self.panel, self.sources), dtype=np.int64)

    @cached_property
    def curves(self) -> Curves:
        """VVP and GDT of all sources; computed on first use."""
        given = {"progress": self.progress, "should_stop": self.should_stop}
        watch = Watch(**{name: call for name, call in given.items() if call is not None})
        return response_curves(
            self.backbone, self.panel, self.sources, self.settings, self.store, watch=watch
        )

    @cached_property
    def shared(self) -> dict[str, np.ndarray]:
        """What one probe of this request leaves for another to read, under a name of its own."""
        return {}

    def cells(self) -> np.ndarray:
        """Return `profile` as (C, G) in the settings' dtype; raise OptionError or GridError."""
        if self.profile is None:
            raise OptionError(
                "This probe reads real expression and none came. "
                "Choose a data set with expression, or a probe that needs none (vvp, gdt, emb)."
            )
        cells = np.atleast_2d(np.asarray(self.profile, dtype=self.settings.dtype))
        if cells.ndim != 2 or cells.shape[1] != len(self.panel):
            raise OptionError(
                f"A profile holds one value for each of the panel's {len(self.panel)} genes; "
                f"an array {np.shape(self.profile)} came."
            )
        check_values(self.backbone, cells, "Expression values")
        return cells


class Probe(Protocol):
    """A frozen dataclass of parameters; calling it is the whole interface.

    name: the registered name. title: for people. needs_profile: reads `request.profile`.
    is_score: K = 1 and the value may be ranked as it is, without a translator.
    needs_reconstruction, needs_derivative: what the backbone must offer; left out, it need not.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    needs_profile: ClassVar[bool]
    is_score: ClassVar[bool]
    needs_reconstruction: ClassVar[bool]
    needs_derivative: ClassVar[bool]

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return the features of every pair: values (S, K, G), sources and genes as requested."""


def why_not(probe: Probe | type[Probe], defaults: BackboneDefaults) -> str:
    """Return why `probe` cannot be asked of a backbone with `defaults`; empty where it can."""
    if getattr(probe, "needs_reconstruction", False) and not defaults.readouts:
        return "this backbone reconstructs no expression"
    if getattr(probe, "needs_derivative", False) and not defaults.differentiable:
        return (
            f"this backbone's output has no derivative by a gene's value ({defaults.value_phrase})"
        )
    return ""


def require_applies(probe: Probe, defaults: BackboneDefaults) -> None:
    """Raise OptionError with the reason where `probe` cannot be asked of such a backbone."""
    reason = why_not(probe, defaults)
    if reason:
        raise OptionError(f"{probe.title} does not apply: {reason}. Choose another probe.")


def tensor(probe: Probe, request: ProbeRequest, values: np.ndarray) -> ProbeTensor:
    """Return `values` (S, K, G) labelled, with all that identifies them as provenance."""
    provenance = {
        "probe": probe.name,
        "parameters": {f.name: getattr(probe, f.name) for f in fields(probe)},
        "backbone": request.backbone.name,
        "backbone_checksum": request.backbone.checksum,
        "panel_checksum": request.panel.checksum,
        "settings": request.settings.to_json(),
    }
    return ProbeTensor(
        probe=probe.name,
        genes=request.panel.genes,
        sources=request.sources,
        values=values,
        provenance=provenance,
    )


def grid_steps(grid: tuple[float, ...], wanted: tuple[float, ...] | None) -> list[int]:
    """Return the positions of `wanted` values in `grid` (all when None); raise GridError."""
    if wanted is None:
        return list(range(len(grid)))
    absent = [v for v in wanted if v not in grid]
    if absent or not wanted:
        raise GridError(
            f"The values {absent or 'chosen (none)'} are not on the probed grid "
            f"{tuple(grid)}. Choose some of these."
        )
    return [grid.index(v) for v in wanted]
