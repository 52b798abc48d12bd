"""The command line as it is called, in this process: exit code, what it printed, no traceback."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.probes.checkpoints import write_checkpoint
from ugrn_core.__main__ import main

GENES = (
    "GATA1",
    "SPI1",
    "KLF1",
    "MYC",
    "STAT3",
    "TAL1",
    "CEBPA",
    "FLI1",
    "JUN",
    "RUNX1",
    "HBB",
    "HBA1",
)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    for name, value in (("HOME", "home"), ("ASSETS", "assets")):
        monkeypatch.setenv(f"UGRN_{name}", str(tmp_path / "ugrn" / value))
    monkeypatch.setenv("UGRN_WORKERS", "1")
    return tmp_path / "ugrn" / "home"


@pytest.fixture
def ugrn(home, monkeypatch, capsys):
    """Call `python -m ugrn_core ARGUMENTS` in this process."""

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["ugrn_core", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr()
        return Answer(stop.value.code or 0, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("cli") / "tiny", "scbenchmark", GENES)


@pytest.fixture
def lists(tmp_path):
    """Write a list of genes to a file and return it."""

    def write(name: str, genes) -> Path:
        path = tmp_path / f"{name}.txt"
        path.write_text("".join(f"{g}\n" for g in genes))
        return path

    return write
