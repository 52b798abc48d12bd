"""What CONTRIBUTING promises: a probe, a reader, a format, a page is one new file and one line.

Each is added to a copy of the product and then looked for where a user would look.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

PROBE = '''
"""How many letters two symbols have in common, over the longer one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ugrn_core.probes.base import ProbeRequest, tensor
from ugrn_core.types import ProbeTensor


@dataclass(frozen=True)
class Letters:
    """A score of names alone."""

    name: ClassVar[str] = "toy-probe"
    title: ClassVar[str] = "Letters in common"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = True

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, 1, G) shares."""
        shares = [
            [len(set(a) & set(b)) / max(len(a), len(b)) for b in request.panel.genes]
            for a in request.sources
        ]
        return tensor(self, request, np.array(shares, dtype=np.float32)[:, None, :])
'''
READER = '''
"""Six genes, no cells."""

from __future__ import annotations

from dataclasses import dataclass

from ugrn_core.data.readers.base import Dataset, DatasetCard, Places

GENES = ("GATA1", "SPI1", "KLF1", "TAL1", "FLI1", "MYC")


@dataclass(frozen=True)
class Toy:
    """One data set."""

    def stamp(self, places: Places) -> object:
        """Return None."""
        return None

    def cards(self, places: Places) -> tuple[DatasetCard, ...]:
        """Return its card."""
        return (DatasetCard("toy-set", "Toys", "human", 6, 2, False, (), "nobody"),)

    def open(self, name: str, places: Places) -> Dataset:
        """Return it."""
        return Dataset("toy-set", "Toys", "human", GENES, GENES[:2], "nobody")
'''
BACKBONE = '''
"""Ranks: target j answers by how many genes carry less than the source; no derivative."""

from __future__ import annotations

import numpy as np
import torch

from ugrn_core.backbones.base import BackboneDefaults, check_options
from ugrn_core.backbones.checkpoint import state_checksum
from ugrn_core.backbones.value_sweep import ValueSweep
from ugrn_core.types import ValueScale


class Toy:
    """out_j = sum_i (e_i . e_j) r_i, r_i the share of genes whose value is below that of i."""

    kind = "toy"
    ignored = ()
    device = "cpu"
    defaults = BackboneDefaults(
        value_range=(0.0, 7.0),
        baseline=3.0,
        grid=(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0),
        readouts=("visible",),
        cls_layouts=(None,),
        mask_value=-1.0,
        value_scale=ValueScale.RANK,
        continuous=False,
        differentiable=False,
    )

    def __init__(self, checkpoint, name):
        self.name, self.folder = name, checkpoint.folder
        self.vocabulary = checkpoint.vocabulary
        self.files = checkpoint.files
        self.table = checkpoint.state["toy.table"]
        self.checksum = state_checksum([self.table], "toy")

    @staticmethod
    def recognises(keys):
        """Return whether this is one."""
        return "toy.table" in keys

    @classmethod
    def from_checkpoint(cls, checkpoint, name):
        """Return the backbone."""
        return cls(checkpoint, name)

    def describe(self):
        """Return its kind."""
        return {"kind": self.kind}

    def gene_embedding(self, panel):
        """Return (G, D)."""
        return self.table[self.vocabulary.ids(panel.genes)].numpy()

    def reconstruct(self, panel, values, readout="visible", cls=None, targets=None):
        """Return (B, G)."""
        check_options(self.defaults, readout, cls)
        below = values[:, None, :] < values[:, :, None]
        vectors = torch.from_numpy(self.gene_embedding(panel)).to(values.dtype)
        out = below.to(values.dtype).mean(-1) @ (vectors @ vectors.T)
        return out if targets is None else out[:, targets]

    def attention(self, panel, values, cls=None):
        """Return (B, 1, G, G)."""
        e = self.gene_embedding(panel)
        return np.broadcast_to(e @ e.T, (len(values), 1, len(e), len(e)))

    def sweep(self, panel, settings):
        """Return responses alone."""
        return ValueSweep(self, panel, settings)
'''
FORMAT = '''
"""Edges as arrows."""

from __future__ import annotations

from ugrn_core.export.base import ExportFormat, arranged


def write(frame, provenance) -> bytes:
    """Return one arrow a line."""
    edges = arranged(frame)[["source", "target"]].itertuples(index=False)
    return "\\n".join(f"{a} -> {b}" for a, b in edges).encode()


TOY = ExportFormat("Arrows", ".toy", "text/plain", write)
'''
PAGE = '''
"""A page of toys."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View


