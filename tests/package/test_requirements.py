"""One list of dependencies: what pip installs is what the two commands install."""

from __future__ import annotations

import re
import tomllib

import yaml

import ugrn_core
from tests.architecture.source import ROOT
from ugrn_core.experiment.catalog.backbones import NO_TORCH

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def listed(name: str) -> list[str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def test_the_base_is_what_reading_needs_and_probe_is_what_computing_adds():
    assert PROJECT["dependencies"] == listed("requirements-viewer.txt")
    assert EXTRAS["viewer"] == []
    assert EXTRAS["probe"] == listed("requirements.txt")
    assert f"`pip install {EXTRAS['probe'][0]}`" in NO_TORCH


def test_the_other_extras_are_tested_with():
    tested = set(listed("requirements-dev.txt"))
    for extra in ("cluster", "train"):
        names = [n for n in EXTRAS[extra] if n != "ugrn[probe]"]
        assert len(names) == len(EXTRAS[extra]) - 1
        assert set(names) <= tested
    assert set(EXTRAS["login"]) <= tested


def test_no_upper_bound_comes_without_a_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    bounds = [line for line in text.splitlines() if re.search(r'"[\w\[\]-]+[^"]*(<|==|~=)', line)]
    assert [line for line in bounds if "#" not in line] == []
    assert PROJECT["requires-python"] == ">=3.11"


def test_the_citation_names_this_version():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["version"] == ugrn_core.__version__
