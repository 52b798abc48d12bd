"""Contexts that are asked for, opened: cells, groups, profiles, and the id of all that changes a
number. The backbone's weights are not opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np

from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.errors import OptionError, UnknownGeneError
from ugrn_core.experiment.catalog import datasets, identity, translators
from ugrn_core.experiment.catalog.identity import KnownBackbone
from ugrn_core.experiment.catalog.study import Study, fit_to_backbone
from ugrn_core.experiment.contexts import groups, pseudotime
from ugrn_core.experiment.contexts.cells import StudyCells, study_cells
from ugrn_core.experiment.contexts.chance import null
from ugrn_core.experiment.contexts.groups import Grouping
from ugrn_core.probes.folds import folds_offered
from ugrn_core.probes.settings import default_settings
from ugrn_core.registry import near_matches
from ugrn_core.settings import Settings
from ugrn_core.translators.translator_set import TranslatorSet
from ugrn_core.types import ProbeSettings, Profile

IDENTITY = 1
FOLDS = 5
MOST_BRANCHINGS = 3
ALL = "all cells"  # the profile of all contexts' cells together


@dataclass(frozen=True)
class ContextSpec:
    """What is asked. One of by (a column: a context a value), condition (such as
    'cell_type=Monocyte': those cells, and all others), along (a column of pseudotime, or `dpt`,
    computed from `root`, parted into branches by so many `branchings`; several columns, parted by
    commas, are branches too): `windows` stages of each. least: cells of a context, 0 for the
    default. sources:
    symbols to drive, none for all regulators. readout: "" for the backbone's own."""

    backbone: str
    dataset: str
    by: str = ""
    condition: str = ""
    along: str = ""
    root: str = ""
    branchings: int = 0
    windows: int = 8
    least: int = 0
    sources: tuple[str, ...] = ()
    readout: str = ""


def read_spec(told: Mapping) -> ContextSpec:
    """Return the spec that `asdict` made, from plain JSON types; raise KeyError or TypeError."""
    kinds = dict.fromkeys(("windows", "least", "branchings"), int)
    kinds["sources"] = lambda v: tuple(map(str, v))
    told = {"branchings": 0, **told}  # earlier versions knew none
    return ContextSpec(
        **{f.name: kinds.get(f.name, str)(told[f.name]) for f in fields(ContextSpec)}
    )


@dataclass(frozen=True, eq=False)
class Prepared:
    """A spec with all it names at hand. sources: tokens. settings: of the flat virtual cell, under
    the readout asked for. profiles: of each context, and `pooled` of all their cells. translator:
    whose score of the flat cell stands beside them, None where there is none."""

    backbone: KnownBackbone
    study: Study
    sources: tuple[str, ...]
    settings: ProbeSettings
    cells: StudyCells
    grouping: Grouping
    profiles: tuple[Profile, ...]
    pooled: Profile
    translator: TranslatorSet | None
    id: str

    def around(self, profile: Profile, *, ends: bool = False) -> ProbeSettings:
        """Return the settings of virtual cells around `profile`; ends: at the lowest and highest
        value of the grid alone."""
        chosen = replace(self.settings, background=profile)
        if not ends:
            return chosen
        return replace(chosen, grid=(min(self.settings.grid), max(self.settings.grid)))

    def profile(self, weights: np.ndarray, name: str) -> Profile:
        """Return the profile of cells as often as `weights` (C,) says."""
        return self.cells.profile(weights, name, self.backbone, self.pooled.folds)


def prepare(settings: Settings, spec: ContextSpec) -> Prepared:
    """Open what `spec` names; raise InputError (unknown name, no cells, too few of them, a scale
    or a profile that the backbone cannot have seen)."""
    backbone = identity.known(spec.backbone, settings)
    stamp = translators.stamp(settings), datasets.stamps(settings)
    return _prepared(settings, spec, backbone, stamp)


@lru_cache(maxsize=16)
def _prepared(
    settings: Settings, spec: ContextSpec, backbone: KnownBackbone, stamp: tuple
) -> Prepared:
    study, cells = opened_cells(settings, spec, backbone)
    grouping = _grouping(cells, spec)
    sources = _sources(study, spec.sources)
    translator = translators.load(
        *(settings, backbone.name, backbone.checksum, None, len(study.regulators)),
        tangents=backbone.defaults.differentiable,
    )
    chosen = _settings(backbone, translator, spec.readout)
    folds = FOLDS if chosen.readout == "masked" else 0
    profiles = tuple(
        cells.profile(m.astype(float), name, backbone, folds)
        for name, m in zip(grouping.names, grouping.members)
    )
    pooled = cells.profile(grouping.pool.astype(float), ALL, backbone, folds)
    ready = Prepared(
        backbone=backbone,
        study=study,
        sources=sources,
        settings=chosen,
        cells=cells,
        grouping=grouping,
        profiles=profiles,
        pooled=pooled,
        translator=translator,
        id="",
    )
    return replace(ready, id=_id(ready))


