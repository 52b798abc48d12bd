"""Filling the store for a command or a script: where, what is said of it, screened or whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ugrn_core import console
from ugrn_core.errors import MissingDataError, OptionError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import screening
from ugrn_core.experiment.curves.estimate import estimate, is_long, paces
from ugrn_core.experiment.curves.workers import fill_store, turn
from ugrn_core.jobs.dask_cluster import DaskCluster, address_in
from ugrn_core.jobs.executors import LocalWorkers, Place
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.settings import Settings

Steps = Callable[[int, int], None]  # told (done, total), sources both


@dataclass(frozen=True)
class How:
    """How a command or a script computes. scheduler, scheduler_file: on a Dask cluster, where one
    is named. workers: processes of this machine otherwise (default: as the settings say).
    estimate: only say what it would take. screen: share of the regulators that a screen lets pass.
    progress: True for bars and notes on stderr, False for silence, or what is told (done, total).
    """

    scheduler: str | None = None
    scheduler_file: Path | None = None
    estimate: bool = False
    screen: float | None = None
    workers: int | None = None
    progress: bool | Steps = True

    def __post_init__(self) -> None:
        if self.screen is not None and not 0 < self.screen <= 1:
            raise OptionError(
                f"screen= or --screen takes a share between 0 and 1; {self.screen:g} came."
            )
        if self.workers is not None and self.workers < 1:
            raise OptionError(f"workers= is a number of processes, 1 or more; {self.workers} came.")

    def place(self, settings: Settings) -> Place:
        """Return where to compute; raise OptionError or ClusterError."""
        if self.scheduler and self.scheduler_file:
            raise OptionError("Give --scheduler or --scheduler-file, not both.")
        if self.scheduler_file:
            return DaskCluster(address_in(self.scheduler_file))
        if self.scheduler:
            return DaskCluster(self.scheduler)
        return LocalWorkers(self.workers or settings.workers)

    def say(self, text: str) -> None:
        """Print one line to stderr, unless silence or a call of one's own was asked for."""
        if self.progress is True:
            console.say(text)

    @contextmanager
    def steps(self, what: str) -> Iterator[Steps | None]:
        """Enter with what is told (done, total) of the work called `what`; None for nobody."""
        if self.progress is True:
            with console.progress_bar(what) as told:
                yield told
        else:
            yield self.progress or None


HERE = How()


def fill(request: ProbeRequest, settings: Settings, how: How = HERE) -> bool:
    """Probe what the store lacks, with progress as `how` says, and the estimate before a long run.

    Return False where only the estimate was asked for: it then counts what a command spends before
    it comes here, importing and reading weights. Raises OptionError, ClusterError; MissingDataError
    where PyTorch is not installed.
    """
    before = time.process_time() if how.estimate else 0.0
    if not backbones.can_compute():
        raise MissingDataError(backbones.NO_TORCH)
    place, root = how.place(settings), settings.probes
    _tell_workers(place, how)
    with turn(settings, place, how.say):
        if how.estimate or is_long(request, root):
            forecast = estimate(request, root, place, paces(settings))
            how.say(replace(forecast, seconds=forecast.seconds + before).sentence())
        if how.estimate:
            return False
        with how.steps("probing") as progress:
            fill_store(replace(request, progress=progress), root, place)
    return True


def screened_by(
    request: ProbeRequest, settings: Settings, how: How
) -> tuple[ProbeRequest, dict[str, object]]:
    """Return the request with the regulators that pass the screen, and what to note of it.

    An estimate cannot know who passes: it counts the first sources.
    """
    if how.screen is None:
        return request, {}
    count = screening.passing(len(request.sources), how.screen)
    if how.estimate:
        return replace(request, sources=request.sources[:count]), {}
    first = screening.first_stage(request, settings.probes)
    place = how.place(settings)
    with turn(settings, place, how.say), how.steps("screening") as progress:
        fill_store(replace(first, progress=progress), settings.probes, place)
    passed = screening.strongest_sources(first, count)
    how.say(f"{len(passed)} of {len(request.sources)} regulators passed the screen")
    left_out = [s for s in request.sources if s not in set(passed)]
    value = first.settings.grid[0]
    note = {"share": how.screen, "value": value, "regulators_left_out": left_out}
    return replace(request, sources=passed), {"screen": note}


def _tell_workers(place: Place, how: How) -> None:
    if isinstance(place, DaskCluster):
        count = place.workers()
        how.say(f"{count} workers on {place.address}" if count else "waiting for a worker to join")
