"""What runs take on the disk, deleting one with its curves, and a budget for the curves.

Curves (UGRN_HOME/probes/) are the large part and can be computed again, so they are what a budget
clears, after what somebody removed: those used longest ago first, never those of a run that
somebody named, never those of a run at work. Edge tables are small and stay until somebody deletes
them; a deleted run can be had back for a day.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ugrn_core import removed
from ugrn_core.errors import OptionError, StorageError
from ugrn_core.experiment.runs import run_folder, run_list
from ugrn_core.experiment.shelf import labels
from ugrn_core.files import disk_errors, read_plain
from ugrn_core.removed import Removed
from ugrn_core.settings import Settings

RECENT = 600.0  # seconds since curves were used in which they are not cleared away


@dataclass(frozen=True)
class Curves:
    """A folder of the probe store. used: when last opened or added to, seconds since the epoch.
    panel, backbone: checksums of what the curves are of; empty where the folder does not say."""

    folder: Path
    size: int
    used: float
    panel: str
    backbone: str


@dataclass(frozen=True)
class Usage:
    """Bytes on disk: of all curves, of the runs' own folders, of what was removed and can be had
    back; budget: for the curves and what was removed."""

    curves: int
    runs: int
    removed: int
    budget: int


def usage(settings: Settings) -> Usage:
    """Return what curves and runs take now."""
    curves = sum(c.size for c in all_curves(settings))
    gone = removed.taken(settings.home)
    return Usage(curves, folder_size(settings.runs), removed=gone, budget=settings.disk)


def all_curves(settings: Settings) -> tuple[Curves, ...]:
    """Return the folders of the probe store, used longest ago first; none on an object store."""
    if not isinstance(settings.probes, Path):
        return ()
    every = [_curves(p) for p in settings.probes.glob("*") if p.is_dir()]
    return tuple(sorted(every, key=lambda c: c.used))


def of_run(settings: Settings, run: str) -> tuple[Curves, ...]:
    """Return the curves that the run `run` alone stands on: of its panel and its backbone, and of
    its control, unless another run on this disk stands on them, too."""
    about = run_folder.read_about(settings.runs / run)
    if not about:
        return ()
    others = [a for name, a in _abouts(settings).items() if name != run]
    return tuple(
        c
        for c in all_curves(settings)
        if c.panel == about["panel_checksum"] and not _needed(c, about["backbone_checksum"], others)
    )


def size_of(settings: Settings, run: str) -> int:
    """Return the bytes that deleting the run `run` would free."""
    return folder_size(settings.runs / run) + sum(c.size for c in of_run(settings, run))


def delete(settings: Settings, run: str) -> Removed | None:
    """Delete the run `run` with its curves, jobs and label; return what `removed.put_back` takes
    for a day, None where the disk is too full to remember it: then it is gone.

    Raises OptionError for a run at work or one that ships, StorageError where the disk refuses.
    """
    folder = settings.runs / run
    if not run.isalnum() or not (folder / run_folder.ABOUT).is_file():
        raise OptionError("This run is not among your own: what ships with UGRN stays.")
    jobs = [job for job in run_list.jobs(settings) if job.run == run]
    if any(job.active for job in jobs):
        raise OptionError("This run is still at work. Cancel it first, then delete it.")
    # The run first: were the rest to fail, what is left is a cache without a name.
    parts = [folder, labels.place(settings, run), *(settings.jobs / job.id for job in jobs)]
    parts += [curves.folder for curves in of_run(settings, run)]
    told = {"kind": removed.RUN, "name": name_of(settings, run), "id": run}
    spec = run_list.spec_of(settings, run)
    try:
        return removed.put_away(settings.home, parts, dataset=spec.dataset if spec else "", **told)
    except StorageError as error:
        if getattr(error.__cause__, "errno", None) not in (errno.ENOSPC, errno.EDQUOT):
            raise
    for path in parts:
        with disk_errors(path, "delete"), suppress(FileNotFoundError):
            path.unlink() if path.is_file() else shutil.rmtree(path)
    return None


def name_of(settings: Settings, run: str) -> str:
    """Return what the run `run` is called in a sentence: by its name, else by what it is of."""
    about = run_folder.read_about(run_folder.where(settings, run))
    what = labels.read(settings, run).name or about.get("dataset", "a result")
    return f"{what}, {about.get('backbone', '')}, run {run[:8]}"


def clear(settings: Settings) -> int:
    """Delete what was removed, then the curves used longest ago, until the rest is within the
    budget; return the bytes that are free now. See the module for what stays."""
    removed.sweep(settings.home)
    every, gone = all_curves(settings), removed.taken(settings.home)
    over = sum(c.size for c in every) + gone - settings.disk
    if over <= 0:
        return 0
    freed, now = removed.shrink(settings.home, max(0, gone - over)), time.time()
    safe = _named_or_at_work(settings)
    for curves in every:
        if freed >= over:
            break
        if curves.panel in safe or now - curves.used < RECENT:
            continue
        with suppress(OSError):  # somebody else's, or gone already
            shutil.rmtree(curves.folder)
            freed += curves.size
    return freed


def folder_size(folder: Path) -> int:
    """Return the bytes of all files below `folder`; 0 where there is none."""
    total = 0
    for where, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(where, name)).st_size
    return total


def _curves(folder: Path) -> Curves:
    told, used = {}, 0.0
    with suppress(OSError, ValueError):
        told = json.loads(read_plain(folder / "manifest.json"))
    told = told if isinstance(told, dict) else {}
    for path in (folder, folder / "done"):
        with suppress(OSError):
            used = max(used, path.stat().st_mtime)
    words = (str(told.get(name, "")) for name in ("panel", "backbone"))
    return Curves(folder, folder_size(folder), used, *words)


def _abouts(settings: Settings) -> dict[str, dict]:
    """Return about.json of each of this user's runs."""
    folders = (path.parent for path in settings.runs.glob(f"*/{run_folder.ABOUT}"))
    return {folder.name: about for folder in folders if (about := run_folder.read_about(folder))}


def _needed(curves: Curves, backbone: str, others: Iterable[dict]) -> bool:
    """Return whether another run stands on `curves`: of the same panel, and of its backbone, or,
    where the curves are of no run's backbone (a control), of `backbone`, which they may be of."""
    same = [a["backbone_checksum"] for a in others if a["panel_checksum"] == curves.panel]
    if curves.backbone == backbone or curves.backbone in same:
        return curves.backbone in same
    return bool(same)


def _named_or_at_work(settings: Settings) -> set[str]:
    """Return the panels of runs that have a name, and of all whose job is not at an end."""
    named = {
        about["panel_checksum"]
        for run, about in _abouts(settings).items()
        if labels.read(settings, run).name
    }
    busy = [job for job in run_list.jobs(settings) if job.active]
    if not busy:
        return named
    # A job that has written nothing yet has no about.json to tell its panel.
    return named | {c.panel for c in all_curves(settings) if time.time() - c.used < 10 * RECENT}
