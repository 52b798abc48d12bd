"""The recipe of docs/cluster.md for Slurm, with a `sbatch` that runs job scripts right here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.experiment.curves.test_workers import GENES, ROOT, check
from tests.probes.checkpoints import write_checkpoint
from ugrn_core.backbones import open_backbone
from ugrn_core.experiment.curves import probing, workers
from ugrn_core.jobs.dask_cluster import DaskCluster
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel

SBATCH = """#!/bin/sh
# Stands in for Slurm: runs the script in a session of its own, says the number of the job.
grep '^#SBATCH' "$1" >>"$FAKE_SLURM/asked"
cp "$1" "$FAKE_SLURM/script.sh" # as Slurm does: dask-jobqueue removes its own
setsid sh "$FAKE_SLURM/script.sh" >>"$FAKE_SLURM/log" 2>&1 &
echo $! >>"$FAKE_SLURM/jobs"
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill -TERM -- "-$1" 2>/dev/null || true
"""


def recipe() -> str:
    """Return the recipe up to where it waits for Enter, sized for this machine."""
    text = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(from dask_jobqueue.*?)```", text, re.S)
    for said, here in (
        ("cores=32", "cores=2"),
        ("processes=32", "processes=2"),
        ('"64GB"', '"4GB"'),
        ("jobs=100", "jobs=1"),
        ("/shared/ugrn/.venv/bin/python", sys.executable),
        ("PYTHONPATH=/shared/ugrn", f"PYTHONPATH={ROOT}"),
    ):
        assert said in code
        code = code.replace(said, here)
    begun, waits, _ = code.partition("input(")
    assert waits
    return begun


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A folder first on PATH with sbatch and scancel; what they started is ended."""
    pytest.importorskip("dask_jobqueue")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SLURM", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    jobs = tmp_path / "jobs"
    for number in jobs.read_text().split() if jobs.is_file() else ():
        subprocess.run(["scancel", number], check=True)


def test_the_recipe_starts_workers_that_probe(slurm):
    backbone = open_backbone(write_checkpoint(slurm / "w", "scgpt", GENES))
    settings = default_settings(backbone, grid=(0.0, 1.0))
    sources = GENES[:32]
    names: dict = {}
    exec(recipe(), names)  # our own documentation
    cluster = names["cluster"]
    try:
        place = DaskCluster(cluster.scheduler_address)
        end = time.monotonic() + 600
        while place.workers() < 2:
            assert time.monotonic() < end, (slurm / "log").read_text()
            time.sleep(0.5)
        asked = probing.request(backbone, Panel(GENES), sources, settings, slurm / "store")
        workers.fill_store(asked, slurm / "store", place)
    finally:
        cluster.close()
    with workers.one_thread():
        check(asked, probing.request(backbone, Panel(GENES), sources, settings).curves)
    asked_for = (Path(slurm) / "asked").read_text()
    assert "--cpus-per-task=2" in asked_for
    assert "-t 02:00:00" in asked_for
