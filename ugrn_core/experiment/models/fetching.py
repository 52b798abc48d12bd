"""Fetching a model, and training its translators, as jobs: what a page starts and follows.

A job's spec has `work`: FETCH or TRAIN. Both wait in the line of this machine, as runs do.
"""

from __future__ import annotations

from collections.abc import Callable

from ugrn_core.console import say
from ugrn_core.errors import Cancelled, MissingDataError, OptionError
from ugrn_core.experiment.catalog import backbones, fetch, identity
from ugrn_core.experiment.catalog.fetch_models import fetch_model
from ugrn_core.experiment.catalog.published_models import published_model
from ugrn_core.experiment.models import translating
from ugrn_core.files import remove_own
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import ACTIVE, STATE, JobState
from ugrn_core.settings import Settings

FETCH, TRAIN = "fetch model", "train translators"
FETCHING = "fetching "  # begins the phase of a file; its steps are bytes
STOPPED = "Stopped on request; what has arrived is kept, and a later fetch goes on there."
ONLY_HERE = (
    "Models of a served dashboard are its administrator's: `python -m ugrn_core backbones fetch` "
    "on the machine itself brings one, for everybody."
)
Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


def start_fetch(settings: Settings, name: str, accepted: bool = False) -> None:
    """Start fetching the published model `name`, unless that is under way.

    accepted: its licence or origin is accepted, where that is asked for. Where BEELINE's data are
    here its translators are trained after it. Raises UnknownNameError, OptionError (not accepted; a
    served dashboard), MissingDataError (by hand only; no PyTorch).
    """
    model = published_model(name)
    if model.folder_only:
        raise MissingDataError(f"{model.title} cannot be fetched. {model.folder_only}")
    if model.must_accept and not accepted:
        raise OptionError(f"Accept the licence of {model.title} first: {model.licence}.")
    _start(settings, _fetch_spec(name))


def start_training(settings: Settings, name: str) -> None:
    """Start training translators for the backbone `name`, fetching BEELINE's data before where
    they are not here; raise UnknownNameError, OptionError or MissingDataError."""
    backbones.placed(name, settings)
    _start(settings, _train_spec(name))


def fetching(settings: Settings, name: str) -> JobState | None:
    """Return where the fetch of `name` stands; None where none was ever started."""
    return _state(settings, _fetch_spec(name))


def training(settings: Settings, name: str) -> JobState | None:
    """Return where the training for the backbone `name` stands; None where there was none."""
    return _state(settings, _train_spec(name))


def cancel(settings: Settings, name: str) -> None:
    """Ask what goes on for `name` to stop; what has arrived, or is probed, is kept."""
    jobs = Jobs(settings.jobs)
    for spec in (_fetch_spec(name), _train_spec(name)):
        state = _state(settings, spec)
        if state is not None and state.status in ACTIVE:
            jobs.cancel(jobs.id_of(spec))


def is_stopping(settings: Settings, name: str) -> bool:
    """Return whether what goes on for `name` was asked to stop and has not yet answered."""
    jobs = Jobs(settings.jobs)
    ids = [jobs.id_of(spec) for spec in (_fetch_spec(name), _train_spec(name))]
    return any((settings.jobs / job).is_dir() and jobs.is_stopping(job) for job in ids)


def perform(settings: Settings, spec: dict, progress: Progress, should_stop: ShouldStop) -> dict:
    """Do what the job's `spec` asks for: the work that `jobs.execution.run_job` is given."""
    name = str(spec["model"])

    def arrived(file: str, done: int, total: int) -> None:
        if should_stop():
            raise Cancelled(STOPPED)
        progress(done, total, f"{FETCHING}{file}")

    if spec["work"] == FETCH:
        # Nothing but `start_fetch` writes such a spec, after the licence was accepted.
        fetch_model(name, settings, accept=True, say=say, progress=arrived)
        identity.known(name, settings)  # noted, so that no page opens the weights for it
        if settings.beeline is None:
            return {"trained": False}
    elif settings.beeline is None:
        fetch.fetch("beeline", settings, progress=arrived)
    data = settings.beeline or settings.home / "beeline"
    translating.train(name, data, settings, progress=progress, should_stop=should_stop)
    return {"trained": True}


def _fetch_spec(name: str) -> dict:
    return {"work": FETCH, "model": name}


def _train_spec(name: str) -> dict:
    return {"work": TRAIN, "model": name}


def _state(settings: Settings, spec: dict) -> JobState | None:
    jobs = Jobs(settings.jobs)
    try:
        return jobs.status(jobs.id_of(spec))
    except MissingDataError:
        return None


def _start(settings: Settings, spec: dict) -> None:
    if settings.serve is not None:
        raise OptionError(ONLY_HERE)
    if not backbones.can_compute():
        raise MissingDataError(backbones.NO_TORCH)
    jobs, known = Jobs(settings.jobs), _state(settings, spec)
    if known is not None and known.status == "done":  # and was removed since, or is done again
        remove_own(settings.jobs / jobs.id_of(spec) / STATE)
    jobs.start(spec)
