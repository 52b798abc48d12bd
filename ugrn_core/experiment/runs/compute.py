"""A run: one backbone, one data set, every regulator probed, one edge table on disk."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.workers import fill_store
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.edges import all_pairs, edge_frame
from ugrn_core.experiment.runs.spec import (
    ABOUT,
    BANDS,
    EDGES,
    Prepared,
    Spec,
    _reads,
    prepare,
)
from ugrn_core.export import FORMATS
from ugrn_core.files import write_atomically
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.settings import Settings
from ugrn_core.types import ProbeTensor

if TYPE_CHECKING:
    from ugrn_core.experiment.runs.spec import Prepared


def tensors(settings: Settings, ready: Prepared) -> dict[str, ProbeTensor]:
    """Return VVP and GDT of a run's regulators from the store, computing what is missing."""
    asked = probing.request(
        ready.backbone, ready.study.panel, ready.study.regulators, ready.settings, settings.probes
    )
    return probing.tensors_for(asked, _reads(ready.translator))


def compute(
    settings: Settings,
    spec: Spec,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path:
    """Probe, translate and write the run's folder; return it. Finished sources are reused."""
    ready = prepare(settings, spec)
    study = ready.study
    what = ready.backbone, study.panel, study.regulators, ready.settings, settings.probes
    asked = probing.request(*what, progress=progress, should_stop=should_stop)
    fill_store(asked, settings.probes, LocalWorkers(settings.workers))
    curves = probing.tensors_for(asked, _reads(ready.translator))
    frame = edge_frame(curves, ready.translator, study.dataset.references, study.labels)
    about = probing.provenance(ready.backbone, study.panel, ready.settings) | {
        "run_id": ready.run_id,
        "dataset": study.dataset.title,
        "control": backbones.is_control(ready.backbone),
        "question": run_spec.mark(spec),
        "source": study.dataset.source,
        "translator": ready.translator.name if ready.translator else None,
        "probe": ready.translator.probe if ready.translator else "gdt",
        "gene_matching": study.route,
        "n_regulators": len(study.regulators),
        "n_pairs": len(frame),
    }
    out = settings.runs / ready.run_id
    write_atomically(out / EDGES, FORMATS["parquet"].write(frame, about))
    bands = of_panel(curves) | of_random_weights(ready, should_stop)
    write_atomically(out / BANDS, _packed(bands))
    write_atomically(out / ABOUT, json.dumps(about, indent=1).encode())  # last: now it is done
    return out


def _packed(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


BAND = (2.5, 97.5)  # percentiles


SOURCES = 4  # regulators asked of random weights: 3,048 pairs of a panel of 763 genes


Bands = dict[str, np.ndarray]


def of_panel(tensors: dict[str, ProbeTensor], prefix: str = "") -> Bands:
    """Return the central 95 % of all pairs at each grid value: {prefix}{vvp, gdt}_{low, high},
    (T,) each."""
    pairs = all_pairs(tensors["gdt"])
    found = {}
    for probe in ("vvp", "gdt"):
        values = tensors[probe].values[pairs[:, 0], :, pairs[:, 1]]
        low, high = np.percentile(values, BAND, axis=0)
        found |= {f"{prefix}{probe}_low": low, f"{prefix}{probe}_high": high}
    return found


def of_random_weights(ready: Prepared, should_stop: Callable[[], bool] | None = None) -> Bands:
    """Return `of_panel`, prefix `random_`, of the backbone with its weights drawn at random, over
    SOURCES of the run's regulators; empty where the backbone is such a control itself."""
    if backbones.is_control(ready.backbone):
        return {}
    from ugrn_core.backbones.random_weights import randomised

    regulators = ready.study.regulators
    step = max(1, len(regulators) // SOURCES)
    control = randomised(ready.backbone, backbones.CONTROL_SEED)
    control.device = ready.backbone.device
    asked = probing.request(
        control, ready.study.panel, regulators[::step][:SOURCES], ready.settings,
        should_stop=should_stop,
    )  # fmt: skip
    return of_panel(probing.curve_tensors(asked), "random_")
