"""Every model one could ask: those on this machine, and those that can be brought to it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ugrn_core.backbones.weight_files import WEIGHT_ENDINGS
from ugrn_core.experiment.catalog import identity, translators
from ugrn_core.experiment.catalog.backbones import UNTOLD, BackboneCard, backbones
from ugrn_core.experiment.catalog.published_models import PublishedModel, published_models
from ugrn_core.settings import Settings

SHIPPED, FETCHED, LINKED, NAMED = "ships with UGRN", "fetched", "your folder", "UGRN_BACKBONES"
TO_FETCH, BY_HAND = "to fetch", "by hand"
TITLES = {
    "tahoe": "Tahoe-x1",
    "scbert": "scBERT",
    "scfoundation": "scFoundation",
    "geneformer": "Geneformer",
    "scgpt": "scGPT",
    "scbenchmark": "scBenchmark",
}  # what the kinds are called by their authors


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model and where it stands. card: how it lies on this machine, None where it does not.

    where: SHIPPED, FETCHED, LINKED or NAMED on this machine, else TO_FETCH or BY_HAND. size: bytes
    of its files here, or to download; 0 where nobody knows. answers: see `answers`; empty where the
    model has not been opened yet.
    """

    name: str
    title: str
    where: str
    licence: str
    origin: str
    size: int
    answers: tuple[str, ...]
    translators: tuple[str, ...] = ()
    card: BackboneCard | None = None
    published: PublishedModel | None = None

    @property
    def is_here(self) -> bool:
        """Whether it lies on this machine."""
        return self.card is not None

    @property
    def can_be_removed(self) -> bool:
        """Whether it was fetched or added: what ships, and what a variable names, stays."""
        return self.where in (FETCHED, LINKED)


def models(settings: Settings) -> tuple[Model, ...]:
    """Return the models of this machine, controls left out, then the published ones that are not
    on it. No weights are opened."""
    cards: dict[str, BackboneCard] = {}
    for card in backbones(settings):
        if not card.is_control:
            cards.setdefault(card.name, card)
    others = (m for m in published_models().values() if m.name not in cards)
    return (*(_here(settings, card) for card in cards.values()), *map(_elsewhere, others))


def answers(readouts: tuple[str, ...], differentiable: bool, relaxed: bool) -> tuple[str, ...]:
    """Return what a backbone with such capabilities answers, in words, the most telling first."""
    curves = ["responses (VVP)"] if readouts else []
    if readouts and differentiable:
        curves.append("gradients (GDT, relaxed by UGRN)" if relaxed else "gradients (GDT)")
    return (*curves, "perturbation", "attention", "gene vectors")


def about(card: BackboneCard, settings: Settings) -> str:
    """Return what a model is: what its card says or, where it has none, what its weights told when
    they were last opened."""
    known = identity.remembered(card.folder, settings) if card.kind == UNTOLD else None
    return card.description if known is None else read_as(known)


def trained(card: BackboneCard, settings: Settings) -> tuple[str, ...]:
    """Return the names of the translators of a backbone's weights, the default one first; of all
    under its name where nobody has opened the weights yet."""
    known = identity.remembered(card.folder, settings)
    if known is None:
        return translators.translators(settings, card.name)
    return translators.of_weights(settings, card.name, known.checksum)


def read_as(backbone: identity.KnownBackbone) -> str:
    """Return as what a backbone was read, and from which file: the kind is told by its tensors."""
    told = backbone.description
    kind = " ".join(str(w) for w in (TITLES.get(backbone.kind), told.get("version")) if w)
    facts = [kind or backbone.kind, f"{len(backbone.vocabulary.genes):,} genes"]
    counts = {name: told[name] for name in ("layers", "parameters") if name in told}
    facts += [f"{n:,} {name if n != 1 else name[:-1]}" for name, n in counts.items()]
    weights = sorted(name for name in backbone.files if name.endswith(WEIGHT_ENDINGS))
    several = f" and {len(weights) - 1} more" if len(weights) > 1 else ""
    return f"{', '.join(facts)}; weights from {weights[0] if weights else 'no file'}{several}."


def published_as(card: BackboneCard, settings: Settings) -> PublishedModel | None:
    """Return the published model of a backbone's name; None for a folder of one's own that was
    added under such a name: the published one's licence and origin are not its own."""
    added = _where(settings, card) == LINKED
    return None if added else published_models().get(card.name)


def _here(settings: Settings, card: BackboneCard) -> Model:
    published = published_as(card, settings)
    known = identity.remembered(card.folder, settings)
    return Model(
        name=card.name,
        title=card.title,
        where=_where(settings, card),
        licence=published.licence if published else "",
        origin=published.origin if published else about(card, settings),
        size=_bytes(card.folder),
        answers=() if known is None else answers(*_able(known)),
        translators=trained(card, settings),
        card=card,
        published=published,
    )


def _able(known: identity.KnownBackbone) -> tuple[tuple[str, ...], bool, bool]:
    return known.defaults.readouts, known.defaults.differentiable, bool(known.defaults.relaxation)


def _elsewhere(model: PublishedModel) -> Model:
    return Model(
        name=model.name,
        title=model.title,
        where=BY_HAND if model.folder_only else TO_FETCH,
        licence=model.licence,
        origin=model.origin,
        size=model.size,
        answers=answers(("visible",), True, model.relaxed),
        published=model,
    )


def _where(settings: Settings, card: BackboneCard) -> str:
    if settings.assets in card.folder.parents:
        return SHIPPED
    if settings.home / "backbones" != card.folder.parent:
        return NAMED
    return LINKED if card.folder.is_symlink() else FETCHED


def _bytes(folder: Path) -> int:
    with suppress(OSError):
        return sum(e.stat().st_size for e in os.scandir(folder) if e.is_file())
    return 0
