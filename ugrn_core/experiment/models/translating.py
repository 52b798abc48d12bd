"""Training a backbone's translators: what makes scores of the curves of a model that is new here.

As those that ship: on hESC's STRING network, the paper's and the stacked ones (docs/benchmark.md).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.data.beeline.networks import beeline_cells
from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import Cancelled, MissingDataError, OptionError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.catalog.study import fit_to_backbone
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.workers import fill_store
from ugrn_core.experiment.evaluation import methods
from ugrn_core.experiment.evaluation.plan import RECIPES, Plan, find_orthologs
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.translators.stacked import STACKED

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study
    from ugrn_core.types import ProbeTensor

SOURCE, NETWORK = "hESC", "STRING"
SEEDS = 3
TRAINING = "training translators"  # a phase
STOPPED = "Stopped on request; the regulators probed so far are kept."
Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


def train(
    name: str,
    data: Path,
    settings: Settings,
    *,
    progress: Progress = lambda done, total, phase: None,
    should_stop: ShouldStop = lambda: False,
) -> tuple[Path, ...]:
    """Return the folders of the translators trained for the backbone `name` on BEELINE's `data`;
    every page and command uses them from then on.

    progress(done, total, phase): regulators while it probes, then translators. Curves are kept: a
    stopped training goes on where it was. Raises UnknownNameError, CheckpointError,
    MissingDataError (no hESC there), OptionError (a model without curves), Cancelled.
    """
    if (SOURCE, NETWORK) not in {(c.dataset, c.network) for c in beeline_cells(data)}:
        raise MissingDataError(
            f"'{data}' holds no {NETWORK} network of {SOURCE}, on which translators are trained. "
            "Name a folder with BEELINE's data, or fetch them: `python -m ugrn_core data fetch "
            "beeline`."
        )
    backbone = backbones.open_named(name, settings)
    if not backbone.defaults.readouts:
        raise OptionError(
            f"{backbone.name} reconstructs no expression: there are no curves, and no translators "
            "of them. Its gene vectors and attention are ranked as they are."
        )
    orthologs = settings.orthologs or find_orthologs(data) or orthologs_path()
    study = fit_to_backbone(beeline_dataset(data, SOURCE), backbone, orthologs)
    tensors = _probed(backbone, study, settings, progress, should_stop)
    watch = {"progress": progress, "should_stop": should_stop}
    return _trained(_plan(backbone, data), backbone, (study, tensors), settings, **watch)


def _probed(
    backbone: Backbone, study: Study, settings: Settings, progress: Progress, stop: ShouldStop
) -> dict[str, ProbeTensor]:
    what = backbone, study.panel, study.regulators, default_settings(backbone), settings.probes
    phase = f"probing regulators of {SOURCE}, to learn from"
    watch = {"progress": lambda done, total: progress(done, total, phase), "should_stop": stop}
    request = probing.request(*what, **watch)
    fill_store(request, settings.probes, LocalWorkers(settings.workers))
    wanted = (STACKED,) if backbone.defaults.differentiable else ()
    return probing.tensors_for(probing.request(*what), wanted)


def _trained(
    plan: Plan,
    backbone: Backbone,
    probed: tuple[Study, dict[str, ProbeTensor]],
    settings: Settings,
    *,
    progress: Progress,
    should_stop: ShouldStop,
) -> tuple[Path, ...]:
    from ugrn_core.experiment.evaluation.training import Source, Trained  # brings torch

    study, tensors = probed
    network = next(n for n in study.dataset.references if n.name == NETWORK)
    source = Source(network, study, tensors)
    recipes = [Trained(plan, backbone, (source,), recipe) for recipe in RECIPES.values()]
    able = [p for p in (*methods.OF_CURVES, STACKED) if not methods.why_not(p, backbone.defaults)]
    steps = [(trained, probe) for trained in recipes for probe in able]
    for done, (trained, probe) in enumerate(steps):
        progress(done, len(steps), TRAINING)
        if should_stop():
            raise Cancelled(STOPPED)
        trained.translator(probe)
    folders = tuple(trained.save(settings.home / "translators") for trained in recipes)
    progress(len(steps), len(steps), TRAINING)
    return folders


def _plan(backbone: Backbone, data: Path) -> Plan:
    command = f"python -m ugrn_core backbones train {shlex.quote(backbone.name)}"
    return Plan(
        data=data,
        backbone=backbone.name,
        source=SOURCE,
        networks=NETWORK,
        targets="all",
        samplings=("paper", "matched"),
        probes="all",
        gene_set="TFs+500",
        seeds=SEEDS,
        orthologs=None,
        command=command,
    )
