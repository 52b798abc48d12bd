"""A run: one backbone, one data set, every regulator probed, one edge table on disk, then bands
that say what is ordinary.

Letters: S regulators, G genes of the panel, T grid values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import expected, probing
from ugrn_core.experiment.curves.workers import fill_store
from ugrn_core.experiment.runs import run_folder, worth
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.edges import all_pairs, edge_frame
from ugrn_core.experiment.runs.run_folder import RANDOM
from ugrn_core.experiment.runs.spec import Prepared, Spec, _reads, prepare
from ugrn_core.export import FORMATS
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.settings import Settings
from ugrn_core.types import ProbeTensor

OPENING = "reading the backbone"
PROBING = "probing regulators"
WRITING = "scoring the pairs and writing the table"
ORDINARY = "band of ordinary pairs"
CONTROL = "control: random weights"
# Regulators asked of random weights: all weights are drawn alike, so one regulator's targets spread
# as another's do. On ugrn-small and 763 genes (PBMC 68k) the band of four is as wide as that of
# sixteen, the median over 40 draws of four 0.99 to 1.01 of it, nine draws in ten 0.92 to 1.07;
# on 11 genes 0.91 to 0.96 and 0.78 to 1.09. `tests/experiment/runs/test_compute.py` keeps watch.
CONTROL_SOURCES = 4
BAND = (2.5, 97.5)  # percentiles
Bands = dict[str, np.ndarray]
Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


def tensors(settings: Settings, ready: Prepared) -> dict[str, ProbeTensor]:
    """Return VVP and GDT of a run's regulators from the store, computing what is missing."""
    return probing.tensors_for(_request(settings, ready), _reads(ready.translator))


