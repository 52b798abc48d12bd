"""Making an atlas: plan, probe what is missing, score, keep the best, as the run of `all-genes`.

Parts are kept under UGRN_HOME/atlas/ until the atlas is written, so a stopped one goes on where it
was; what is asked of other weights, another plan or settings lies in another folder.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.experiment.atlas import fewer_values, scoring, sweeping
from ugrn_core.experiment.atlas.fewer_values import FewerValues
from ugrn_core.experiment.atlas.sweeping import Summaries
from ugrn_core.experiment.atlas.table import packed
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.catalog.datasets import ALL_GENES
from ugrn_core.experiment.curves import probing, throughput
from ugrn_core.experiment.curves.panel_plan import PanelPlan, plan_of
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.experiment.runs import run_folder
from ugrn_core.experiment.runs.compute import BAND, CONTROL_SOURCES, Bands, provenance_of
from ugrn_core.experiment.runs.run_folder import RANDOM
from ugrn_core.experiment.runs.spec import Prepared, Spec, prepare
from ugrn_core.files import own_folder, read_plain, remove_folder, set_aside, write_own
from ugrn_core.jobs.executors import LocalWorkers, Place
from ugrn_core.probes import PROBES
from ugrn_core.quantities import duration, size
from ugrn_core.settings import Settings
from ugrn_core.translators.stacked import TABLE_READS
from ugrn_core.types import ProbeSettings

FORMAT = 1  # of the parts
LARGEST_FIT = 1_000_000  # bytes of the file that says which values are asked
BYTES_A_PAIR = 12  # of a part's file: two means in float32, two peaks in float16


@dataclass(frozen=True, eq=False)
class Atlas:
    """What is to be made. ready: the run `all-genes` of the backbone; parts: where they are kept;
    folder: where the run's folder will lie; values: how many of the grid are asked, None: all."""

    settings: Settings
    ready: Prepared
    plan: PanelPlan
    parts: Path
    folder: Path
    values: int | None = None

    @property
    def missing(self) -> int:
        """How many parts are still to be probed, by a look at the names."""
        there = {path.name for path in self.parts.glob("part-*.npz")}
        return len(self.plan) - len(there)


