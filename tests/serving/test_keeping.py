"""Visitors who stay away are forgotten where the server says so; none who is there, or works."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from ugrn_core.dashboard.shell import browser_mark
from ugrn_core.errors import OptionError
from ugrn_core.experiment.runs import limits
from ugrn_core.experiment.shelf import visitors
from ugrn_core.jobs.state import JobState, write_state
from ugrn_core.settings import Limits, Settings, read_settings

NAMES = tuple(f"{k}" * 32 for k in "abcd")
NOW = 1_800_000_000.0
OLD = NOW - 31 * visitors.DAY


@pytest.fixture
def served(tmp_path) -> Settings:
    (tmp_path / "beeline").mkdir()
    (tmp_path / "beeline" / "data").write_text("of all")
    env = {"UGRN_HOME": str(tmp_path), "UGRN_SERVE": "private", "UGRN_KEEP_DAYS": "30"}
    settings = read_settings(env)
    for name in NAMES:
        home = browser_mark.of(settings, name).home
        (home / "runs").mkdir()
        visitors.seen(home, OLD)
    return settings


def homes(settings: Settings) -> set[str]:
    return set(os.listdir(settings.home / "visitors"))


def test_who_stayed_away_is_forgotten_and_nobody_else(served):
    visitors.seen(served.home / "visitors" / NAMES[1], NOW - 29 * visitors.DAY)  # was there since
    job = served.home / "visitors" / NAMES[2] / "jobs" / "0123456789abcdef"
    job.mkdir(parents=True)
    write_state(job / "state.json", JobState(queued=NOW, updated=NOW, host="elsewhere"))
    (served.home / "visitors" / ".gone-0123456789abcdef").mkdir()  # a sweep was cut off
    (served.home / "visitors" / "readme").write_text("of the administrator")
    assert visitors.expire(served, NOW) == 2
    assert homes(served) == {NAMES[1], NAMES[2], "readme"}
    assert (served.home / "beeline" / "data").read_text() == "of all"  # was linked to, stays


def test_nothing_is_forgotten_unless_somebody_said_so(served):
    assert visitors.expire(replace(served, keep_days=None), NOW) == 0
    assert homes(served) == set(NAMES)
    with pytest.raises(OptionError, match="UGRN_KEEP_DAYS is a number of days"):
        read_settings({"UGRN_KEEP_DAYS": "soon"})


def test_that_one_is_there_is_noted_once_an_hour(served):
    home = served.home / "visitors" / NAMES[0]
    visitors.seen(home, OLD + 60)
    assert (home / visitors.SEEN).stat().st_mtime == OLD
    visitors.seen(home, OLD + 2 * visitors.OFTEN)
    assert (home / visitors.SEEN).stat().st_mtime == OLD + 2 * visitors.OFTEN


def test_work_is_begun_so_often_an_hour(tmp_path):
    few = Settings(home=tmp_path, assets=tmp_path, limits=Limits(hourly=3))
    for second in range(3):
        limits.begin(few, now=1000.0 + second)
    with pytest.raises(OptionError, match=r"3 things an hour.*wait 60 minutes"):
        limits.begin(few, now=1003.0)
    limits.begin(replace(few, home=tmp_path / "another"), now=1003.0)
    limits.begin(few, now=1000.0 + 3601)  # the first is an hour ago
    alone = replace(few, limits=None)
    for _ in range(100):
        limits.begin(alone, now=1003.0)
