"""A deep link as the very first request after a restart, before any page has run."""

from __future__ import annotations

import pytest

from tests.browser import served


@pytest.mark.skipif(served.chromium() is None, reason="no Chromium here")
def test_a_deep_link_is_the_first_request(tmp_path, complaints):
    with served.serving(tmp_path) as address, served.browsing() as context:
        page = context.new_page()
        served.watch(page, complaints)
        page.goto(f"{address}/gene_pair?dataset=krumsiek2011&source=SPI1")
        served.settled(page)
        assert page.locator("[data-testid=stMain] h1").inner_text() == "Gene pair"
        links = page.get_by_test_id("stSidebarNav").get_by_role("link")
        assert [t.strip() for t in links.all_inner_texts()] == [
            "Start",
            "Regulators",
            "Gene pair",
            "Network",
            "Probe benchmark",
            "Compare",
            "Runs",
            "Downloads",
            "Methods",
        ]
        assert "dataset=krumsiek2011" in page.url
        assert page.get_by_role("button", name="Probe now").count() == 1