@page.page("Toys", "What is new?")
def draw(view: View) -> None:
    st.markdown(f"A new page on {view.title}")
'''
# The new file, what is in it, the file that gets one line, the line, and what it stands below.
ADDED = {
    "probe": (
        *("ugrn_core/probes/toy.py", PROBE, "ugrn_core/probes/__init__.py"),
        *('        "toy-probe": "ugrn_core.probes.toy:Letters",', '"attn": '),
    ),
    "reader": (
        *("ugrn_core/data/readers/toy.py", READER, "ugrn_core/data/readers/__init__.py"),
        *('        "toy": "ugrn_core.data.readers.toy:Toy",', '"beeline": '),
    ),
    "backbone": (
        *("ugrn_core/backbones/toy.py", BACKBONE, "ugrn_core/backbones/__init__.py"),
        *('        "toy": "ugrn_core.backbones.toy:Toy",', '"geneformer": '),
    ),
    "format": (
        *("ugrn_core/export/toy.py", FORMAT, "ugrn_core/export/__init__.py"),
        *('        "toy": "ugrn_core.export.toy:TOY",', '"h5ad": '),
    ),
    "page": (
        *("pages/toy_page.py", PAGE, "ugrn_core/dashboard/shell/navigation.py"),
        *('        "toy_page": "Toys",', '"methods": '),
    ),
}


def add(copy, path: str, text: str, table: str, line: str, below: str) -> None:
    (copy / path).write_text(text.lstrip())
    lines = (copy / table).read_text().splitlines()
    (place,) = [k for k, known in enumerate(lines) if known.strip().startswith(below)]
    lines.insert(place + 1, line)
    (copy / table).write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> dict:
    """What a user sees of a copy of the product with the five additions."""
    copy, folder = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("facts")
    for name in ("ugrn_core", "pages"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("streamlit_app.py", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    (copy / "assets").mkdir()
    for file in (*ROOT.glob("assets/*.svg"), *ROOT.glob("assets/*.css")):
        shutil.copy(file, copy / "assets")
    for added in ADDED.values():
        add(copy, *added)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("UGRN_")},
        "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}",
        "UGRN_HOME": str(folder / "home"),
        "UGRN_ASSETS": str(folder / "assets"),
        "UGRN_WORKERS": "1",
        "UGRN_STANDBY": "0",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.promises.additions", str(folder)],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads((folder / "facts.json").read_text())
    assert told["where"].startswith(str(copy))  # not the product we stand in
    return told


def holds(page: list[str], words: str) -> bool:
    return any(re.search(re.escape(words), text) for text in page)


def test_a_new_probe_is_in_help_benchmark_and_pages(facts):
    assert "toy-probe" in facts["help"]
    assert facts["measured"] == [True]
    assert facts["kinds"] == ["raw score"]
    assert holds(facts["pages"]["probe_benchmark"], "Letters in common")
    assert holds(facts["pages"]["methods"], "Letters in common")


def test_a_new_data_set_is_listed_probed_and_shown(facts):
    assert "toy-set" in facts["cards"]
    assert holds(facts["pages"]["start"], "Toys")
    assert holds(facts["pages"]["methods"], "Toys")


def test_a_new_backbone_of_ranks_is_probed_judged_and_shown(facts):
    toy = facts["toy"]
    assert "toy" in toy["listed"]
    assert toy["effects"] > 0
    assert "gdt_peak" not in toy["columns"]
    assert sorted(toy["judged"]) == ["emb-cosine", "vvp"]
    assert sorted(toy["not judged"]) == ["ensemble", "gdt", "stacked"]
    assert all("no derivative" in reason for reason in toy["not judged"].values())
    assert holds(toy["page"], "GATA1")


def test_a_new_format_is_written_by_its_ending_and_offered(facts):
    assert facts["saved"] == "A -> B"
    assert ".toy" in facts["network help"]
    assert holds(facts["pages"]["downloads"], ".toy")


def test_a_new_page_is_reached_through_the_router(facts):
    assert holds(facts["routed"], "A new page on Toys")
