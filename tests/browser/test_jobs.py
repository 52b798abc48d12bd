"""What a run will take; that it outlives its tab: cancelled, resumed, found done on return."""

from __future__ import annotations

import csv
import os
import re
import signal
import time

import pytest

from tests.browser.served import ROOT, settled, watch
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.jobs.executors import AHEAD
from ugrn_core.jobs.runner import Jobs

WORKERS = 2  # of the served dashboard
VIEW = "dataset=pbmc68k&backbone=ugrn-base-random"  # a run that does not ship


def test_what_a_run_will_take_is_measured_in_processes_that_are_no_pages(page):
    page.goto(f"/?{VIEW}")  # large enough for two processes
    settled(page)
    page.get_by_role("button", name="How long will it take?").click()
    page.get_by_text(re.compile("33 sources to probe.* with 2 processes of ")).wait_for()


def test_a_run_is_cancelled_resumed_and_outlives_its_tab(page, context, complaints):
    page.goto(f"/?{VIEW}")
    settled(page)
    page.get_by_role("button", name="Compute the network (one time)").click()
    page.get_by_text(re.compile("Probing ")).wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The last run was cancelled").wait_for()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text(re.compile("Probing ")).wait_for()
    page.close()

    again = context.new_page()
    watch(again, complaints)
    again.goto(f"/runs?{VIEW}")
    settled(again)
    assert again.get_by_text("Blood cells (PBMC 68k, reduced)").count() > 0
    again.goto(f"/regulators?{VIEW}&gene=LST1")
    again.get_by_text("possible regulators of").wait_for()
    settled(again)
    assert "gene=LST1" in again.url
    assert "pairs probed" in again.locator("[data-testid=stSidebar]").inner_text()


@pytest.fixture
def long_list(dashboard_home):
    """A list whose run takes a minute or more, as an address names it."""
    with (ROOT / "ugrn_core" / "data" / "tables" / "human_tfs.csv").open(newline="") as file:
        factors = [row[0] for row in csv.reader(file)][1:]
    return f"dataset=pasted-{gene_lists.keep(dashboard_home, tuple(factors[:900]))}"


def at_work(jobs: Jobs) -> tuple[str, int]:
    """Return the job that has begun, and its process."""
    for _ in range(600):
        for job, state in jobs.list().items():
            if state.status == "running" and state.phase.startswith("probing"):
                return job, state.pid
        time.sleep(0.1)
    raise TimeoutError("no job has begun")


def finished(home) -> int:
    """Return how many regulators are finished, of whatever run."""
    return len(list((home / "probes").glob("*/done/*.json")))


@pytest.mark.parametrize("where", ["/", "/network", "/runs"])
def test_cancel_answers_before_the_run_does_which_ends_within_a_source(
    page, dashboard_home, long_list, where
):
    jobs = Jobs(dashboard_home / "jobs")
    page.goto(f"/?backbone=ugrn-base&{long_list}")
    settled(page)
    page.get_by_role("button", name=re.compile("Compute the network|Resume")).click()
    page.get_by_text(re.compile("probing regulators: ")).first.wait_for()
    if where != "/":
        page.goto(f"{where}?backbone=ugrn-base&{long_list}")
        page.get_by_text(re.compile("probing regulators: ")).first.wait_for()
    job, process = at_work(jobs)
    os.killpg(process, signal.SIGSTOP)  # it cannot answer: what is seen is the page's own answer
    try:
        before = finished(dashboard_home)
        page.get_by_role("button", name="Cancel").first.click()
        page.get_by_role("button", name="Stopping ...").first.wait_for(timeout=60_000)
        assert jobs.is_stopping(job)
    finally:
        os.killpg(process, signal.SIGCONT)
    page.get_by_role("button", name="Resume").first.wait_for()
    assert jobs.status(job).status == "cancelled"
    assert finished(dashboard_home) - before <= (1 + AHEAD) * WORKERS  # what each had in hand
