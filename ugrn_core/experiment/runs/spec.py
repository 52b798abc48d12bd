"""What a run is asked for, opened, and the id of everything that changes its numbers."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog import datasets, identity, translators
from ugrn_core.experiment.catalog.datasets import ALL_GENES, PASTED
from ugrn_core.experiment.catalog.identity import KnownBackbone
from ugrn_core.experiment.catalog.study import (
    Study,
    fit_to_backbone,
    study_of_all,
    study_of_list,
)
from ugrn_core.experiment.curves.panel_plan import plan_of
from ugrn_core.experiment.runs import run_folder
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.translators.translator_set import TranslatorSet
from ugrn_core.types import ProbeSettings

IDENTITY = 4  # of what a run's id is made of


@dataclass(frozen=True)
class Spec:
    """What to compute. genes: the entries of a typed or pasted list (dataset `pasted`), as given;
    regulators: which of them are driven, where not its transcription factors."""

    backbone: str
    dataset: str
    genes: tuple[str, ...] = ()
    regulators: tuple[str, ...] = ()


def read_spec(told: Mapping) -> Spec:
    """Return the spec that `asdict` made, from plain JSON types; raise KeyError or TypeError."""
    genes, regulators = (tuple(map(str, told[name])) for name in ("genes", "regulators"))
    return Spec(str(told["backbone"]), str(told["dataset"]), genes, regulators)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A spec with everything it names at hand; the backbone's weights are not opened."""

    backbone: KnownBackbone
    study: Study
    settings: ProbeSettings
    translator: TranslatorSet | None
    run_id: str


def prepare(settings: Settings, spec: Spec) -> Prepared:
    """Open what `spec` names; raise InputError (unknown name, no gene known, no regulator)."""
    # A translator trained meanwhile makes another run: a job's process would see it, so must we.
    backbone = identity.known(spec.backbone, settings)
    stamp = translators.stamp(settings), datasets.stamps(settings)
    return _prepared(settings, spec, backbone, stamp)


def _stamps(translator: TranslatorSet | None) -> list[str] | None:
    """What tells one trained translator from another."""
    if translator is None:
        return None
    return [translator.name, *(c.date for c in translator.cards.values())]


def _reads(translator: TranslatorSet | None) -> tuple[str, ...]:
    return tuple(translator.members) if translator else ()


def _study(settings: Settings, spec: Spec, backbone: KnownBackbone) -> Study:
    if spec.dataset == PASTED:
        return study_of_list(spec.genes, spec.regulators, backbone)
    if spec.dataset == ALL_GENES:
        plan = plan_of(backbone)
        return study_of_all(plan.genes, plan.sources)
    orthologs = settings.orthologs or orthologs_path()
    return fit_to_backbone(datasets.open_dataset(spec.dataset, settings), backbone, orthologs)


@lru_cache(maxsize=32)
def _prepared(settings: Settings, spec: Spec, backbone: KnownBackbone, stamp: tuple) -> Prepared:
    study = _study(settings, spec, backbone)
    known_as = settings, backbone.name, backbone.checksum, None
    tangents = backbone.defaults.differentiable
    translator = translators.load(*known_as, len(study.regulators), tangents=tangents)
    chosen = translator.settings if translator else default_settings(backbone)
    told = {
        "format": IDENTITY,
        # Two lists may leave one panel; title, cells and what was left out are each list's own.
        "question": mark(spec),
        "backbone": backbone.checksum,
        "panel": study.panel.checksum,
        "regulators": study.regulators,
        "labels": sorted(study.labels.items()),
        "references": [(n.name, zlib.crc32(n.edges.tobytes())) for n in study.dataset.references],
        "settings": chosen.identity() | {"mask_value": backbone.defaults.mask_value},
        "translator": _stamps(translator),
    }
    if study.dataset.content:
        told["content"] = study.dataset.content
    if spec.dataset == ALL_GENES:
        told["panels"] = plan_of(backbone).identity()
    text = json.dumps(told, sort_keys=True)
    run_id = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Prepared(
        backbone=backbone, study=study, settings=chosen, translator=translator, run_id=run_id
    )


def run_id(settings: Settings, spec: Spec) -> str:
    """Return the id of a run: 16 hex digits of everything that changes its numbers."""
    return prepare(settings, spec).run_id


def folder(settings: Settings, spec: Spec) -> Path:
    """Return where the run's results lie once it is done."""
    return run_folder.where(settings, run_id(settings, spec))


def has_atlas(settings: Settings, backbone: str) -> bool:
    """Return whether the run of all genes of `backbone` is on this machine, or ships, made with
    the weights and the translator that are here."""
    abouts = (p for r in (settings.runs, settings.shipped_runs) for p in r.glob("*/about.json"))
    told = (run_folder.read_about(path.parent).get("spec", {}) for path in abouts)
    # First a look at what there is: to prepare a run of all genes reads the table of gene names.
    if (ALL_GENES, backbone) not in {(s.get("dataset"), s.get("backbone")) for s in told}:
        return False
    try:
        about = folder(settings, Spec(backbone, ALL_GENES)) / run_folder.ABOUT
    except InputError:
        return False
    return about.is_file()


def mark(spec: Spec) -> str:
    """Return 16 hex digits of what is asked: the data set or list, not the backbone."""
    text = json.dumps([spec.dataset, spec.genes, spec.regulators])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
