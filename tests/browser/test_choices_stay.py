"""A choice that came by a link lives as long as one that was made: every way on, fresh browsers."""

from __future__ import annotations

import re

import pytest

from tests.browser.served import DATASET, settled, watch
from tests.browser.test_journey import click_row, main_text
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.catalog.datasets import PASTED
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import read_settings

GENES = ("SPI1", "GATA1", "CEBPA", "KLF1", "LST1")


@pytest.fixture(scope="module")
def settings(dashboard_home):
    """Settings of the served dashboard, with the small data set probed."""
    found = read_settings({"UGRN_HOME": str(dashboard_home), "UGRN_WORKERS": "1"})
    compute.compute(found, run_spec.Spec("ugrn-base", "krumsiek2011"))
    return found


@pytest.fixture(scope="module")
def choices(settings):
    """The choices of a link to a pasted list, probed with a backbone that is not the first."""
    mark = gene_lists.keep(settings.home, GENES)
    compute.compute(settings, run_spec.Spec("ugrn-small", PASTED, GENES))
    return f"backbone=ugrn-small&dataset=pasted-{mark}"


@pytest.fixture
def fresh(dashboard, context, complaints):
    """Return a function that opens an address as a browser that was never here."""

    def opened(address: str):
        page = context.browser.new_context(
            viewport={"width": 1366, "height": 900}, base_url=dashboard
        ).new_page()
        watch(page, complaints)
        page.goto(address)
        settled(page)
        return page

    return opened


def menu(page, title: str):
    return page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True)


def click(page, target, url: str):
    target.click()
    page.wait_for_url(url)
    settled(page)
    return page


def to_start(page):
    return click(page, menu(page, "Start"), "**/?**")


def by_the_menu(page):
    for title, path in (("Network", "network"), ("Methods", "methods"), ("Compare", "compare")):
        click(page, menu(page, title), f"**/{path}?**")
    return click(page, menu(page, "Regulators"), "**/regulators?**")


def by_a_row(page):
    click_row(page)
    page.wait_for_url("**/gene_pair?**")
    settled(page)
    return page


def by_a_row_and_back(page):
    by_a_row(page).go_back()
    page.wait_for_url("**/regulators?**")
    settled(page)
    return page


def by_an_example(page):
    example = to_start(page).get_by_role("link", name=re.compile("The top pair"))
    return click(page, example, "**/gene_pair?**")


def by_the_search(page):
    box = to_start(page).get_by_role("combobox", name="Find a gene or a transcription factor")
    box.fill("klf1")
    box.press("Enter")
    return click(page, page.get_by_role("link", name="Who regulates KLF1?"), "**/regulators?**")


def by_a_reload(page):
    page.reload()
    settled(page)
    return by_the_menu(page)


def by_back(page):
    click(page, menu(page, "Network"), "**/network?**")
    click(page, menu(page, "Downloads"), "**/downloads?**")
    for path in ("network", "regulators"):
        page.go_back()
        page.wait_for_url(f"**/{path}?**")
        settled(page)
    return page


def in_a_new_tab(page):
    with page.context.expect_page() as coming:
        menu(page, "Network").click(modifiers=["ControlOrMeta"])
    tab = coming.value
    tab.wait_for_url("**/network?**")
    settled(tab)
    with page.context.expect_page() as coming:
        tab.get_by_role("link", name="The same as a ranked table").click(
            modifiers=["ControlOrMeta"]
        )
    settled(coming.value)
    return coming.value


@pytest.mark.parametrize(
    "way",
    [
        by_the_menu,
        by_a_row,
        by_a_row_and_back,
        by_an_example,
        by_the_search,
        by_a_reload,
        by_back,
        in_a_new_tab,
    ],
)
def test_a_pasted_list_of_a_link_stays(fresh, choices, way):
    page = way(fresh(f"/regulators?{choices}&gene=LST1"))
    for choice in choices.split("&"):
        assert choice in page.url
    assert "5 genes of 5 pasted" in page.get_by_test_id("stSidebar").inner_text()


def test_a_list_just_pasted_stays_after_a_reload(fresh):
    page = fresh(f"/?{DATASET}")
    page.get_by_text("Use my own gene list").click()
    page.get_by_role("textbox", name="Gene symbols").fill("SPI1, GATA1, KLF1")
    page.get_by_role("button", name="Use this list").click()
    page.wait_for_url("**dataset=pasted-**")
    settled(page)
    page.reload()
    settled(page)
    click(page, menu(page, "Regulators"), "**/regulators?**")
    assert "3 genes of 3 pasted" in page.get_by_test_id("stSidebar").inner_text()


@pytest.mark.usefixtures("settings")
def test_what_a_page_was_asked_for_is_there_on_return(fresh):
    asked = "centre=GATA1&reach=2&colour=community&cut=0.35&most=25"
    page = fresh(f"/network?{DATASET}&{asked}")
    click(page, menu(page, "Regulators"), "**/regulators?**")
    click(page, menu(page, "Network"), "**/network?**centre=**")
    for choice in asked.split("&"):
        assert choice in page.url


def test_a_list_that_is_not_here_is_said_and_never_replaced(fresh, choices):
    page = fresh("/regulators?backbone=ugrn-small&dataset=pasted-0123456789abcdef")
    for title in ("Network", "Start"):
        assert "not on this machine" in main_text(page)
        assert page.get_by_role("button", name="Compute the network (one time)").count() == 0
        assert "dataset=pasted-0123456789abcdef" in page.url
        menu(page, title).click()
        page.wait_for_timeout(300)
        settled(page)
    page.get_by_text("Use my own gene list").click()
    page.get_by_role("textbox", name="Gene symbols").fill(" ".join(GENES))
    page.get_by_role("button", name="Use this list").click()
    page.get_by_text("Or begin with an example").wait_for()
    assert choices.split("&")[1] in page.url


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("typed", "gene"), [("GATA1", "GATA1"), ("gata1", "GATA1"), ("pu.1", "SPI1"), ("zfp", "ZFPM1")]
)
def test_enter_takes_the_best_match(fresh, typed, gene):
    page = fresh(f"/regulators?{DATASET}&gene=JUN")
    box = page.get_by_role("combobox", name="Gene", exact=True)
    box.fill(typed)
    listed = page.get_by_role("option")
    listed.first.wait_for()
    assert not any("Add" in words for words in listed.all_inner_texts())
    if typed != gene:
        assert f"Look up: {typed}" in listed.all_inner_texts()
    box.press("Enter")
    page.wait_for_url(f"**gene={gene}**")
    settled(page)
    assert f"possible regulators of {gene}" in main_text(page)
    assert box.input_value() == gene