def planned(
    settings: Settings, backbone: str, out: Path | None = None, values: int | None = None
) -> Atlas:
    """Return the atlas of `backbone`, to be written below `out` (default: this user's runs), asked
    at `values` of the grid's values (`fewer_values`; default: all of them).

    Raises UnknownNameError, CheckpointError, PanelError (no regulator is known), OptionError for
    another number of values and where the backbone's default translator reads what an atlas does
    not keep.
    """
    ready = prepare(settings, Spec(backbone, ALL_GENES))
    scoring.require_usable(ready.translator)
    plan = plan_of(ready.backbone)
    if not plan.sources or not ready.backbone.defaults.readouts:
        raise OptionError(
            f"No atlas can be made of {ready.backbone.name}: it knows {len(plan.sources)} human "
            f"regulators and offers {len(ready.backbone.defaults.readouts)} readouts. Choose a "
            "backbone of human genes that reconstructs expression."
        )
    if values is not None:
        fewer_values.require_count(values, ready.settings)
    if values == len(ready.settings.grid):
        values = None
    told = {
        "format": FORMAT,
        "store": probing.store_key(ready.backbone, ready.study.panel, ready.settings).digest,
        "sources": plan.sources,
        **plan.identity(),
        **({} if values is None else {"values": values}),
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    folder = (out or settings.runs) / ready.run_id
    return Atlas(
        settings=settings,
        ready=ready,
        plan=plan,
        parts=settings.home / "atlas" / digest,
        folder=folder,
        values=values,
    )


def make(
    atlas: Atlas,
    place: Place | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> Path:
    """Probe what is missing, write the atlas and return its folder; progress counts parts.

    Takes, beside what its workers do, about 4 GB for 1,600 regulators and 25,000 genes while it
    ranks. Raises ClusterError, StorageError.
    """
    own_folder(atlas.parts)
    fewer = _fewer(atlas, say)
    ready = atlas.ready
    parts = sweeping.Parts(
        backbone=ready.backbone,
        plan=atlas.plan,
        settings=ready.settings,
        folder=atlas.parts,
        fewer=fewer,
    )
    sweeping.fill(parts, place or LocalWorkers(atlas.settings.workers), progress)
    say(f"ranking {atlas.plan.pairs:,} pairs")
    write(atlas, sweeping.gathered(parts), fewer)
    remove_folder(atlas.parts)
    return atlas.folder


def _fewer(atlas: Atlas, say: Callable[[str], None]) -> FewerValues | None:
    """Return which values are asked: as kept beside the parts, else fitted now; None: all."""
    if atlas.values is None:
        return None
    path, ready = atlas.parts / "fewer-values.json", atlas.ready
    try:
        return FewerValues.read(read_plain(path, LARGEST_FIT).decode())
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        set_aside(path, str(error))
    with one_thread():
        fewer = fewer_values.fitted(ready.backbone.opened, atlas.plan, ready.settings, atlas.values)
    write_own(path, fewer.text().encode())
    said = ", ".join(f"{v:g}" for v in fewer.asked(ready.settings).grid)
    wrong = ", ".join(f"{name} {100 * v:.1f} %" for name, v in fewer.error.items())
    say(f"asked at {said}; told of the other values within (root mean square): {wrong}")
    return fewer


def write(atlas: Atlas, pairs: Summaries, fewer: FewerValues | None = None) -> None:
    """Write the run's folder from the summaries of all pairs; fewer: how they were asked."""
    ready, plan = atlas.ready, atlas.plan
    score, agreement = scoring.scores(pairs, plan, ready.translator, _table(atlas))
    scored = ready.translator is not None
    frame = scoring.edge_table(pairs, plan, score, ready.study.labels, scored=scored)
    worth = {
        "vvp_gdt": agreement,
        "reverse": scoring.agreement_of_reverse(plan, score) if scored else None,
        "sign": {},
        "direction": {},
    }
    about = provenance_of(Spec(ready.backbone.name, ALL_GENES), ready)
    about |= {"n_pairs": plan.pairs, "n_kept": len(frame), "worth": worth}
    about |= {"panels": plan.identity() | {"parts": len(plan)}}
    if fewer is not None:
        grid = fewer.asked(ready.settings).grid
        about |= {"values": {"asked": grid, "relative_error": fewer.error}}
    about |= {
        "kept": f"the best {scoring.BEST_REGULATORS} regulators of each gene and the best "
        f"{scoring.BEST_TARGETS} targets of each regulator; ranks are among all pairs"
    }
    run_folder.write_edges(atlas.folder, packed(frame, about), about)
    bands, note = _bands(pairs), {}
    if ready.backbone.has_control:
        random, sources = _random_bands(atlas)
        bands |= random
        note = {"random_weights": {"regulators": sources, "seed": backbones.CONTROL_SEED}}
    run_folder.write_bands(atlas.folder, bands, **note)


def _table(atlas: Atlas) -> dict[str, np.ndarray]:
    """Return what the gene table says of every pair, (S, G) float32 by name of TABLE_READS."""
    ready = atlas.ready
    request = probing.request(
        ready.backbone, ready.study.panel, ready.study.regulators, ready.settings
    )
    return {name: PROBES[name]()(request).values[:, 0] for name in TABLE_READS}


def _bands(pairs: Summaries) -> Bands:
    """Return the central 95 % of the sampled pairs at each grid value."""
    bands = {}
    for probe, sample in (("vvp", pairs.vvp_sample), ("gdt", pairs.gdt_sample)):
        if sample is not None and len(sample):
            low, high = np.percentile(sample, BAND, axis=0)
            bands |= {f"{probe}_low": low, f"{probe}_high": high}
    return bands


def _random_bands(atlas: Atlas) -> tuple[Bands, list[str]]:
    """Return the same for some regulators of the first panel under random weights, and which."""
    from ugrn_core.backbones.random_weights import randomised

    ready, part = atlas.ready, atlas.plan[0]
    control = randomised(ready.backbone.opened, backbones.CONTROL_SEED)
    control.device = ready.backbone.device
    part = replace(part, sources=part.sources[:CONTROL_SOURCES])
    curves = probing.request(control, part.panel, part.sources, ready.settings).curves
    others = np.ones((len(part.sources), len(part.panel)), dtype=bool)
    others[np.arange(len(part.sources)), part.panel.positions(part.sources)] = False
    rows, columns = np.argwhere(others).T
    bands = {}
    for probe, values in (("vvp", curves.vvp), ("gdt", curves.gdt)):
        if values is not None:
            low, high = np.percentile(values[rows, :, columns], BAND, axis=0)
            bands |= {f"{RANDOM}{probe}_low": low, f"{RANDOM}{probe}_high": high}
    return bands, list(part.sources)


def estimate(atlas: Atlas, place: Place | None = None) -> str:
    """Return in words what the missing parts will take, measured for some seconds at `place`; and
    in processor time, which does not hang on what else the machine does."""
    place = place or LocalWorkers(atlas.settings.workers)
    part, ready, missing = atlas.plan[0], atlas.ready, atlas.missing
    request = probing.request(ready.backbone, part.panel, part.sources, _timed(atlas))
    pace = throughput.measure(request, atlas.parts, place)
    count = max(1, min(place.workers(), missing))
    seconds = pace.start + math.ceil(missing / count) * len(part.sources) * pace.source
    own = processor_seconds(atlas)
    present = len(atlas.plan) - missing
    already = f" ({present:,} are there already)" if present else ""
    return (
        f"{len(atlas.plan.sources):,} regulators x {len(atlas.plan.genes):,} genes in "
        f"{len(atlas.plan):,} parts{already}: about {duration(seconds)} with {count} processes of "
        f"{size(pace.memory)} each, {size(BYTES_A_PAIR * atlas.plan.pairs)} of disk until it is "
        f"ranked. Of one core's time {duration(missing * len(part.sources) * own)}, "
        f"{1e6 * own / len(part.panel):.0f} us a pair."
    )


def processor_seconds(atlas: Atlas, sources: int = 3) -> float:
    """Return the processor time that one regulator takes in one panel, in this process."""
    part, ready = atlas.plan[0], atlas.ready
    with one_thread():
        sweep = ready.backbone.sweep(part.panel, _timed(atlas))
        at = part.panel.positions(part.sources[: sources + 1]).tolist()
        sweep(at[0])  # what the first call does beside
        began = time.process_time()
        for source in at[1:]:
            sweep(source)
        return (time.process_time() - began) / max(1, len(at) - 1)


def _timed(atlas: Atlas) -> ProbeSettings:
    """Return the settings to take times with: as many values as are asked, whichever they are."""
    settings = atlas.ready.settings
    return (
        settings if atlas.values is None else replace(settings, grid=settings.grid[: atlas.values])
    )
