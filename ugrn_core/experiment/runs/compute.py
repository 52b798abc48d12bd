"""A run: one backbone, one data set, every regulator probed, one edge table on disk."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.errors import InputError
from ugrn_core.experiment import null_bands, same_question
from ugrn_core.experiment.catalog import backbones, datasets, gene_lists, translators
from ugrn_core.experiment.catalog.datasets import PASTED, Study
from ugrn_core.experiment.catalog.translators import TranslatorSet
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.workers import fill_store
from ugrn_core.experiment.runs.edges import edge_frame
from ugrn_core.export import FORMATS
from ugrn_core.files import write_atomically
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.jobs.process import give_way
from ugrn_core.jobs.runner import STATE, Jobs
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.types import ProbeSettings, ProbeTensor

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.jobs.standby import Standby

FORMAT = 4  # of what a run's folder holds
EDGES, ABOUT, BANDS = "edges.parquet", "about.json", "bands.npz"


@dataclass(frozen=True)
class Spec:
    """What to compute. genes: a typed or pasted panel (dataset `pasted`), with its regulators."""

    backbone: str
    dataset: str
    genes: tuple[str, ...] = ()
    regulators: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunState:
    """status: absent, queued, running, done, failed or cancelled. done, total: regulators."""

    status: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    message: str = ""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A spec with everything it names opened."""

    backbone: Backbone
    study: Study
    settings: ProbeSettings
    translator: TranslatorSet | None
    run_id: str


def prepare(settings: Settings, spec: Spec) -> Prepared:
    """Open what `spec` names; raise InputError (unknown name, no gene known, no regulator)."""
    # A translator trained meanwhile makes another run: a job's process would see it, so must we.
    return _prepared(settings, spec, translators.stamp(settings))


def _stamps(translator: TranslatorSet | None) -> list[str] | None:
    """What tells one trained translator from another."""
    if translator is None:
        return None
    return [translator.name, *(c.date for c in translator.cards.values())]


def _reads(translator: TranslatorSet | None) -> tuple[str, ...]:
    return tuple(translator.members) if translator else ()


@lru_cache(maxsize=32)
def _prepared(settings: Settings, spec: Spec, stamp: int) -> Prepared:
    backbone = backbones.open_named(spec.backbone, settings)
    if spec.dataset == PASTED:
        genes, renamed = gene_lists.current_symbols(spec.genes, backbone)
        chosen, also = gene_lists.current_symbols(spec.regulators, backbone)
        dataset, renamed = datasets.pasted_dataset(genes, chosen), (*renamed, *also)
    else:
        dataset, renamed = datasets.open_dataset(spec.dataset, settings), ()
    orthologs = settings.orthologs or orthologs_path()
    study = datasets.fit_to_backbone(dataset, backbone, orthologs)
    study = replace(study, renamed=tuple(dict.fromkeys(renamed)))
    known_as = settings, backbone.name, backbone.checksum, None
    translator = translators.load(*known_as, len(study.regulators))
    chosen = translator.settings if translator else default_settings(backbone)
    identity = {
        "format": FORMAT,
        # Two lists may leave one panel; title, cells and what was left out are each list's own.
        "question": same_question.mark(spec),
        "backbone": backbone.checksum,
        "panel": study.panel.checksum,
        "regulators": study.regulators,
        "labels": sorted(study.labels.items()),
        "references": [(n.name, zlib.crc32(n.edges.tobytes())) for n in dataset.references],
        "settings": asdict(chosen) | {"mask_value": backbone.defaults.mask_value},
        "translator": _stamps(translator),
    }
    text = json.dumps(identity, sort_keys=True)
    run_id = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Prepared(backbone, study, chosen, translator, run_id)


def run_id(settings: Settings, spec: Spec) -> str:
    """Return the id of a run: 16 hex digits of everything that changes its numbers."""
    return prepare(settings, spec).run_id


def folder(settings: Settings, spec: Spec) -> Path:
    """Return where the run's results lie once it is done."""
    return settings.runs / run_id(settings, spec)


def state(settings: Settings, spec: Spec) -> RunState:
    """Return how far the run is."""
    ready = prepare(settings, spec)
    total = len(ready.study.regulators)
    if (settings.runs / ready.run_id / ABOUT).is_file():
        return RunState("done", total, total)
    jobs = Jobs(settings.jobs)
    job = jobs.id_of(_job(settings, spec))
    if job not in jobs.list():
        return RunState("absent", 0, total)
    now = jobs.status(job)
    if now.status == "done":  # its results were deleted since
        return RunState("absent", 0, total)
    done = max(now.done, now.at_start)
    return RunState(now.status, done, now.total or total, now.seconds_left, now.message)


def start(settings: Settings, spec: Spec, standby: Standby | None = None) -> None:
    """Start the run in a process of its own, or that waits in `standby`, unless it runs or is
    done."""
    if state(settings, spec).status == "done":
        return
    jobs, job = Jobs(settings.jobs, standby=standby), _job(settings, spec)
    known = jobs.list().get(jobs.id_of(job))
    if known is not None and known.status == "done":
        # Its results were deleted since: forget that it was done, or it would never run again.
        (settings.jobs / jobs.id_of(job) / STATE).unlink(missing_ok=True)
    jobs.start(job)


def cancel(settings: Settings, spec: Spec) -> None:
    """Ask the run to stop, if it runs; the regulators finished so far are kept."""
    jobs = Jobs(settings.jobs)
    job = jobs.id_of(_job(settings, spec))
    if job in jobs.list():
        jobs.cancel(job)


def _job(settings: Settings, spec: Spec) -> dict:
    return json.loads(json.dumps({"run": run_id(settings, spec), **asdict(spec)}))


def get_ready(settings: Settings, backbone: str) -> None:
    """Do what a job of `backbone` begins with, in a process that waits for one."""
    give_way()
    with suppress(InputError):  # whoever begins the run is told
        backbones.open_named(backbone, settings)


def execute(settings: Settings, job_folder: Path) -> None:
    """Do a queued job; this is what the hidden `job` command calls. It gives way to pages."""
    give_way()

    def work(spec: dict, progress, should_stop) -> dict:
        asked = Spec(
            spec["backbone"], spec["dataset"], tuple(spec["genes"]), tuple(spec["regulators"])
        )
        compute(settings, asked, progress, should_stop)
        return {"run": run_id(settings, asked)}

    run_job(job_folder, work)


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
        "question": same_question.mark(spec),
        "source": study.dataset.source,
        "translator": ready.translator.name if ready.translator else None,
        "probe": ready.translator.probe if ready.translator else "gdt",
        "gene_matching": study.route,
        "n_regulators": len(study.regulators),
        "n_pairs": len(frame),
    }
    out = settings.runs / ready.run_id
    write_atomically(out / EDGES, FORMATS["parquet"].write(frame, about))
    bands = null_bands.of_panel(curves) | null_bands.of_random_weights(ready, should_stop)
    write_atomically(out / BANDS, _packed(bands))
    write_atomically(out / ABOUT, json.dumps(about, indent=1).encode())  # last: now it is done
    return out


def _packed(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()
