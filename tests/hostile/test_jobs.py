"""Jobs under damage: listed, told in a sentence, started again."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.hostile.damage import damage
from ugrn_core.errors import MissingDataError, StorageError
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import SPEC, STATE, STATUSES, JobState, read_state, write_state


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    def launch(self, folder):
        write_state(folder / STATE, JobState("failed", 3, 9, message="Killed."))

    monkeypatch.setattr(Jobs, "_launch", launch)
    return Jobs(tmp_path)


def test_a_damaged_job_is_as_good_as_none_or_asked_for_again(jobs, rounds):
    for seed, rng in rounds:
        asked = {"answer": seed % 3}
        job = jobs.start(asked)
        how = damage(rng, jobs.root / job / str(rng.choice([SPEC, STATE])))
        for state in jobs.list().values():
            assert state.status in STATUSES, (seed, how)
        for ask in (jobs.status, jobs.spec):
            with suppress(MissingDataError, StorageError):  # a sentence
                ask(job)
        assert jobs.start(asked) == job
        assert jobs.spec(job) == asked, (seed, how)
        assert jobs.status(job).message == "Killed.", (seed, how)


def test_a_flipped_bit_never_makes_another_state(tmp_path, rounds):
    path, state = tmp_path / STATE, JobState("running", 3, 9, 1, 10.0, 11.0, 12.0, pid=7, born="1")
    for seed, rng in rounds:
        write_state(path, state)
        damage(rng, path)
        assert read_state(path) is None, seed
        if path.is_symlink():
            path.unlink()
