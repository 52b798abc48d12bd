"""What the browser complains of, as in tests/browser."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.browser.conftest import complaints

__all__ = ["complaints"]