def _id(ready: Prepared) -> str:
    """Return 16 hex digits of everything that changes a number."""
    translator, profiles = ready.translator, (*ready.profiles, ready.pooled)
    mask = {"mask_value": ready.backbone.defaults.mask_value}
    told = {
        "format": IDENTITY,
        "backbone": ready.backbone.checksum,
        "panel": ready.study.panel.checksum,
        "labels": sorted(ready.study.labels.items()),
        "sources": ready.sources,
        "settings": ready.settings.identity() | mask,
        "profiles": [(p.name, p.identity()) for p in profiles],
        "draws": null.draws_for(null.covariance(ready.grouping.members)),
        "members": hashlib.sha256(np.packbits(ready.grouping.members).tobytes()).hexdigest(),
        "translator": translator
        and [translator.name, *(c.date for c in translator.cards.values())],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def opened_cells(
    settings: Settings, spec: ContextSpec, backbone: KnownBackbone
) -> tuple[Study, StudyCells]:
    """Return the data set fitted to the backbone, and its cells; raise InputError."""
    if spec.dataset in (datasets.PASTED, datasets.ALL_GENES):
        raise OptionError(
            "A context is a set of cells, and a list of genes has none. Choose a data set with "
            "cells, or add your own."
        )
    defaults = backbone.defaults
    if not defaults.readouts or not defaults.continuous:
        why = "takes whole numbers only" if defaults.readouts else "reconstructs no expression"
        raise OptionError(
            f"{backbone.name} {why} ({defaults.value_phrase}): it cannot be asked around the mean "
            "of cells. Choose another backbone."
        )
    return _cells(settings, spec.dataset, backbone, datasets.stamps(settings))


@lru_cache(maxsize=4)
def _cells(
    settings: Settings, dataset: str, backbone: KnownBackbone, stamp: tuple
) -> tuple[Study, StudyCells]:
    orthologs = settings.orthologs or orthologs_path()
    study = fit_to_backbone(datasets.open_dataset(dataset, settings), backbone, orthologs)
    return study, study_cells(study, backbone)


def readouts_offered(backbone: KnownBackbone) -> tuple[str, ...]:
    """Return the readouts that contexts can be read by, the backbone's first choice first."""
    known = {"visible", "masked"} if folds_offered(backbone) else {"visible"}
    return tuple(r for r in backbone.defaults.readouts if r in known)


def _grouping(cells: StudyCells, spec: ContextSpec) -> Grouping:
    ways = [name for name in ("by", "condition", "along") if getattr(spec, name)]
    if len(ways) != 1:
        raise OptionError(
            "Contexts are told by a column of the cells (--contexts), by a condition (--context) "
            "or along a pseudotime (--stages): name one of the three."
        )
    if spec.windows < 2 or spec.least < 0:
        raise OptionError("There are 2 stages or more, and their least cells are 1 or more.")
    if not 0 <= spec.branchings <= MOST_BRANCHINGS:
        raise OptionError(f"A pseudotime branches 0 to {MOST_BRANCHINGS} times.")
    if spec.by:
        return groups.by_column(cells, spec.by, spec.least or groups.LEAST)
    if spec.condition:
        return groups.by_condition(cells, spec.condition, spec.least or groups.LEAST)
    courses, by = _courses(cells, spec)
    size = spec.windows, spec.least or groups.LEAST_IN_WINDOW
    if len(courses) > 1:
        return groups.branched(courses, by, *size)
    return groups.windows(next(iter(courses.values())), by, *size)


def _courses(cells: StudyCells, spec: ContextSpec) -> tuple[dict[str, np.ndarray], str]:
    """Return the time of each cell on every branch, NaN where it is not on it; and of what."""
    if spec.along == pseudotime.COMPUTED and pseudotime.COMPUTED not in cells.columns:
        by = f"diffusion pseudotime from {spec.root}"
        course = pseudotime.diffusion_pseudotime(cells, spec.root, spec.branchings)
        return course.branches, by
    names = [spec.along] if spec.along in cells.ordered_by else parts(spec.along)
    for name in names:
        if name not in cells.ordered_by:
            have = ", ".join(cells.ordered_by) or "none"
            raise OptionError(
                f"Stages lie along a column of numbers; '{name[:40]}' is none of this data set's "
                f"({have}). Name one, several parted by commas (a branch each), or "
                f"{pseudotime.COMPUTED} with --root to have it computed."
            )
    return {n: np.asarray(cells.columns[n], dtype=np.float64) for n in names}, ", ".join(names)


def parts(text: str) -> list[str]:
    """Return the names in a text that commas part."""
    return list(dict.fromkeys(p.strip() for p in text.split(",") if p.strip())) or [text]


def _sources(study: Study, wanted: tuple[str, ...]) -> tuple[str, ...]:
    if not wanted:
        return study.regulators
    missing = [s for s in wanted if study.tokens.get(s) not in study.panel]
    if missing:
        near = {m: near_matches(m, list(study.tokens)) for m in missing[:5]}
        raise UnknownGeneError(missing, "this data set", near)
    return tuple(dict.fromkeys(study.tokens[s] for s in wanted))


def _settings(
    backbone: KnownBackbone, translator: TranslatorSet | None, readout: str
) -> ProbeSettings:
    chosen = translator.settings if translator else default_settings(backbone)
    if readout:
        chosen = default_settings(
            backbone, readout=readout, grid=chosen.grid, cls=chosen.cls, baseline=chosen.baseline
        )
    if chosen.readout == "masked" and not folds_offered(backbone):
        raise OptionError(f"{backbone.name} cannot mask a part of the genes: read visible.")
    return chosen