def compute(
    settings: Settings,
    spec: Spec,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Path:
    """Probe, translate and write the run's folder, then the bands of chance; return the folder.

    The edge table can be read as soon as it is written, while the control is still computed.
    progress(done, total, phase): each phase counts its own steps; total 0 where it has none.
    Finished sources, and what the folder holds already, are reused. Raises Cancelled.
    """
    ready = prepare(settings, spec)
    folder = run_folder.where(settings, ready.run_id)
    report = progress or (lambda done, total, phase: None)
    stop = should_stop or (lambda: False)
    curves = None
    if not run_folder.read(folder).has_edges:
        curves = _write_edges(settings, spec, ready, report, stop)
    if not run_folder.read_arrays(folder, run_folder.EXPECTED):
        curves = _write_expected(settings, ready, curves, report, stop)
    if control_missing(ready, run_folder.read(folder).bands):
        _write_bands(settings, ready, curves, report, stop)
    return folder


def control_missing(ready: Prepared, bands: Bands) -> bool:
    """Return whether `bands` lack what Gene pair compares with: the panel's own and, unless the
    backbone is a control itself, those under random weights."""
    wanted = ["vvp_low", "random_vvp_low"] if ready.backbone.has_control else ["vvp_low"]
    return not set(wanted) <= set(bands)


def control_request(settings: Settings, ready: Prepared) -> ProbeRequest:
    """Return the request for CONTROL_SOURCES of the run's regulators, spread over their list, from
    the backbone with its weights drawn at random."""
    from ugrn_core.backbones.random_weights import randomised

    control = randomised(ready.backbone.opened, backbones.CONTROL_SEED)
    control.device = ready.backbone.device
    chosen = control_sources(ready)
    return probing.request(control, ready.study.panel, chosen, ready.settings, settings.probes)


def control_sources(ready: Prepared) -> tuple[str, ...]:
    """Return the regulators asked of random weights; none for a backbone that is such a control."""
    regulators = ready.study.regulators
    step = max(1, len(regulators) // CONTROL_SOURCES)
    most = CONTROL_SOURCES if ready.backbone.has_control else 0
    return regulators[::step][:most]


def band_of(tensors: dict[str, ProbeTensor], prefix: str = "") -> Bands:
    """Return the central 95 % of all pairs at each grid value: {prefix}{vvp, gdt}_{low, high},
    (T,) each."""
    pairs = all_pairs(tensors["vvp"])
    bands = {}
    for probe in ("vvp", "gdt"):
        if probe not in tensors:  # a backbone without derivatives
            continue
        values = tensors[probe].values[pairs[:, 0], :, pairs[:, 1]]
        low, high = np.percentile(values, BAND, axis=0)
        bands |= {f"{prefix}{probe}_low": low, f"{prefix}{probe}_high": high}
    return bands


def _request(settings: Settings, ready: Prepared, **watch) -> ProbeRequest:
    study = ready.study
    what = ready.backbone, study.panel, study.regulators, ready.settings, settings.probes
    return probing.request(*what, **watch)


def _write_edges(
    settings: Settings, spec: Spec, ready: Prepared, report: Progress, stop: ShouldStop
) -> dict[str, ProbeTensor]:
    """Probe, write the edge table, return the curves."""
    report(0, 0, OPENING)
    study = ready.study
    request = _request(
        settings,
        ready,
        progress=lambda done, total: report(done, total, PROBING),
        should_stop=stop,
    )
    fill_store(request, settings.probes, LocalWorkers(settings.workers))
    report(0, 0, WRITING)
    curves = probing.tensors_for(replace(request, progress=None), _reads(ready.translator))
    named = study.labels, study.as_given
    frame = edge_frame(curves, ready.translator, study.dataset.references, *named)
    value = worth.measured(curves, frame, study.dataset.references, study.labels)
    about = provenance_of(spec, ready) | {"n_pairs": len(frame), "worth": value}
    table = FORMATS["parquet"].write(frame, about)
    run_folder.write_edges(run_folder.where(settings, ready.run_id), table, about)
    return curves


def provenance_of(spec: Spec, ready: Prepared) -> dict:
    """Return what made a run, as plain JSON types: what its about.json says beside counts."""
    study, translator = ready.study, ready.translator
    return probing.provenance(ready.backbone, study.panel, ready.settings) | {
        "run_id": ready.run_id,
        "dataset": study.dataset.title,
        "control": ready.backbone.is_control,
        "question": run_spec.mark(spec),
        "spec": asdict(spec),
        "source": study.dataset.source,
        "translator": translator.name if translator else None,
        "probe": translator.probe if translator else probing.raw_score(ready.backbone),
        "gene_matching": study.route,
        "n_regulators": len(study.regulators),
    }


def _write_expected(
    settings: Settings,
    ready: Prepared,
    curves: dict[str, ProbeTensor] | None,
    report: Progress,
    stop: ShouldStop,
) -> dict[str, ProbeTensor]:
    """Write what the gene table alone foretells of the curves; return the curves."""
    report(0, 0, ORDINARY)
    curves = curves or probing.curve_tensors(_request(settings, ready, should_stop=stop))
    panel = ready.study.panel
    at, vectors = panel.positions(ready.study.regulators), ready.backbone.gene_embedding(panel)
    folder = run_folder.where(settings, ready.run_id)
    run_folder.write_arrays(folder, run_folder.EXPECTED, expected.fitted(curves, at, vectors))
    return curves


def _write_bands(
    settings: Settings,
    ready: Prepared,
    curves: dict[str, ProbeTensor] | None,
    report: Progress,
    stop: ShouldStop,
) -> None:
    """Write the band of the panel's own pairs, at once, then with that under random weights."""
    folder = run_folder.where(settings, ready.run_id)
    report(0, 0, ORDINARY)
    bands = band_of(curves or probing.curve_tensors(_request(settings, ready, should_stop=stop)))
    run_folder.write_bands(folder, bands)
    if not ready.backbone.has_control:
        return
    report(0, 0, CONTROL)
    request = replace(
        control_request(settings, ready),
        progress=lambda done, total: report(done, total, CONTROL),
        should_stop=stop,
    )
    fill_store(request, settings.probes, LocalWorkers(settings.workers))
    bands |= band_of(probing.curve_tensors(request), RANDOM)
    note = {"regulators": list(request.sources), "seed": backbones.CONTROL_SEED}
    run_folder.write_bands(folder, bands, random_weights=note)
