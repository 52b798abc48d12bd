"""What a given backbone and panel can be probed with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.backbones.base import check_settings
from ugrn_core.errors import GridError, OptionError, PanelError
from ugrn_core.types import READOUTS, Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

FIELDS = ("baseline", "background", "grid", "readout", "cls", "dtype", "depth", "axis")
PLACES = (0.0, 1e-4, *(k / 6 for k in range(1, 7)))  # absent, the back, ..., the front


def default_settings(backbone: Backbone, **overrides: object) -> ProbeSettings:
    """Return the backbone's defaults with `overrides` in their place: fields of ProbeSettings, and
    `baseline`, v_b, for a uniform background.

    Raises GridError for values outside the backbone's range, OptionError for a readout or `<cls>`
    layout that it does not offer.
    """
    unknown = [name for name in overrides if name not in FIELDS]
    if unknown:
        raise OptionError(
            f"A probe setting is one of {', '.join(FIELDS)}; {', '.join(map(repr, unknown))} came."
        )
    d = backbone.defaults
    on_places = overrides.get("axis") == "place"
    chosen: dict = {
        "background": overrides.pop("baseline", d.baseline),
        "grid": PLACES if on_places else d.grid,
        "readout": d.readouts[0] if d.readouts else READOUTS[0],
        "cls": d.cls_layouts[0],
        "dtype": "float32",
        "depth": d.depth,
    }
    settings = ProbeSettings(**(chosen | overrides))
    check_settings(d, settings)
    return settings


def check_values(backbone: Backbone, values: np.ndarray, what: str) -> None:
    """Raise GridError unless every one of `values` lies in the backbone's value range."""
    low, high = backbone.defaults.value_range
    bad = values[~((values >= low) & (values <= high))]  # NaN lands here too
    if bad.size:
        shown = ", ".join(f"{v:g}" for v in np.unique(bad)[:5])
        raise GridError(
            f"{what} must lie in [{low:g}, {high:g}], the range of {backbone.name} "
            f"({backbone.defaults.value_phrase}); {shown} came. Rescale or choose other values."
        )


def source_positions(panel: Panel, sources: Sequence[str]) -> list[int]:
    """Return the panel positions of `sources`; raise PanelError when empty or repeated."""
    if not sources:
        raise PanelError("A probe needs at least one source gene; none came. Name a regulator.")
    twice = [gene for gene, times in Counter(sources).items() if times > 1]
    if twice:
        shown = ", ".join(repr(g[:40]) for g in twice[:5])
        raise PanelError(f"Name each source gene once; {shown} came more than once.")
    return [int(p) for p in panel.positions(tuple(sources))]
