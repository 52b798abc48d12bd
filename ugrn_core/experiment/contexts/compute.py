"""Contexts probed: every source around every profile, and around those of cells dealt out at
random.

An edge's strength in a context is its rise: the change of the target as the source goes from the
lowest to the highest value of the grid, everything else as the context has it. It is the integral
of the GDT over that range, and an exact difference of two virtual cells.

Letters: K contexts, S sources, G genes of the panel, R draws, T grid values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.experiment.contexts import folder as files
from ugrn_core.experiment.contexts.chance import null
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared, prepare
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.workers import fill_stores
from ugrn_core.files import remove_folder
from ugrn_core.jobs.executors import LocalWorkers, Place
from ugrn_core.jobs.store import ProbeStore
from ugrn_core.settings import Settings
from ugrn_core.types import ProbeSettings, Profile

if TYPE_CHECKING:
    from ugrn_core.probes.base import ProbeRequest

PROBING = "probing each context"
DEALING = "probing cells dealt out at random"
WRITING = "comparing and writing"
SCRATCH = "scratch"  # curves of the null: summed up, then deleted
SEED = 20_260
Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


def request(settings: Settings, ready: Prepared, chosen: ProbeSettings) -> ProbeRequest:
    """Return the request for the sources under `chosen`, kept in the probe store."""
    what = ready.backbone, ready.study.panel, ready.sources, chosen, settings.probes
    return probing.request(*what)


def real_settings(ready: Prepared) -> tuple[ProbeSettings, ...]:
    """Return the settings of each context, of all cells, and of the flat virtual cell."""
    return (*map(ready.around, (*ready.profiles, ready.pooled)), ready.settings)


def null_profiles(ready: Prepared, draws: int, seed: int = SEED) -> list[list[Profile]]:
    """Return (R, K) profiles of contexts to which cells were reassigned at random."""
    rng, dealt = np.random.default_rng(seed), []
    for draw in range(draws):
        members = null.reassigned(ready.grouping.members, rng)
        dealt.append([ready.profile(m.astype(float), f"draw {draw + 1}") for m in members])
    return dealt


def draws_of(ready: Prepared) -> int:
    """Return how many times cells are reassigned."""
    return null.draws_for(null.covariance(ready.grouping.members))


def compute(
    settings: Settings,
    spec: ContextSpec,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    place: Place | None = None,
) -> Path:
    """Probe the contexts of `spec` and write their strengths; return the folder.

    progress(done, total, phase) counts sources times profiles. What is finished is reused; raises
    Cancelled once should_stop() is true, InputError.
    """
    ready = prepare(settings, spec)
    place = place or LocalWorkers(settings.workers)
    folder = files.where(settings, ready.id)
    files.note(folder, spec.dataset)
    report = progress or (lambda done, total, phase: None)
    stop = should_stop or (lambda: False)
    real = [request(settings, ready, s) for s in real_settings(ready)]
    _fill([*real, *_scored(settings, ready)], settings.probes, place, (report, PROBING), stop)
    if files.read(folder, files.STRENGTHS) is not None:  # its curves were cleared away since
        return folder
    scratch = folder / SCRATCH
    dealt = null_profiles(ready, draws_of(ready))
    sweeps = [[_ends(ready, profile, scratch) for profile in draw] for draw in dealt]
    _fill([r for draw in sweeps for r in draw], scratch, place, (report, DEALING), stop)
    report(0, 0, WRITING)
    drawn = np.array([[rise(r) for r in draw] for draw in sweeps])
    arrays = _arrays(settings, ready, real, drawn)
    files.write(folder, files.STRENGTHS, arrays, _about(spec, ready, len(dealt)))
    remove_folder(scratch)
    return folder


def _ends(ready: Prepared, profile: Profile, root: Path) -> ProbeRequest:
    chosen = ready.around(profile, ends=True)
    return probing.request(ready.backbone, ready.study.panel, ready.sources, chosen, root)


def _fill(
    requests: list[ProbeRequest],
    root: Path | str,
    place: Place,
    told: tuple[Progress, str],
    stop: ShouldStop,
) -> None:
    report, phase = told
    fill_stores(requests, root, place, progress=lambda d, n: report(d, n, phase), should_stop=stop)


def pair_curves(settings: Settings, ready: Prepared, source: int, target: int) -> np.ndarray | None:
    """Return the responses (K + 2, T) of a pair: in each context, in the mean of all cells, in the
    flat virtual cell. source: its row; target: its position in the panel. None where curves were
    cleared away."""
    at = int(ready.study.panel.positions(ready.sources[source : source + 1])[0])
    curves = []
    for chosen in real_settings(ready):
        key = probing.store_key(ready.backbone, ready.study.panel, chosen)
        probing.mark_used(settings.probes, key)
        pair = ProbeStore(settings.probes, key).curve(at, target)
        if pair is None:
            return None
        curves.append(pair[0])
    return np.array(curves)


def rise(request: ProbeRequest) -> np.ndarray:
    """Return (S, G) float64: the change from the lowest to the highest value of the grid."""
    grid, vvp = request.settings.grid, request.curves.vvp
    return vvp[:, int(np.argmax(grid))].astype(np.float64) - vvp[:, int(np.argmin(grid))]


def _arrays(
    settings: Settings, ready: Prepared, real: list[ProbeRequest], drawn: np.ndarray
) -> files.Arrays:
    rises = np.array([rise(r) for r in real])
    *contexts, pooled, flat = rises
    shape = null.covariance(ready.grouping.members)
    arrays = {
        "rise": np.array(contexts),
        "rise_all": pooled,
        "rise_flat": flat,
        "variance": null.variance(drawn, pooled, shape),
        "drawn": drawn.astype(np.float32),
        "shape": shape,
        "profiles": np.array([p.values for p in ready.profiles]),
        "silent": ready.cells.silent(ready.grouping.members),
        "members": ready.grouping.members,
    }
    score = _flat_score(settings, ready)
    return arrays if score is None else arrays | {"flat_score": score}


def _scored(settings: Settings, ready: Prepared) -> list[ProbeRequest]:
    """Return the request of the flat virtual cell that the translator reads, in a list: empty
    without one, and where few sources were asked, beside which it was not trained."""
    translator = ready.translator
    if translator is None or set(ready.sources) != set(ready.study.regulators):
        return []
    return [request(settings, ready, translator.settings)]


def _flat_score(settings: Settings, ready: Prepared) -> np.ndarray | None:
    """Return (S, G), the translator's probability of each pair in the flat virtual cell, NaN for a
    gene with itself; None where nothing is scored."""
    for flat in _scored(settings, ready):
        tensors = probing.tensors_for(flat, tuple(ready.translator.members))
        own = np.zeros((len(ready.sources), len(ready.study.panel)), dtype=bool)
        own[np.arange(len(own)), flat.positions] = True
        pairs = np.argwhere(~own)
        score = np.full(own.shape, np.nan)
        score[pairs[:, 0], pairs[:, 1]] = ready.translator.probabilities(tensors, pairs)[0]
        return score
    return None


def _about(spec: ContextSpec, ready: Prepared, draws: int) -> dict:
    grouping, study = ready.grouping, ready.study
    shape = null.covariance(grouping.members)
    return probing.provenance(ready.backbone, study.panel, ready.settings) | {
        "run_id": ready.id,
        "dataset": study.dataset.title,
        "source": study.dataset.source,
        "spec": asdict(spec) | {"sources": list(spec.sources)},
        "by": grouping.by,
        "contexts": list(grouping.names),
        "cells": grouping.counts.tolist(),
        "left_out": [list(entry) for entry in grouping.left_out],
        "stages": None if grouping.at is None else grouping.at.tolist(),
        "branches": list(grouping.branch),
        "values": ready.cells.how,
        "parts_masked": ready.pooled.folds,
        "genes": [study.labels.get(t, t) for t in study.panel.genes],
        "sources": [study.labels.get(t, t) for t in ready.sources],
        "draws": draws,
        "degrees_of_freedom": draws * null.degrees(shape),
        "translator": ready.translator.name if ready.translator else None,
    }
