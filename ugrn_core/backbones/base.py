"""The contract every backbone keeps. Nothing here knows that backbones are probed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from ugrn_core.backbones.vocabulary import Vocabulary
from ugrn_core.errors import GridError, OptionError, PanelError
from ugrn_core.types import Panel, ProbeSettings, Profile, ValueScale

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class BackboneDefaults:
    """What a backbone is probed with unless told otherwise, and what it can take.

    value_range: closed interval of values that make sense. grid: 8 values. readouts: the ones this
    checkpoint offers, default first; none where it reconstructs no expression at all, so that
    there is nothing to sweep. cls_layouts: values the `<cls>` token may carry, None for no token,
    default first. mask_value: what a masked gene carries. value_scale: what the values mean;
    own_phrase: words for it where the scale's own are too few.

    Capabilities, from which it follows which probes apply (`probes.base.why_not`). continuous: any
    value in the range is one it can take; else whole numbers only. differentiable: its
    reconstruction has a derivative by a gene's value; else sweeps give responses without tangents.
    relaxation: what UGRN changed of the model to differentiate it, in words; empty where the
    derivative is the model's own. It is marked wherever the GDT is shown. depth: the sequencing
    depth (T, S) it is told unless told otherwise, None where it takes none.
    ordered: values say only a gene's place in the cell's order: one value for all genes cancels,
    and 0 is a gene that is absent.
    """

    value_range: tuple[float, float]
    baseline: float
    grid: tuple[float, ...]
    readouts: tuple[str, ...]
    cls_layouts: tuple[float | None, ...]
    mask_value: float
    value_scale: ValueScale
    own_phrase: str = ""
    continuous: bool = True
    differentiable: bool = True
    relaxation: str = ""
    depth: tuple[float, float] | None = None
    ordered: bool = False

    @property
    def value_phrase(self) -> str:
        """What the values mean, in words, for axes and messages."""
        return self.own_phrase or self.value_scale.phrase


def check_settings(
    defaults: BackboneDefaults, settings: ProbeSettings, panel: Panel | None = None
) -> None:
    """Raise GridError or OptionError unless a backbone with `defaults` takes `settings`; PanelError
    where the background is a profile of other genes than those of `panel`."""
    background = settings.background
    if isinstance(background, Profile) and panel and len(background.values) != len(panel):
        raise PanelError(
            f"The profile '{background.name[:60]}' holds {len(background.values)} values, the "
            f"panel {len(panel)} genes. Give one value for each gene of the panel, in its order."
        )
    check_options(defaults, settings.readout, settings.cls)
    if settings.depth is not None and defaults.depth is None:
        raise OptionError("This backbone is not told a sequencing depth. Leave the depth out.")
    if settings.axis == "place":
        check_places(defaults, settings.grid)
    low, high = defaults.value_range
    on_scale = settings.grid if settings.axis == "value" else ()
    values = (*on_scale, *settings.background.values)
    outside = [v for v in values if not low <= v <= high]
    if outside:
        raise GridError(
            f"Values must lie within {low:g} to {high:g} ({defaults.value_phrase}); "
            f"{', '.join(f'{v:g}' for v in outside[:5])} came. Change the grid or the baseline."
        )
    broken = [] if defaults.continuous else [v for v in values if v != round(v)]
    if broken:
        raise GridError(
            f"This backbone takes whole numbers only ({defaults.value_phrase}); "
            f"{', '.join(f'{v:g}' for v in broken[:5])} came. Change the grid or the baseline."
        )


def check_places(defaults: BackboneDefaults, grid: tuple[float, ...]) -> None:
    """Raise OptionError unless a backbone with `defaults` reads an order, GridError unless `grid`
    are places in one."""
    if not defaults.ordered:
        raise OptionError(
            "This backbone reads values, not an order of genes: it has no axis of places. Leave "
            "--axis out."
        )
    outside = [v for v in grid if not 0 <= v <= 1]
    if outside:
        raise GridError(
            "Places are shares of the cell's order, 0 (absent) to 1 (the front); "
            f"{', '.join(f'{v:g}' for v in outside[:5])} came. Change the grid."
        )


def check_options(defaults: BackboneDefaults, readout: str, cls: float | None) -> None:
    """Raise OptionError unless a backbone with `defaults` offers this readout and `<cls>` value.

    Where it offers no readout at all, any will do: nothing is reconstructed then.
    """
    if defaults.readouts and readout not in defaults.readouts:
        raise OptionError(
            f"This backbone offers the readouts {', '.join(defaults.readouts)}; not '{readout}'."
        )
    if cls not in defaults.cls_layouts:
        offered = ", ".join("none" if c is None else f"{c:g}" for c in defaults.cls_layouts)
        raise OptionError(f"This backbone takes a <cls> value of {offered}; not {cls}.")


@runtime_checkable
class Backbone(Protocol):
    """A frozen scFM. B cells, G genes, D width, H heads, S' tokens (G, +1 with `<cls>`).

    files: what was read, name -> sha256; empty of a control, which stands for no file. ignored:
    tensors of the checkpoint that nothing reads. device: where sweeps compute, if they can: cpu,
    cuda, cuda:N or auto.
    """

    name: str
    kind: str
    folder: Path
    checksum: str
    vocabulary: Vocabulary
    defaults: BackboneDefaults
    files: dict[str, str]
    ignored: tuple[str, ...]
    device: str

    def describe(self) -> dict:
        """Return kind, shape (layers, width, heads), parameters, file checksums: JSON types."""

    def reconstruct(
        self,
        panel: Panel,
        values: torch.Tensor,
        readout: str = "visible",
        cls: float | None = 0.0,
        targets: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the (B, G) reconstruction of `values` (B, G); differentiable in `values`.

        `masked` and `visible` run the same network: a masked gene is one whose value is
        `defaults.mask_value`, set by the caller. `generative` queries every gene of the panel
        beside the known cell; `targets` then restricts the queried positions. Computed in
        the dtype of `values` (float32 or float64).
        """

    def gene_embedding(self, panel: Panel) -> np.ndarray:
        """Return the (G, D) float32 gene vectors: what the first layer sees, less the value."""

    def sweep(self, panel: Panel, settings: ProbeSettings) -> Sweep:
        """Return the fastest exact sweep there is: if no other `forward_ad.ForwardADSweep`, or
        `value_sweep.ValueSweep` where the backbone is not differentiable."""

    def attention(self, panel: Panel, values: torch.Tensor, cls: float | None = 0.0) -> np.ndarray:
        """Return the last layer's raw q.k (B, H, S', S'): rows query, columns key tokens."""


