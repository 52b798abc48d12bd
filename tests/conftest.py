"""Fixtures every part may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BROWSER = ROOT / "tests" / "browser"


def pytest_addoption(parser) -> None:
    parser.addoption(
        "--hostile-rounds",
        type=int,
        default=25,
        help="rounds of each test in tests/hostile, each with its own seed (default: 25)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items) -> None:
    """In several processes (pytest -n), keep a file's tests together, and all of the browser's in
    the first: they share a server, and wait more than they compute."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    in_browser = {id(item): BROWSER in item.path.parents for item in items}
    items.sort(key=lambda item: not in_browser[id(item)])
    for item in items:
        together = BROWSER if in_browser[id(item)] else item.path
        item.add_marker(pytest.mark.xdist_group(str(together.relative_to(ROOT))))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared data folder: $UGRN_SHARED_DATA, or shared/data beside the checkout."""
    folder = Path(os.environ.get("UGRN_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("shared data not present: set UGRN_SHARED_DATA to run this test")
    return folder
