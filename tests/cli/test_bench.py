"""`bench probes`: refuses before the work; the table itself is tested in tests/backbones."""

from __future__ import annotations

import sys

import pytest

from ugrn_core.__main__ import main


def test_a_table_that_cannot_be_written_is_refused_first(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        "ugrn_core.backbones.timing.probe_bench", lambda *_, **__: pytest.fail("it ran")
    )
    out = tmp_path / "file" / "bench.md"
    out.parent.write_text("a file, not a folder")
    monkeypatch.setattr(sys, "argv", ["ugrn", "bench", "probes", "--out", str(out)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_was_asked_for_reaches_the_bench(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "ugrn_core.backbones.timing.probe_bench", lambda *given, report: asked.append(given)
    )
    out = tmp_path / "bench.md"
    words = ["ugrn", "bench", "probes", "--out", str(out), "--quick", "--rounds", "2"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    assert asked == [(out, True, 2)]
