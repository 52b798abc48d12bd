"""One pair asked of every backbone on this machine, the random-weights controls among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.errors import UGRNError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs import run_folder
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.spec import mark
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.experiment.runs.spec import Spec

BAND = (2.5, 97.5)  # percentiles over the source's targets
MOST = 8  # backbones asked


@dataclass(frozen=True, eq=False)
class Answer:
    """What one backbone says of a pair. grid, vvp, gdt (T,), the last None without a derivative;
    vvp_low, vvp_high (T,): the central 95 % of all targets of the source. rank, targets: the
    target's place among them by its largest |VVP|, 1 the largest. missing: why there is no answer;
    the arrays are empty then."""

    title: str
    is_control: bool
    grid: np.ndarray
    vvp: np.ndarray
    gdt: np.ndarray | None
    vvp_low: np.ndarray
    vvp_high: np.ndarray
    rank: int = 0
    targets: int = 0
    missing: str = ""


def answers(
    settings: Settings, spec: run_spec.Spec, source: str, target: str
) -> tuple[Answer, ...]:
    """Return what each backbone says of `source` -> `target` in the panel of `spec`.

    One sweep of one source a backbone, kept in the probe store: some seconds the first time.
    """
    cards = backbones.backbones(settings)[:MOST]
    return tuple(
        _answer(settings, replace(spec, backbone=c.name), c, (source, target)) for c in cards
    )


def _answer(
    settings: Settings, spec: run_spec.Spec, card: backbones.BackboneCard, pair: tuple[str, str]
) -> Answer:
    try:
        ready = run_spec.prepare(settings, spec)
        study = ready.study
        token = {label: t for t, label in study.labels.items()}
        absent = [g for g in pair if token.get(g) not in study.panel.genes]
        if absent:
            return _without(card, f"It does not know {' and '.join(absent)}.")
        source, target = (token[g] for g in pair)
        request = probing.request(
            ready.backbone, study.panel, (source,), ready.settings, settings.probes
        )
        curves = request.curves
    except UGRNError as error:  # one backbone that fails leaves the others
        return _without(card, str(error))
    genes = list(study.panel.genes)
    others = np.arange(len(genes)) != genes.index(source)
    at = genes.index(target)
    vvp, gdt = curves.vvp[0], None if curves.gdt is None else curves.gdt[0]
    low, high = np.percentile(vvp[:, others], BAND, axis=1)
    size = np.abs(vvp).max(axis=0)
    rank = 1 + int((size[others] > size[at]).sum())
    grid = np.array(ready.settings.grid)
    return Answer(
        title=card.title,
        is_control=card.is_control,
        grid=grid,
        vvp=vvp[:, at],
        gdt=None if gdt is None else gdt[:, at],
        vvp_low=low,
        vvp_high=high,
        rank=rank,
        targets=int(others.sum()),
    )


def _without(card: backbones.BackboneCard, why: str) -> Answer:
    none = np.empty(0)
    return Answer(
        title=card.title,
        is_control=card.is_control,
        grid=none,
        vvp=none,
        gdt=none,
        vvp_low=none,
        vvp_high=none,
        missing=why,
    )


def others(roots: Iterable[Path], spec: Spec, backbone: str) -> tuple[Path, ...]:
    """Return the edge tables of other learned backbones' finished runs under any of `roots`.

    One a backbone, the newest; controls with random weights are not among them. backbone: the name
    of the one that is not other.
    """
    newest: dict[str, tuple[str, Path]] = {}
    for path in (p for runs in roots for p in runs.glob(f"*/{run_folder.ABOUT}")):
        about = run_folder.read_about(path.parent)
        if not about or about["question"] != mark(spec) or about["control"]:
            continue
        name, date = about["backbone"], about["date"]
        newer = name != backbone and date >= newest.get(name, ("",))[0]
        if newer and run_folder.read(path.parent).has_edges:
            newest[name] = date, path.with_name(run_folder.EDGES)
    return tuple(path for _, path in sorted(newest.values()))
