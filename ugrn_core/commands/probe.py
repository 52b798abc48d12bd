"""`python -m ugrn_core probe`: the raw curves of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ugrn_core.commands import options as o
from ugrn_core.commands.backbones import open_backbone, tell_ignored, tell_relaxed
from ugrn_core.commands.panel import choose_panel, read_members
from ugrn_core.console import say
from ugrn_core.errors import OptionError
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.filling import How, fill
from ugrn_core.files import check_writable
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import read_settings
from ugrn_core.types import ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise OptionError(f"{what} takes numbers such as 0 or 2.5; '{text[:60]}' came.") from error


def _settings(net: Backbone, grid: str | None, cls: str | None, **changes) -> ProbeSettings:
    """Return the backbone's default ProbeSettings with what was asked for in their place."""
    overrides = {k: v for k, v in changes.items() if v is not None}
    if grid is not None:
        overrides["grid"] = tuple(_number(v, "--grid") for v in o.names(grid))
    if cls is not None:
        none = cls.strip().lower() == "none"
        overrides["cls"] = None if none else _number(cls, "--cls (or none)")
    return default_settings(net, **overrides)


def probe(
    backbone: o.BACKBONE,
    sources: o.SOURCES,
    out: o.PROBE_OUT,
    panel: o.PANEL = None,
    dataset: o.DATASET = None,
    baseline: o.BASELINE = None,
    grid: o.GRID = None,
    readout: o.READOUT = None,
    cls: o.CLS = None,
    dtype: o.DTYPE = "float32",
    depth: o.DEPTH = None,
    axis: o.AXIS = None,
    skip_unknown: o.SKIP = False,
    strict: o.STRICT = False,
    estimate: o.ESTIMATE = False,
    scheduler: o.SCHEDULER = None,
    scheduler_file: o.SCHEDULER_FILE = None,
) -> None:
    """Measure how every gene of a panel responds when one gene is driven: the raw curves.

    Writes probe.npz: genes (G), sources (S), grid (T), baseline,
    baseline_output (G), vvp and gdt (S x T x G): the change of each gene's
    reconstruction, and its exact derivative. Finished sources are kept: a
    stopped run goes on where it was.
    """
    net = open_backbone(backbone)
    told = None if depth is None else tuple(_number(v, "--depth") for v in o.names(depth))
    changes = {"baseline": baseline, "readout": readout, "dtype": dtype, "depth": told}
    chosen = _settings(net, grid, cls, **changes, axis=axis)
    how = How(scheduler, scheduler_file, estimate)
    check_writable(out / "probe.npz")  # before the work, not after it
    listed = choose_panel(panel, dataset, net, strict)
    driven = read_members(sources, "sources", listed, net, strict)
    where = read_settings()
    request = probing.request(net, listed.study.panel, driven.tokens, chosen, where.probes)
    if not fill(request, where, how):
        return
    path = probing.write_probe(out, request, listed.study.names)
    tell_ignored(net)
    tell_relaxed(net)
    say(f"Wrote {path} and {path.with_name('provenance.json')}")
