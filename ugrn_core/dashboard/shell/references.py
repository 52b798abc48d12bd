"""The reference a session holds its view against: the data set's own, this machine's, his own.

Whose references a session sees is as with data sets (own_sets): its own and those of this machine's
command line; who knows the mark of another, from a link, may look at it.
"""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.shell import address, own_sets
from ugrn_core.dashboard.shell.address import choice
from ugrn_core.data.readers.base import DatasetCard
from ugrn_core.data.references import store
from ugrn_core.data.references.store import KeptReference
from ugrn_core.errors import InputError
from ugrn_core.experiment.references import cards, known
from ugrn_core.experiment.references.cards import ReferenceCard
from ugrn_core.experiment.references.judging import FEWEST
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import Settings

NO_REFERENCE = "none"
KEY = "reference"


def mine(settings: Settings) -> tuple[KeptReference, ...]:
    """Return the references that this session may list and remove."""
    return tuple(
        one for one in store.listed(settings.home) if own_sets.is_mine(one.owner, settings)
    )


def offered(settings: Settings, species: str) -> tuple[ReferenceCard, ...]:
    """Return the references that this session may hold a data set of a species against; those that
    take long to read only where one is chosen."""
    chosen = address.chosen(KEY)
    return tuple(
        card
        for card in cards.cards(settings, species)
        if card.id == chosen or (card.owner is None or own_sets.is_mine(card.owner, settings))
    )


def choose(
    settings: Settings, card: DatasetCard | None, spec: run_spec.Spec | None
) -> tuple[str | None, tuple[ReferenceCard, ...]]:
    """Draw the choice of a reference; return its name, and all that are looked at.

    spec: what is asked, None where that is not to be had: then the data set's own are offered.
    The first is chosen unless another was: a data set's own, else one that knows FEWEST pairs or
    more of it.
    """
    own = dict.fromkeys(card.references if card else ())
    every = offered(settings, card.species if card else "human") if spec else ()
    every = tuple(one for one in every if one.name not in own)
    chosen = address.chosen(KEY)
    looked_at = tuple(one for one in every if one.eager or one.id == chosen)
    counts = _counts(settings, spec, looked_at) if looked_at else {}
    titles = {name: name for name in own}
    names = {name: name for name in own}
    for one in every:
        count = counts.get(one.name)
        if count or one.owner is not None or one.id == chosen or one not in looked_at:
            said = f" ({count or 0:,} of these pairs)" if one in looked_at else ""
            titles[one.id], names[one.id] = f"{one.name}{said}", one.name
    first = next(iter(own), None) or next(
        (one.id for one in every if counts.get(one.name, 0) >= FEWEST), NO_REFERENCE
    )
    titles[NO_REFERENCE] = "None"
    picked = choice("Reference network", KEY, {first: titles[first]} | titles)
    return names.get(picked), looked_at


def _counts(
    settings: Settings, spec: run_spec.Spec, looked_at: tuple[ReferenceCard, ...]
) -> dict[str, int]:
    try:
        study = run_spec.prepare(settings, spec).study
    except InputError:
        return {}  # the page says what is wrong
    run = run_spec.run_id(settings, spec), str(settings.home)
    return dict(_known(run, known.digest(looked_at), settings, study, looked_at).counts)


@st.cache_resource(max_entries=64, show_spinner="Looking at what is known")
def _known(run: tuple[str, str], digest: str, _settings, _study, _cards) -> known.Known:
    return known.of_study(_settings, _study, _cards)
