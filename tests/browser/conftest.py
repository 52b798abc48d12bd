"""One server for all browser tests, on the shipped assets and a home of its own."""

from __future__ import annotations

import os

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.browser import served  # noqa: E402


@pytest.fixture(scope="session")
def dashboard_home(tmp_path_factory):
    """The UGRN_HOME of the served dashboard."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def dashboard(dashboard_home):
    if served.chromium() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs a Chromium; none was found.")
        pytest.skip("no Chromium here: install one or set UGRN_CHROMIUM")
    with served.serving(dashboard_home) as address:
        yield address


@pytest.fixture
def complaints():
    """What the browser asked beyond localhost and what went wrong in it; empty at the end."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def context(dashboard):
    with served.browsing(
        viewport={"width": 1366, "height": 900}, accept_downloads=True, base_url=dashboard
    ) as found:
        yield found


@pytest.fixture
def page(context, complaints):
    found = context.new_page()
    served.watch(found, complaints)
    return found


@pytest.fixture
def probed(page):
    """The Start page of a probed data set: the first test to come presses the button."""
    page.goto(f"/?{served.DATASET}")
    served.settled(page)
    button = page.get_by_role("button", name="Compute the network (one time)")
    if button.count():
        button.click()
    page.get_by_text("Or begin with an example").wait_for()
    served.settled(page)
    return page
