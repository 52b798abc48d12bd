"""Which pairs of a run are known: references, by symbol, fitted to the names that the run shows.

A run is computed without them and never made anew for them: a reference that is added today stands
beside yesterday's scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from ugrn_core.data.own.naming import symbols_of
from ugrn_core.data.references.edge_list import EdgeList
from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog.study import Study
from ugrn_core.experiment.references.cards import ReferenceCard, edges_of
from ugrn_core.settings import Settings

WORDS = {1: "activates", -1: "represses"}


@dataclass(frozen=True, eq=False)
class Known:
    """frame: one row a pair that any reference knows: source, target as the run shows them, and of
    each reference in_<name> (bool). signs: name -> (rows,) int8 of those with signs. counts: name
    -> known pairs. digest: another text when any of it may be another."""

    frame: pd.DataFrame
    counts: Mapping[str, int] = field(default_factory=dict)
    signs: Mapping[str, np.ndarray] = field(default_factory=dict)
    digest: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The references, in the order they were given."""
        return tuple(self.counts)

    @cached_property
    def arrow(self) -> pa.Table:
        """`frame` as an Arrow table: databases read it where it lies."""
        return pa.Table.from_pandas(self.frame, preserve_index=False)

    @cached_property
    def _rows(self) -> dict[tuple[str, str], int]:
        return {pair: k for k, pair in enumerate(zip(self.frame["source"], self.frame["target"]))}

    def of_pair(self, source: str, target: str) -> dict[str, int]:
        """Return name -> sign (+1, -1, 0 unknown) of the references that hold a pair."""
        k = self._rows.get((source, target))
        if k is None:
            return {}
        held = [name for name in self.names if self.frame[f"in_{name}"].iloc[k]]
        return {n: int(self.signs[n][k]) if n in self.signs else 0 for n in held}


NOTHING = Known(pd.DataFrame({"source": [], "target": []}, dtype=str))


def known_pairs(
    genes: Sequence[str],
    regulators: Sequence[str],
    species: str,
    references: Mapping[str, EdgeList],
) -> Known:
    """Return which pairs of `regulators` and `genes` each of `references` holds.

    Names are the same where they resolve to one symbol, whatever their case.
    """
    if not references:
        return NOTHING
    _, named, _ = symbols_of(genes, species)
    symbol = {gene: named.get(gene, gene).casefold() for gene in genes}
    place = {key: k for k, key in reversed(list(enumerate(symbol.values())))}
    shown = list(symbol)
    drives = np.zeros(len(shown), dtype=bool)
    drives[[place[symbol[r]] for r in regulators if r in symbol]] = True
    codes, signs = {}, {}
    for name, known in references.items():
        at = np.array([place.get(g.casefold(), -1) for g in known.genes], dtype=np.int64)
        ends = at[known.edges]
        here = (ends >= 0).all(axis=1) & drives[ends[:, 0]] & (ends[:, 0] != ends[:, 1])
        codes[name], first = np.unique(
            ends[here, 0] * len(shown) + ends[here, 1], return_index=True
        )
        signs[name] = known.signs[here][first]
    every = np.unique(np.concatenate(list(codes.values())))
    labels = np.array(shown, dtype=object)
    frame = pd.DataFrame(
        {"source": labels[every // len(shown)], "target": labels[every % len(shown)]}
    )
    told = {}
    for name, code in codes.items():
        rows = np.searchsorted(every, code)
        frame[f"in_{name}"] = np.isin(every, code)
        if signs[name].any():
            told[name] = np.zeros(len(every), dtype=np.int8)
            told[name][rows] = signs[name]
    return Known(frame, {n: len(c) for n, c in codes.items()}, told)


def of_study(settings: Settings, study: Study, cards: Sequence[ReferenceCard]) -> Known:
    """Return what the references of `cards` know of the pairs of a study; networks of its data
    set's own shadow those of the same name, and one that is damaged is left out."""
    own = {network.name for network in study.dataset.references}
    cards = [card for card in cards if card.name not in own]
    lists: dict[str, EdgeList] = {}
    for card in cards:
        with suppress(InputError):
            lists[card.name] = edges_of(settings, card)
    genes, drives = (
        [study.labels.get(token, token) for token in tokens]
        for tokens in (study.panel.genes, study.regulators)
    )
    known = known_pairs(genes, drives, study.dataset.species, lists)
    return replace(known, digest=digest(cards))


def with_known(edges: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Return an edge table with in_<name> (bool) of each reference that it has no column of."""
    new = [f"in_{name}" for name in known.names if f"in_{name}" not in edges]
    if not new:
        return edges
    both = edges.merge(known.frame[["source", "target", *new]], "left", on=["source", "target"])
    both[new] = both[new].eq(True)
    return both


def digest(cards: Sequence[ReferenceCard]) -> str:
    """Return a text that is another one where the references are others."""
    return " ".join(f"{card.name}:{card.digest[:16]}" for card in cards)
