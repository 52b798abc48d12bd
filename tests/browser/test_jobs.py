"""What a run will take; that it outlives its tab: cancelled, resumed, found done on return."""

from __future__ import annotations

import re

from tests.browser.served import settled, watch

VIEW = "dataset=pbmc68k&backbone=ugrn-base-random"  # a run that does not ship


def test_what_a_run_will_take_is_measured_in_processes_that_are_no_pages(page):
    page.goto(f"/?{VIEW}")  # large enough for two processes
    settled(page)
    page.get_by_role("button", name="How long will it take?").click()
    page.get_by_text(re.compile("33 sources to probe.* with 2 processes of ")).wait_for()


def test_a_run_is_cancelled_resumed_and_outlives_its_tab(page, context, complaints):
    page.goto(f"/?{VIEW}")
    settled(page)
    page.get_by_role("button", name="Probe now").click()
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