def go_on() -> None:
    """What a sweep does between two values unless told otherwise: nothing."""


class Sweep(Protocol):
    """Value and tangent of every target for one source at a time; what depends on panel and
    settings alone is computed once, at construction. A backbone that is not `differentiable` gives
    None for every tangent.

    baseline_output: (G,) reconstruction of the cell without a source: the background itself
    (`visible`, `generative`), or every gene masked (`masked`). between: called between two
    values of a source, or several that are computed at once; what it raises ends the call.
    """

    baseline_output: np.ndarray
    between: Callable[[], None]

    def __call__(self, source: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return (response, tangent), both (T, G), in the settings' dtype.

        response[t, j] = M(cell, source := grid[t])_j - M(cell, source := b)_j and
        tangent[t, j] = d M(cell, source := v)_j / dv at v = grid[t]; b is what the settings'
        background gives the source. In the cell every other gene carries what the background gives
        it, or the mask value under readout `masked`.
        """


@runtime_checkable
class ReadsFew(Sweep, Protocol):
    """A sweep that computes a few targets at a fraction of the work of all."""

    def at(self, source: int, targets: Sequence[int]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return response and tangent (T, R) of the targets at positions `targets`."""


@runtime_checkable
class SharesCell(Sweep, Protocol):
    """A sweep whose base cell serves other grids, too."""

    def over(self, settings: ProbeSettings) -> Sweep | None:
        """Return the sweep of `settings` that shares this one's base cell and its memory, so that
        one of the two may run at a time; None where `settings` make another base cell."""
