"""The repository names no machine of ours, and pins what it installs."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import product

ROOT = Path(__file__).resolve().parents[2]
# Put together here, so that this file does not hold what it looks for.
FOLDERS = ["/".join(["", *parts, ""]) for parts in (["work"], ["tmp", "w"], ["root"], ["Users"])]
MACHINE_PATH = re.compile("|".join(FOLDERS) + r"|/home/[a-z]")
# How a distribution's name differs from the name it is imported by.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "PyYAML"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: no list of the project's own files")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def machine_paths(content: bytes) -> list[str]:
    if b"\0" in content[:8192]:
        return []  # binary
    return MACHINE_PATH.findall(content.decode("utf-8", errors="replace"))


def test_no_file_names_a_path_of_one_machine():
    files = [p for p in tracked() if p.is_file() and not p.is_symlink()]
    assert len(files) > 20
    found = {p.relative_to(ROOT).as_posix(): machine_paths(p.read_bytes()) for p in files}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_machine_paths_are_seen():
    assert machine_paths(f"open('{FOLDERS[0]}main')".encode())
    assert not machine_paths(b"https://example.org/network/pages/x and ugrn_core/framework/")


def names(document: str) -> list[str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / document).read_text().splitlines())
    return [re.split(r"[=<>!~]", line)[0] for line in lines if line and not line.startswith("-")]


def folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _required() -> list[str]:
    return names("requirements-viewer.txt") + names("requirements.txt")


def test_every_dependency_is_pinned_and_nothing_says_where_from():
    pinned = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), line
            name, _, version = line.partition("==")
            pinned[folded(name)] = version
    wanted = _required() + names("requirements-dev.txt")
    assert [n for n in wanted if folded(n) not in pinned] == []
    assert pinned["torch"] == "2.13.0"


def test_every_library_the_product_imports_is_required():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [n for part in project["optional-dependencies"].values() for n in part]
    required = {folded(n) for n in [*_required(), *extras]}
    own = {"ugrn_core", "pages", "streamlit_app"}
    missing = {
        f"{file.path}: {top}"
        for file in product()
        for top in {name.split(".")[0] for _, name in file.imports()}
        if top not in own
        and top not in sys.stdlib_module_names
        and folded(DISTRIBUTIONS.get(top, top)) not in required
    }
    assert missing == set()
