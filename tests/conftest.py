"""Fixtures every part may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser) -> None:
    parser.addoption(
        "--hostile-rounds",
        type=int,
        default=25,
        help="rounds of each test in tests/hostile, each with its own seed (default: 25)",
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared data folder: $UGRN_SHARED_DATA, or shared/data beside the checkout."""
    folder = Path(os.environ.get("UGRN_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("shared data not present: set UGRN_SHARED_DATA to run this test")
    return folder
