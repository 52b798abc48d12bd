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
        titles = [t.strip() for t in links.all_inner_texts()]
        assert titles[:2] == ["Start", "Regulators"]
        assert len(titles) == len(list((served.ROOT / "pages").glob("*.py")))
        menu = page.get_by_test_id("stSidebarNav").inner_text()
        assert menu.index("Explore") < menu.index("Trust") < menu.index("Manage")
        assert "dataset=krumsiek2011" in page.url
        assert (
            page.get_by_role("button", name="Compute the network (one time)").count() == 0
        )  # its run ships


@pytest.mark.parametrize("address", ["/nosuch?dataset=krumsiek2011", "/a/b/nosuch"])
def test_an_address_that_no_page_has_is_said_in_our_own_words(page, address):
    page.goto(address)
    page.get_by_role("heading", name="There is no such page").wait_for()
    served.settled(page)
    text = page.locator("[data-testid=stMain]").inner_text()
    assert "no page “nosuch”" in text
    assert page.get_by_role("dialog").count() == 0
    page.locator("[data-testid=stMain]").get_by_role("link", name="Gene pair").click()
    page.wait_for_url("**/gene_pair?**")


def test_the_name_of_the_first_page_leads_to_it(page):
    page.goto("/start?dataset=krumsiek2011")
    page.get_by_role("heading", name="Who regulates my gene?").wait_for()
    served.settled(page)
    assert page.get_by_role("dialog").count() == 0
