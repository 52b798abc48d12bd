"""Contexts for a command or a script: what is asked, in words; the estimate; probed; the table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.contexts import compute
from ugrn_core.experiment.contexts.chance import null
from ugrn_core.experiment.contexts.results import ContextResults, open_results
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared, prepare
from ugrn_core.experiment.curves import estimate, throughput
from ugrn_core.experiment.curves.filling import HERE, How
from ugrn_core.experiment.curves.workers import turn
from ugrn_core.quantities import duration
from ugrn_core.settings import Settings

VALUE_SHARE = 0.35  # of a source's time at 8 values: what it takes at the two ends of the grid


@dataclass(frozen=True)
class Cost:
    """What contexts take. probes: sources times profiles at all values of the grid; at_ends: at its
    two ends, for the null. seconds: None where nothing was measured."""

    contexts: int
    sources: int
    draws: int
    parts: int
    seconds: float | None = None

    @property
    def probes(self) -> int:
        """Sources at all values: each context, all cells together, the flat cell."""
        return self.sources * (self.contexts + 2)

    @property
    def at_ends(self) -> int:
        """Sources at the two ends of the grid: the reassigned cells."""
        return self.sources * self.contexts * self.draws

    def sentence(self) -> str:
        """Return the cost in words."""
        each = f", each {self.parts} times (a part of the genes masked)" if self.parts else ""
        about = "" if self.seconds is None else f"; about {duration(self.seconds)} on this machine"
        return (
            f"{self.contexts} contexts x {self.sources:,} regulators: {self.probes:,} sources to "
            f"probe at every value, {self.at_ends:,} at two for {self.draws} deals of the cells at "
            f"random{each}{about}."
        )


def cost(settings: Settings, ready: Prepared, how: How = HERE, *, measure: bool = True) -> Cost:
    """Return what the contexts take; measure: time this machine for some seconds, where no pace was
    kept before."""
    grouping = ready.grouping
    what = Cost(
        contexts=len(grouping.names),
        sources=len(ready.sources),
        draws=null.draws_for(null.covariance(grouping.members)),
        parts=ready.pooled.folds,
    )
    request = compute.request(settings, ready, ready.around(ready.pooled))
    place, folder = how.place(settings), estimate.paces(settings)
    count = estimate.processes(request, settings.probes, place)
    pace = throughput.known(request, count, folder)
    if pace is None and measure:
        pace = throughput.measure(request, settings.probes, place)
        throughput.keep(pace, request, folder)
    if pace is None:
        return what
    probes = what.probes + VALUE_SHARE * what.at_ends
    profiles = what.contexts * (1 + what.draws) + 2
    seconds = (probes * pace.source + profiles * pace.start / 2) / max(1, place.workers())
    return replace(what, seconds=seconds)


def contexts(settings: Settings, spec: ContextSpec, how: How = HERE) -> ContextResults | None:
    """Return the contexts of `spec`, probed where they were not; None where only an estimate was
    asked for. Raises InputError, MissingDataError where PyTorch is not installed."""
    ready = prepare(settings, spec)
    for note in notes(ready):
        how.say(note)
    if not backbones.can_compute():
        raise MissingDataError(backbones.NO_TORCH)
    if how.estimate:
        how.say(cost(settings, ready, how).sentence())
        return None
    place = how.place(settings)
    with turn(settings, place, how.say), how.steps("probing contexts") as told:
        # Writing, which counts nothing, leaves the bar full.
        progress = None if told is None else lambda done, total, _: total and told(done, total)
        folder = compute.compute(settings, spec, progress, place=place)
    return open_results(folder)


def notes(ready: Prepared) -> list[str]:
    """Return what is worth telling of the contexts before they are probed, a sentence each."""
    grouping = ready.grouping
    listed = ", ".join(f"{n} ({c:,})" for n, c in zip(grouping.names, grouping.counts))
    told = [f"Contexts by {grouping.by}: {listed} cells", f"Values {ready.cells.how}"]
    if grouping.left_out:
        small = ", ".join(f"{name} ({count})" for name, count in grouping.left_out[:8])
        more = " and more" if len(grouping.left_out) > 8 else ""
        told.append(f"Left out, too few cells: {small}{more}")
    return told
