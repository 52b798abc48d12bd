"""What the paper's table will take, said before it begins: probing, which is nearly all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import estimate, probing, throughput, workers
from ugrn_core.experiment.curves.estimate import Estimate
from ugrn_core.experiment.evaluation import zeroshot
from ugrn_core.experiment.evaluation.plan import Plan, select, spelled
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.probes.settings import default_settings
from ugrn_core.quantities import duration, size
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.reproduce.presets import Preset


@dataclass(frozen=True)
class Forecast:
    """parts: what each data set takes, under each preset, with trained and with random weights;
    data_sets, presets: how many. Its seconds are of probing alone."""

    parts: tuple[Estimate, ...]
    data_sets: int
    presets: int

    @property
    def sources(self) -> int:
        """Regulators still to be probed."""
        return sum(part.sources for part in self.parts)

    @property
    def seconds(self) -> float:
        """From the start to the last curve."""
        return sum(part.seconds for part in self.parts)

    def sentence(self) -> str:
        """Return the forecast in words."""
        total = sum(part.total for part in self.parts)
        what = f"{total:,} sources of {self.data_sets} data sets"
        presets = f" under {self.presets} presets" if self.presets > 1 else ""
        before = f", {total - self.sources:,} of which are kept from before" * (
            self.sources < total
        )
        if not self.sources:
            return f"{what}{presets}: all are probed already. Training and judging follow."
        storage, memory = (
            sum(part.storage for part in self.parts),
            max(part.worker_memory for part in self.parts),
        )
        processes = max(part.workers for part in self.parts)
        return (
            f"{what}{presets}, trained and random weights counted{before}: about "
            f"{duration(self.seconds)} of probing with {processes} "
            f"process{'es' if processes > 1 else ''} of {size(memory)}, {size(storage)} of disk. "
            "Training and judging come on top; what is probed is kept, whatever stops the run."
        )


def forecast(
    plan: Plan,
    backbone: Backbone,
    swept: Sequence[Preset],
    settings: Settings,
    *,
    random_control: bool,
) -> Forecast:
    """Return what `reproduce` will take, after some seconds' measuring of the largest part; what
    was measured before for this machine, network and panel size is read. Raises InputError."""
    plan = spelled(plan)
    studies = zeroshot.studies_of(plan, select(plan, settings), backbone)
    place, root = LocalWorkers(settings.workers), settings.probes
    networks = [backbone]
    if random_control and not backbones.is_control(backbone):
        networks += [backbones.open_control(backbone)]
    requests = [
        probing.request(tuned, study.panel, study.regulators, default_settings(tuned))
        for preset in swept
        for tuned in map(preset.of, networks)
        for study in studies.values()
    ]
    parts = tuple(_parts(requests, settings, place, root))
    return Forecast(parts, data_sets=len(studies), presets=len(swept))


def _parts(requests: list[ProbeRequest], settings: Settings, place, root) -> Iterator[Estimate]:
    """Yield each request's estimate, all at the pace of the one with most genes to probe."""
    todo = [r for r in requests if workers.missing(r, root)] or requests
    largest = max(todo, key=lambda r: len(r.panel))
    pace = throughput.known(
        largest, estimate.processes(largest, root, place), estimate.paces(settings)
    )
    if pace is None:
        pace = throughput.measure(largest, root, place)
        throughput.keep(pace, largest, estimate.paces(settings))
    width = int(largest.backbone.describe().get("width", 0))
    for request in requests:
        scaled = pace.scaled(len(request.panel), width)
        values = len(request.settings.grid) / len(largest.settings.grid)
        scaled = replace(scaled, source=scaled.source * values)
        yield estimate.at_pace(request, root, scaled, place)
