"""Filling the store for a command: where, with what said before it, screened or whole."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from ugrn_core.console import progress_bar, say
from ugrn_core.errors import OptionError
from ugrn_core.experiment.curves import screening
from ugrn_core.experiment.curves.estimate import estimate, is_long, paces
from ugrn_core.experiment.curves.workers import fill_store, turn
from ugrn_core.jobs.dask_cluster import DaskCluster, address_in
from ugrn_core.jobs.executors import LocalWorkers, Place
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.settings import Settings


@dataclass(frozen=True)
class How:
    """How a command computes: on which Dask scheduler, if on one; only an estimate; screened."""

    scheduler: str | None = None
    scheduler_file: Path | None = None
    estimate: bool = False
    screen: float | None = None

    def __post_init__(self) -> None:
        if self.screen is not None and not 0 < self.screen <= 1:
            raise OptionError(f"--screen takes a share between 0 and 1; {self.screen:g} came.")

    def place(self, settings: Settings) -> Place:
        """Return where to compute; raise OptionError or ClusterError."""
        if self.scheduler and self.scheduler_file:
            raise OptionError("Give --scheduler or --scheduler-file, not both.")
        if self.scheduler_file:
            return DaskCluster(address_in(self.scheduler_file))
        return DaskCluster(self.scheduler) if self.scheduler else LocalWorkers(settings.workers)


HERE = How()


def fill(asked: ProbeRequest, settings: Settings, how: How = HERE) -> bool:
    """Probe what the store lacks, with progress on stderr, and the estimate before a long run.

    Return False where only the estimate was asked for: it then counts what a command spends before
    it comes here, importing and reading weights. Raises OptionError, ClusterError.
    """
    before = time.process_time() if how.estimate else 0.0
    place, root = how.place(settings), settings.probes
    _tell_workers(place)
    with turn(settings, place):
        if how.estimate or is_long(asked, root):
            found = estimate(asked, root, place, paces(settings))
            say(replace(found, seconds=found.seconds + before).sentence())
        if how.estimate:
            return False
        with progress_bar("probing") as progress:
            fill_store(replace(asked, progress=progress), root, place)
    return True


def screened_by(
    asked: ProbeRequest, settings: Settings, how: How
) -> tuple[ProbeRequest, dict[str, object]]:
    """Return the request with the regulators that pass the screen, and what to note of it.

    An estimate cannot know who passes: it counts the first sources.
    """
    if how.screen is None:
        return asked, {}
    count = screening.passing(len(asked.sources), how.screen)
    if how.estimate:
        return replace(asked, sources=asked.sources[:count]), {}
    first = screening.first_stage(asked, settings.probes)
    place = how.place(settings)
    with turn(settings, place), progress_bar("screening") as progress:
        fill_store(replace(first, progress=progress), settings.probes, place)
    kept = screening.strongest_sources(first, count)
    say(f"{len(kept)} of {len(asked.sources)} regulators passed the screen")
    left_out = [s for s in asked.sources if s not in set(kept)]
    value = first.settings.grid[0]
    note = {"share": how.screen, "value": value, "regulators_left_out": left_out}
    return replace(asked, sources=kept), {"screen": note}


def _tell_workers(place: Place) -> None:
    if isinstance(place, DaskCluster):
        count = place.workers()
        say(f"{count} workers on {place.address}" if count else "waiting for a worker to join")
