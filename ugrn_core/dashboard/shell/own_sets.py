"""Whose data sets and references a session sees: its own, those of this machine's command line,
never another's.

Who knows the mark of one, from a link, may look at it; only its owner lists, renames or
removes it. UGRN_SHARED=1 makes all of them everybody's.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st

from ugrn_core.dashboard.shell import address
from ugrn_core.dashboard.shell.browser_mark import owner
from ugrn_core.data.own import store
from ugrn_core.data.own.store import OwnDataset
from ugrn_core.data.readers.base import DatasetCard
from ugrn_core.data.references import store as reference_store
from ugrn_core.data.references.store import KeptReference
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.references import cards as reference_cards
from ugrn_core.experiment.references.cards import ReferenceCard
from ugrn_core.settings import Settings


def is_local() -> bool:
    """Return whether this server listens on this machine alone, and was asked by its own name: no
    proxy hands on what others ask."""
    listens = _is_this_machine(st.get_option("server.address") or "")
    headers = st.context.headers
    host = urlsplit(f"//{headers.get('Host', 'localhost')}").hostname or ""
    handed_on = any(name in headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
    return listens and _is_this_machine(host) and not handed_on


def _is_this_machine(name: str) -> bool:
    try:
        return name.casefold() == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def mine(settings: Settings) -> tuple[OwnDataset, ...]:
    """Return the data sets that this session may list, rename and remove."""
    return tuple(one for one in store.listed(settings.home) if is_mine(one.owner, settings))


def is_mine(whose: str, settings: Settings) -> bool:
    """Return whether what an owner (see `browser_mark.owner`) has added is this session's."""
    return settings.shared or whose == owner() or (not whose and is_local())


def cards(settings: Settings) -> tuple[DatasetCard, ...]:
    """Return the data sets that this session is offered: what ships, its own, and the one that its
    address names."""
    seen = {one.id for one in mine(settings)} | {address.chosen("dataset")}
    return tuple(
        card
        for card in datasets.cards(settings)
        if not datasets.is_own(card.name) or card.name in seen
    )


def may_see(name: str, settings: Settings) -> bool:
    """Return whether a run of the data set `name`, also a removed one, may be listed here."""
    if not datasets.is_own(name):
        return True
    whose = store.owner_of(settings.home, name.removeprefix(store.PREFIX))
    return whose is not None and is_mine(whose, settings)


def my_references(settings: Settings) -> tuple[KeptReference, ...]:
    """Return the references that this session may list and remove."""
    return tuple(
        one for one in reference_store.listed(settings.home) if is_mine(one.owner, settings)
    )


def references(settings: Settings, species: str) -> tuple[ReferenceCard, ...]:
    """Return the references that this session may hold a data set of a species against; those that
    take long to read only where one is chosen."""
    chosen = address.chosen("reference")
    return tuple(
        card
        for card in reference_cards.cards(settings, species)
        if card.id == chosen or (card.owner is None or is_mine(card.owner, settings))
    )
