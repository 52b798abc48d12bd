"""`app`: what it does before it hands over to Streamlit."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from types import SimpleNamespace

from ugrn_core.commands import app
from ugrn_core.settings import absolute_places, read_settings, shipped


def test_relative_places_are_those_of_the_directory_it_was_started_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [])
    given = {"HOME": "h", "ASSETS": "a", "BEELINE": "../b", "ORTHOLOGS": "o.csv"}
    for name, value in (given | {"BACKBONES": f"x{os.pathsep}/y"}).items():
        monkeypatch.setenv(f"UGRN_{name}", value)
    seen = []
    monkeypatch.setattr(app, "warm", seen.append)
    monkeypatch.setattr(app, "ask_once", lambda settings: None)
    monkeypatch.setattr(runpy, "run_module", lambda *_, **__: seen.append(read_settings()))
    app.app(SimpleNamespace(args=[]))
    assert Path.cwd() == shipped("")
    assert seen[0] == seen[1]
    assert seen[1].home == tmp_path / "h"
    assert seen[1].beeline == tmp_path / "../b"
    assert seen[1].orthologs == tmp_path / "o.csv"
    assert seen[1].backbones == (tmp_path / "x", Path("/y"))


def test_what_is_not_set_stays_so():
    assert absolute_places({"UGRN_HOME": "", "UGRN_STORE": "s3://x"}) == {}
