"""Probing an atlas part by part: what is kept of each pair's curves, in one file a part.

Curves of all pairs would be gigabytes and are read once. Kept are their means over the grid, which
the stacked translator reads, and their largest values; and of some pairs, drawn at random, the
whole curves, for the band of ordinary pairs.
Letters: S sources, G genes, T grid values; s, g: those of a part.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ugrn_core.errors import CheckpointError
from ugrn_core.experiment.atlas.fewer_values import FewerValues
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.catalog.identity import KnownBackbone
from ugrn_core.experiment.curves.panel_plan import PanelPlan, Part
from ugrn_core.experiment.curves.workers import is_shared, one_thread
from ugrn_core.experiment.runs.edges import strongest
from ugrn_core.files import read_plain, set_aside, write_own
from ugrn_core.jobs.executors import LocalWorkers, Place, run_all
from ugrn_core.probes.virtual_cell import response_curves
from ugrn_core.types import ProbeSettings

SAMPLE = 100  # pairs of a part whose curves are kept
LARGEST = 256_000_000  # bytes of a part's file; of 64 regulators and 1,024 genes it has 1 MB
NAMES = ("vvp_mean", "vvp_peak", "gdt_mean", "gdt_peak")
SAMPLES = ("vvp_sample", "gdt_sample")


@dataclass(frozen=True)
class Work:
    """What a worker is told: whose weights, which part, and the file to write."""

    folder: str
    name: str
    control: bool
    checksum: str
    device: str
    part: Part
    settings: ProbeSettings
    fewer: FewerValues | None
    file: Path


@dataclass(frozen=True, eq=False)
class Summaries:
    """What is kept of all pairs: (S, G) float32 means and float16 peaks, self-pairs 0; samples of
    curves (n, T). gdt_*: None without a derivative."""

    vvp_mean: np.ndarray
    vvp_peak: np.ndarray
    vvp_sample: np.ndarray
    gdt_mean: np.ndarray | None = None
    gdt_peak: np.ndarray | None = None
    gdt_sample: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a plan, in `folder`: what is asked, of whom, and where it is kept. fewer: the
    values of the grid that are asked, None: all of them."""

    backbone: KnownBackbone
    plan: PanelPlan
    settings: ProbeSettings
    folder: Path
    fewer: FewerValues | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The (s, g) arrays of a part."""
        return NAMES if self.backbone.defaults.differentiable else NAMES[:2]

    def work(self, number: int) -> Work:
        """Return the work that writes part `number`."""
        b = self.backbone
        return Work(
            folder=str(b.folder.absolute()),
            name=b.name,
            control=b.is_control,
            checksum=b.checksum,
            device=b.device,
            part=self.plan[number],
            settings=self.settings,
            fewer=self.fewer,
            file=self.file(number),
        )

    def file(self, number: int) -> Path:
        """Return where part `number` is kept."""
        return self.folder / f"part-{number:05d}.npz"

    def read(self, number: int) -> dict[str, np.ndarray]:
        """Return the arrays of a part; raise what numpy raises of a damaged file."""
        content = io.BytesIO(read_plain(self.file(number), LARGEST))
        with np.load(content, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def is_sound(self, number: int) -> bool:
        """Return whether a part is there and whole; a damaged one is set aside."""
        part = self.plan[number]
        shape = len(part.sources), len(part.targets)
        try:
            arrays = self.read(number)
            for name in self.names:
                if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
                    raise ValueError(f"{name} is not what this part has")
            for name in SAMPLES:
                if name in arrays and arrays[name].shape[1:] != (len(self.settings.grid),):
                    raise ValueError(f"{name} is of another grid")
        except FileNotFoundError:
            return False
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            set_aside(self.file(number), str(error))
            return False
        return True


def probe_part(work: Work) -> None:
    """Probe a part and write its file: in a worker process. Raises CheckpointError for weights
    other than those of the atlas, StorageError."""
    backbone = backbones.open_folder(Path(work.folder), work.name, work.control, work.device)
    if backbone.checksum != work.checksum:
        raise CheckpointError(
            f"The weights in '{work.folder}' are not those of this atlas "
            f"({backbone.checksum[:12]}, not {work.checksum[:12]}). Give every worker the same."
        )
    part, fewer = work.part, work.fewer
    settings = work.settings if fewer is None else fewer.asked(work.settings)
    with one_thread():
        curves = response_curves(backbone, part.panel, part.sources, settings)
    curves = curves if fewer is None else fewer.whole(curves)
    arrays = _summary(part, curves.vvp, "vvp")
    if curves.gdt is not None:
        arrays |= _summary(part, curves.gdt, "gdt")
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_own(work.file, buffer.getvalue(), lasting=False)


def _summary(part: Part, curves: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """Return mean and peak (s, g) and a sample (n, T) of curves (s, T, panel)."""
    wanted = curves[:, :, part.panel.positions(part.targets)]
    own = _own(part)
    mean, peak = wanted.mean(axis=1, dtype=np.float64), strongest(wanted, 1)
    mean[own], peak[own] = 0, 0
    rng = np.random.default_rng(part.number)  # the same pairs for VVP and GDT
    rows, columns = np.argwhere(~own)[rng.permutation((~own).sum())[:SAMPLE]].T
    return {
        f"{name}_mean": mean.astype(np.float32),
        f"{name}_peak": peak.astype(np.float16),
        f"{name}_sample": wanted[rows, :, columns].astype(np.float32),
    }


def _own(part: Part) -> np.ndarray:
    return np.array(part.sources)[:, None] == np.array(part.targets)


def fill(parts: Parts, place: Place, progress: Callable[[int, int], None]) -> None:
    """Probe at `place` the parts that are not there; progress(done, total) counts parts.

    Stopped at any moment, what was finished is there next time. Raises ClusterError, StorageError.
    """
    total = len(parts.plan)
    works = [parts.work(k) for k in range(total) if not parts.is_sound(k)]
    done = total - len(works)
    progress(done, total)

    def finished(work: Work) -> None:
        nonlocal done
        done += 1
        progress(done, total)

    if isinstance(place, LocalWorkers) and (
        min(place.workers(), len(works)) <= 1 or is_shared(parts.backbone.device)
    ):
        for work in works:  # processes of their own would save nothing
            probe_part(work)
            finished(work)
        return
    run_all(place, probe_part, works, finished, sees=(Path(parts.backbone.folder), parts.folder))


def gathered(parts: Parts) -> Summaries:
    """Return what all parts hold; every one of them must be there (`fill`)."""
    plan = parts.plan
    shape = len(plan.sources), len(plan.genes)
    out = {
        n: np.zeros(shape, np.float16 if n.endswith("peak") else np.float32) for n in parts.names
    }
    samples: dict[str, list[np.ndarray]] = {n: [] for n in SAMPLES if f"{n[:3]}_mean" in out}
    row = {s: k for k, s in enumerate(plan.sources)}
    column = {g: k for k, g in enumerate(plan.genes)}
    for number in range(len(plan)):
        part, arrays = plan[number], parts.read(number)
        at = np.ix_([row[s] for s in part.sources], [column[g] for g in part.targets])
        for name, whole in out.items():
            whole[at] = arrays[name]
        for name, curves in samples.items():
            curves.append(arrays[name])
    return Summaries(**out, **{name: np.concatenate(curves) for name, curves in samples.items()})
