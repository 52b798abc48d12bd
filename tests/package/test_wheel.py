"""The wheel: all that ships is in it, nothing else, and it runs where no checkout is."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import ugrn_core
from tests.architecture.source import ROOT

BESIDE = ("assets/", "pages/", "streamlit_app.py", ".streamlit/config.toml", "README.md")
PAGE = """
import json, sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=600)
app.run()
print(json.dumps([app.title[0].value, [str(e.value) for e in (*app.exception, *app.error)]]))
"""


@pytest.fixture(scope="module")
def run(installed, tmp_path_factory):
    """Call Python where the wheel alone is importable of ours; return what it printed."""
    folder = tmp_path_factory.mktemp("elsewhere")

    def call(*arguments: str) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UGRN_")}
        environment |= {"PYTHONPATH": str(installed), "UGRN_HOME": str(folder / "home")}
        environment |= {"UGRN_STANDBY": "0", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return call


def test_it_holds_what_ships_and_nothing_else(wheel):
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: no list of the project's own files")
    files = [f for f in listed.stdout.split("\0") if f and (ROOT / f).is_file()]
    wanted = {f for f in files if f.startswith("ugrn_core/")}
    wanted |= {f"ugrn_core/shipped/{f}" for f in files if f.startswith(BESIDE)}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert wanted - held == set(), "lacks these: were they ignored?"
    assert held - wanted == set(), "not tracked: remove these files, or commit them"


def test_its_metadata_name_the_command_the_versions_and_the_extras(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {n.split("/")[0] for n in archive.namelist() if ".dist-info/" in n}
        metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
        commands = archive.read(f"{info}/entry_points.txt").decode()
    assert "ugrn = ugrn_core.__main__:main" in commands
    assert metadata["Version"] == ugrn_core.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra")) == {
        "viewer",
        "probe",
        "cluster",
        "train",
        "login",
    }
    assert wheel.stat().st_size < 120e6  # PyPI takes 100 MB unless asked for more


def test_a_network_is_made_where_there_is_no_checkout(run, installed):
    code = (
        "import json, ugrn_core as ugrn; net = ugrn.network('GATA1 TAL1 SPI1 CEBPA', "
        "backbone='ugrn-small', progress=False); print(json.dumps([ugrn.__file__, len(net), "
        "float(net.probability.max())]))"
    )
    where, edges, best = json.loads(run("-c", code))
    assert Path(where).is_relative_to(installed)
    assert edges == 12
    assert 0 < best <= 1
    assert "ugrn-small" in run("-m", "ugrn_core", "backbones")


def test_a_page_is_drawn_where_there_is_no_checkout(run, installed):
    page = installed / "ugrn_core" / "shipped" / "streamlit_app.py"
    title, errors = json.loads(run("-c", PAGE, str(page)).splitlines()[-1])
    assert errors == []
    assert title
