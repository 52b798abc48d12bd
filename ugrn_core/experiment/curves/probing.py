"""Probing a panel: from a backbone and a gene list to curves on disk."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import ugrn_core
from ugrn_core.files import write_atomically
from ugrn_core.jobs.folders import Root
from ugrn_core.jobs.store import ProbeStore, StoreKey
from ugrn_core.probes import PROBES
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.translators.stacked import READS, STACKED, stack
from ugrn_core.types import Panel, ProbeSettings, ProbeTensor

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

Progress = Callable[[int, int], None]
PLACE = "place in the cell's order as a share: 1 the front, towards 0 the back, 0 absent"
GATE = "presence gate, 1/T to 1"


def store_key(backbone: Backbone, panel: Panel, settings: ProbeSettings) -> StoreKey:
    """Return the key that the store keeps a backbone's curves of a panel under."""
    d = backbone.defaults
    more = {"mask_value": d.mask_value, "tangents": d.differentiable}
    return StoreKey(backbone.checksum, panel, settings, **more)


def mark_used(root: Root, key: StoreKey) -> None:
    """Note that curves are read now: those used longest ago are the first to be cleared away."""
    if isinstance(root, Path):
        with suppress(OSError):  # none there, or not ours to touch
            os.utime(root / key.digest)


def request(
    backbone: Backbone,
    panel: Panel,
    sources: tuple[str, ...],
    settings: ProbeSettings,
    store: Root | None = None,
    **watch,
) -> ProbeRequest:
    """Return the request for `sources`; with `store`, finished sources are kept there and reused.

    watch: progress and should_stop of `probes.virtual_cell.response_curves`.
    """
    probe_store = ProbeStore(store, store_key(backbone, panel, settings)) if store else None
    return ProbeRequest(backbone, panel, sources, settings, store=probe_store, **watch)


def curve_tensors(request: ProbeRequest) -> dict[str, ProbeTensor]:
    """Return the VVP tensor of a request, and the GDT tensor where the backbone has a derivative;
    both come from one sweep a source."""
    names = ("vvp", "gdt") if request.backbone.defaults.differentiable else ("vvp",)
    return {name: PROBES[name]()(request) for name in names}


def raw_score(backbone: Backbone) -> str:
    """Return the probe whose peak ranks pairs where no translator does."""
    return "gdt" if backbone.defaults.differentiable else "vvp"


def tensors_for(request: ProbeRequest, probes: Collection[str]) -> dict[str, ProbeTensor]:
    """Return `curve_tensors` and, where `probes` holds it, the stacked one and what it reads."""
    tensors = curve_tensors(request)
    if STACKED in probes:
        tensors |= {name: PROBES[name]()(request) for name in READS if name not in tensors}
        tensors[STACKED] = stack(tensors)
    return tensors


def provenance(backbone: Backbone, panel: Panel, settings: ProbeSettings) -> dict:
    """Return what is needed to make a result again, as plain JSON types."""
    import torch

    relaxation = backbone.defaults.relaxation
    return {
        "ugrn": ugrn_core.__version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "backbone": backbone.name,
        "backbone_checksum": backbone.checksum,
        "backbone_description": backbone.describe(),
        "panel_checksum": panel.checksum,
        "n_genes": len(panel),
        "settings": settings.to_json(),
        "value_scale": PLACE if settings.axis == "place" else backbone.defaults.value_phrase,
        **({"gdt": f"relaxed, ours: {relaxation}"} if relaxation else {}),
        # Where values are places in an order the gradient has an axis of its own.
        **({"gdt_axis": GATE} if relaxation and backbone.defaults.ordered else {}),
        "machine": {"python": platform.python_version(), "torch": torch.__version__},
    }


def write_probe(
    folder: Path, request: ProbeRequest, named: Sequence[tuple[str, str, str]] = ()
) -> Path:
    """Write `probe.npz` and `provenance.json` to `folder`, whole or not at all; return the first.

    Arrays: genes (G,), sources (S,), grid (T,), baseline, one value or (G,) of a profile,
    baseline_output (G,), vvp (S, T, G), gdt (S, T, G), where the backbone has a derivative; T
    serves as the paper's M and T; as_given (G,), where a list names a gene otherwise. named: token,
    symbol to write, and name in the list, of the panel's genes.
    """
    curves = request.curves
    symbols = {token: symbol for token, symbol, _ in named}
    given = [as_given for _, _, as_given in named]
    differ = given != list(symbols.values())
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        genes=np.array([symbols.get(g, g) for g in request.panel.genes]),
        sources=np.array([symbols.get(g, g) for g in request.sources]),
        grid=np.array(request.settings.grid),
        baseline=request.settings.background.array(),
        baseline_output=curves.baseline_output,
        vvp=curves.vvp,
        **({} if curves.gdt is None else {"gdt": curves.gdt}),
        **({"as_given": np.array(given)} if differ else {}),
    )
    content = buffer.getvalue()
    about = provenance(request.backbone, request.panel, request.settings) | {
        "sources": [symbols.get(g, g) for g in request.sources],
        "sha256": {"probe.npz": hashlib.sha256(content).hexdigest()},
    }
    write_atomically(folder / "probe.npz", content)
    write_atomically(folder / "provenance.json", json.dumps(about, indent=1).encode())
    return folder / "probe.npz"
