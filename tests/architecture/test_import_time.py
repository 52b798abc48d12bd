"""Importing does nothing: no file, folder, connection or environment read, no heavy guest."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.rules import BRINGS_TORCH, MAY_IMPORT, WITHOUT_TORCH
from tests.architecture.source import ROOT, product

# Runs in a child: imports every module named in argv, with an audit hook that notes what the
# module itself does (what a library does while it is imported is that library's affair).
WATCHER = r"""
import importlib, json, os, sys
OWN = os.path.join(os.environ.pop("UGRN_ROOT"), "ugrn_core")
EVENTS = ("os.mkdir", "os.rename", "os.remove", "os.putenv", "socket.connect",
          "socket.getaddrinfo", "subprocess.Popen", "urllib.Request", "tempfile.mkstemp")
notes, now = [], [None]

def ours():
    frame = sys._getframe(2)
    while frame:
        name = frame.f_code.co_filename
        if "importlib" in name:
            return False
        if name.startswith(OWN):
            return True
        frame = frame.f_back
    return False

def hook(event, args):
    opened = event == "open" and isinstance(args[0], (str, bytes, os.PathLike))
    if (opened or event in EVENTS) and ours():
        notes.append(f"{now[0]}: {event} {args[0]!r}")

class Environment(os._Environ):
    def __getitem__(self, key):
        if ours():
            notes.append(f"{now[0]}: reads the environment variable {key!r}")
        return super().__getitem__(key)

os.environ.__class__ = Environment
sys.addaudithook(hook)
for now[0] in sys.argv[1:]:
    importlib.import_module(now[0])
loaded = sorted({name.split(".")[0] for name in list(sys.modules)})
now[0] = "done"
print(json.dumps({"notes": notes, "loaded": loaded}))
"""


def watch(modules: list[str], folder) -> dict:
    """Import `modules` in a fresh interpreter whose home and working folder are `folder`."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "UGRN_ROOT": str(ROOT),
    }
    child = subprocess.run(
        [sys.executable, "-c", WATCHER, *modules],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-3000:]
    return json.loads(child.stdout.splitlines()[-1])


def modules(*without: str) -> list[str]:
    files = [f for f in product() if f.path.startswith("ugrn_core/") and f.part not in without]
    return [f.module for f in files if not f.module.endswith("__main__")]


def test_importing_any_module_does_nothing(tmp_path):
    seen = watch(modules("dashboard"), tmp_path)
    assert not seen["notes"], "\n".join(seen["notes"])
    assert not {"streamlit", "plotly", "pyvis"} & set(seen["loaded"])


# Runs in a child where torch cannot be imported: imports every module named in argv and prints
# what could not be.
WITHOUT = r"""
import importlib, sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

sys.meta_path.insert(0, NoTorch())
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(f"{name}: {error}")
"""


def without_torch(*names: str) -> list[str]:
    """Import modules in a fresh interpreter without torch; return what failed."""
    child = subprocess.run(
        [sys.executable, "-c", WITHOUT, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-3000:]
    return child.stdout.splitlines()


def test_pages_runs_and_commands_are_imported_where_torch_is_not_installed():
    names = [
        f.module
        for f in product()
        if f.path.startswith("ugrn_core/")
        and (f.stem in WITHOUT_TORCH or not f.stem.startswith(BRINGS_TORCH))
    ]
    wanted = {"dashboard.sections.network", "commands.probe", "experiment.runs.results", "__main__"}
    assert {f"ugrn_core.{name}" for name in wanted} <= set(names)
    assert without_torch(*names) == []


def test_without_torch_a_model_cannot_be_imported():
    assert without_torch("ugrn_core.backbones.adapter") == [
        "ugrn_core.backbones.adapter: No module named 'torch'"
    ]


def test_help_loads_nothing_heavy(tmp_path):
    loaded = watch(["ugrn_core.__main__"], tmp_path)["loaded"]
    assert not {"torch", "scanpy", "sklearn", "anndata", "dask", "streamlit"} & set(loaded)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("open('x', 'w')", "open 'x'"),
        ("import os; os.mkdir('x')", "os.mkdir 'x'"),
        ("import os; os.environ.get('HOME')", "variable 'HOME'"),
        ("import socket; socket.getaddrinfo('localhost', 1)", "socket.getaddrinfo 'localhost'"),
    ],
)
def test_the_watcher_sees(line, note, tmp_path, monkeypatch):
    package = tmp_path / "tree" / "ugrn_core"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(line + "\n")
    monkeypatch.setattr("tests.architecture.test_import_time.ROOT", tmp_path / "tree")
    notes = watch(["ugrn_core"], tmp_path)["notes"]
    assert len(notes) == 1
    assert note in notes[0]


def test_every_part_has_a_row():
    parts = {f.part for f in product()}
    assert parts <= set(MAY_IMPORT), parts - set(MAY_IMPORT)
