"""The contexts as the same network with random weights answers in them: what its shape alone makes
of real cells.

Every regulator is probed at the two ends of the grid around each context's profile and around that
of all cells, as the backbone itself is.

Letters: K contexts, S sources, G genes of the panel.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.contexts import folder as files
from ugrn_core.experiment.contexts.compute import Progress, ShouldStop, rise
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared, prepare
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.workers import fill_stores
from ugrn_core.files import remove_folder
from ugrn_core.jobs.executors import LocalWorkers, Place
from ugrn_core.settings import Settings

NAME = "random-weights"
PROBING = "probing each context with random weights"
SCRATCH = "scratch-random"


def compute(
    settings: Settings,
    spec: ContextSpec,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    *,
    place: Place | None = None,
) -> Path:
    """Write the rises of the contexts of `spec` under random weights; return the folder.

    Raises OptionError for a backbone that has no such control, Cancelled.
    """
    ready = prepare(settings, spec)
    if not ready.backbone.has_control:
        raise OptionError(f"Of {ready.backbone.name} no control with random weights can be drawn.")
    folder = files.where(settings, ready.id)
    if files.read(folder, NAME) is not None:
        return folder
    report, stop = progress or (lambda *_: None), should_stop or (lambda: False)
    scratch = folder / SCRATCH
    requests = _requests(ready, scratch)
    fill_stores(
        requests,
        scratch,
        place or LocalWorkers(settings.workers),
        progress=lambda done, total: report(done, total, PROBING),
        should_stop=stop,
    )
    *contexts, pooled = [rise(request).astype(np.float32) for request in requests]
    arrays = {"rise": np.array(contexts), "rise_all": pooled}
    files.write(folder, NAME, arrays, {"seed": backbones.CONTROL_SEED})
    remove_folder(scratch)
    return folder


def _requests(ready: Prepared, root: Path) -> list:
    control = backbones.open_control(ready.backbone.opened)
    around = [ready.around(p, ends=True) for p in (*ready.profiles, ready.pooled)]
    return [
        probing.request(control, ready.study.panel, ready.sources, chosen, root)
        for chosen in around
    ]


def rises(folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the rises in each context (K, S, G) and in all cells (S, G) under random weights; None
    where they are not there."""
    read = files.read(folder, NAME)
    if read is None:
        return None
    arrays, _ = read
    return arrays["rise"].astype(np.float64), arrays["rise_all"].astype(np.float64)
