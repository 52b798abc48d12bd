"""Computed runs that ship: the built-in data sets under the default backbone.

A run that ships is an ordinary run's folder under assets/runs/, with its curves beside it in one
file; it is opened in place, never written to, and its curves go to the user's probe store when it
is first opened.
"""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs import compute, run_folder
from ugrn_core.experiment.runs.spec import Spec, prepare
from ugrn_core.settings import Settings

BUILT_IN = ("pbmc68k", "krumsiek2011")


def ship_runs(
    settings: Settings, backbone: str | None = None, built_in: tuple[str, ...] = BUILT_IN
) -> list[Path]:
    """Compute the data sets `built_in` under `backbone` (default: the first that ships) in a home
    of their own, put them into the assets in place of its earlier ones, and return their
    folders."""
    name = backbone or backbones.backbones(settings)[0].name
    outdated = {
        path.parent
        for path in settings.shipped_runs.glob(f"*/{run_folder.ABOUT}")
        if _of(run_folder.read_about(path.parent), name, built_in)
    }
    folders = []
    with TemporaryDirectory() as home:
        # Not what is outdated, not what a user trained: only what ships makes what ships.
        here = replace(settings, home=Path(home), store=None, beeline=None)
        for folder in outdated:
            shutil.rmtree(folder)
        for spec in (Spec(name, dataset) for dataset in built_in):
            made = compute.compute(here, spec)
            run_folder.write_arrays(made, run_folder.CURVES, curves(here, spec))
            target = settings.shipped_runs / made.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(made, target, dirs_exist_ok=True)
            folders.append(target)
    return folders


def _of(about: dict, backbone: str, built_in: tuple[str, ...]) -> bool:
    spec = about.get("spec", {})
    return spec.get("dataset") in built_in and spec.get("backbone") == backbone


def curves(settings: Settings, spec: Spec) -> bytes:
    """Return the NPZ that `run_folder.read_arrays` reads, of a run that is done."""
    ready = prepare(settings, spec)
    study = ready.study
    request = probing.request(
        ready.backbone, study.panel, study.regulators, ready.settings, settings.probes
    )
    every = request.curves
    buffer = io.BytesIO()
    arrays = {"baseline_output": every.baseline_output, "vvp": every.vvp}
    np.savez_compressed(buffer, **arrays, **({} if every.gdt is None else {"gdt": every.gdt}))
    return buffer.getvalue()
