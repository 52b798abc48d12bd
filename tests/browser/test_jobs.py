"""A run outlives its tab: started, cancelled, resumed, the tab closed, found done on return."""

from __future__ import annotations

import re

from tests.browser.served import settled, watch

VIEW = "dataset=pbmc68k&backbone=ugrn-base"


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
