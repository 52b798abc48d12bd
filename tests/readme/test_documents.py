"""What the documents say is so: links lead somewhere, commands run, options exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
VERBS = ["probe", "network", "benchmark", "pretrain", "backbones"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def environment() -> dict[str, str]:
    """This interpreter first on the path, the checkout importable, output wide and plain."""
    folder = Path(sys.executable).parent
    return os.environ | {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "300",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }


def marked_blocks() -> list[str]:
    return re.findall(r"<!-- testable -->\n```sh\n(.*?)```", text("README.md"), re.DOTALL)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-eu", "-c", command],
        cwd=folder,
        env=environment() | {"UGRN_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


@pytest.mark.parametrize("block", marked_blocks(), ids=lambda b: shlex.quote(b.splitlines()[-1]))
def test_commands_marked_testable_run_as_written(block, tmp_path):
    done = run(block, tmp_path)
    assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    for written in re.findall(r"--out (\S+)", block):
        assert (tmp_path / written).exists(), f"{block}\ndid not write {written}"


def test_the_readme_shows_every_verb():
    blocks = "\n".join(marked_blocks())
    assert [v for v in VERBS if f"python -m ugrn_core {v}" not in blocks] == []


@cache
def help_of(verb: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ugrn_core", verb, "--help"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def commands(document: str) -> list[list[str]]:
    joined = text(document).replace("\\\n", " ")
    lines = re.findall(r"python -m ugrn_core ([a-z]+ .*)", joined)
    return [line.split("`")[0].split() for line in lines]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_option_shown_exists(document):
    unknown = [
        f"{verb} {word}"
        for verb, *words in commands(document)
        for word in words
        if word.startswith("--") and word not in re.findall(r"--[a-z-]+", help_of(verb))
    ]
    assert unknown == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_named_scripts_lead_to_files(document):
    links = re.findall(r"\]\(([^)#\s]+)\)", text(document))
    scripts = re.findall(r"\./scripts/\w+", text(document))
    wanted = [link for link in links if "://" not in link] + scripts
    missing = [name for name in wanted if not (ROOT / name).exists()]
    assert missing == []
