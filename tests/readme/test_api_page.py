"""docs/api.md says what the docstrings say."""

from __future__ import annotations

import re
import runpy

import ugrn_core as ugrn
from tests.architecture.source import ROOT


def test_the_page_is_what_the_docstrings_give():
    script = runpy.run_path(str(ROOT / "scripts" / "api_reference.py"))
    written = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert written == script["page"](), "run: PYTHONPATH=. python scripts/api_reference.py"


def test_every_function_tells_what_it_returns_takes_and_raises():
    for name in ugrn.__all__:
        text = getattr(ugrn, name).__doc__
        assert text.startswith("Return"), name
        assert "Raises" in text, name
        function = getattr(ugrn, name)
        for parameter in function.__annotations__:
            assert parameter == "return" or re.search(rf"\b{parameter}\b", text), (name, parameter)
