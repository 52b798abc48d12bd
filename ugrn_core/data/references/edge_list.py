"""Known edges by approved symbol, not yet fitted to any data set.

E edges, G genes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ugrn_core.data.own import foreign_ids
from ugrn_core.data.own.naming import NO_ORTHOLOG, symbols_of
from ugrn_core.data.references.table import RawEdges
from ugrn_core.errors import TableError

ACTIVATES, REPRESSES, UNKNOWN = 1, -1, 0
SPELLED = re.compile(r"[A-Za-z0-9][\w.-]{1,30}")
LEAST_KNOWN = 0.05  # of the names are known genes, or these are none


@dataclass(frozen=True, eq=False)
class EdgeList:
    """genes: (G,) symbols. edges: (E, 2) int32 positions (regulator, target) in `genes`, each pair
    once and no self-loops. signs: (E,) int8 of +1, -1, 0 unknown. weights: (E,) float32, NaN where
    none is told. lost: name in the table -> why it is no gene. notes: what was done, in words."""

    species: str
    genes: tuple[str, ...]
    edges: np.ndarray
    signs: np.ndarray
    weights: np.ndarray
    lost: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def n_signed(self) -> int:
        """How many edges have a sign."""
        return int((self.signs != UNKNOWN).sum())

    @cached_property
    def digest(self) -> str:
        """sha256 over all that is known, hex."""
        told = hashlib.sha256("\n".join((self.species, *self.genes)).encode())
        for array, kind in ((self.edges, "<i4"), (self.signs, "i1"), (self.weights, "<f4")):
            told.update(np.ascontiguousarray(array, dtype=kind).tobytes())
        return told.hexdigest()


def resolved(raw: RawEdges, species: str | None = None) -> EdgeList:
    """Return the edges of a table by symbol, names resolved as those of cells are.

    Mouse genes without a known human ortholog, older symbols among them, stay as they are spelled:
    a data set may spell them so, too. Self-loops are dropped, repeated pairs merged: of two signs
    that contradict each other none is kept, of several weights the largest. All of it is counted
    in `notes`. Raises TableError where hardly any name is that of a gene, or no edge is left;
    OptionError for another species.
    """
    shown, named, lost = symbols_of([*raw.sources, *raw.targets], species)
    _require_known(raw.name, shown, named, lost)
    spelled = {n: n for n, why in lost.items() if why == NO_ORTHOLOG and SPELLED.fullmatch(n)}
    named, lost = {**named, **spelled}, {n: why for n, why in lost.items() if n not in spelled}
    genes = tuple(dict.fromkeys(named.values()))
    ends = _ends(raw, named, genes)
    known = (ends >= 0).all(axis=1)
    loops = known & (ends[:, 0] == ends[:, 1])
    use = known & ~loops
    edges, signs, weights, clashes = _merged(
        ends[use], raw.signs[use], raw.weights[use], len(genes)
    )
    if not len(edges):
        raise TableError(
            f"No line of {raw.name} names two different {shown} genes. Give a regulator and a "
            "target in each line."
        )
    told = _notes(len(spelled), (~known).sum(), loops.sum(), use.sum() - len(edges), clashes)
    return EdgeList(
        species=shown,
        genes=genes,
        edges=edges,
        signs=signs,
        weights=weights,
        lost=lost,
        notes=(*raw.notes, *told),
    )


def _ends(raw: RawEdges, named: dict[str, str], genes: tuple[str, ...]) -> np.ndarray:
    """Return the (N, 2) int32 positions in `genes` of a table's lines, -1 for names of no gene."""
    at = {gene: k for k, gene in enumerate(genes)}
    position = {name: at[symbol] for name, symbol in named.items()}
    columns = [[position.get(n, -1) for n in names] for names in (raw.sources, raw.targets)]
    return np.array(columns, dtype=np.int32).T.reshape(-1, 2)


def _notes(spelled: int, unknown: int, loops: int, repeated: int, clashes: int) -> tuple[str, ...]:
    counts = [
        (spelled, "mouse genes without a known human ortholog taken as they are spelled"),
        (unknown, "lines with a name that is no gene left out"),
        (loops, "self-loops left out"),
        (repeated, "repeated pairs merged"),
        (clashes, "pairs that are told with both signs: of them none is kept"),
    ]
    return tuple(f"{n:,} {what}" for n, what in counts if n)


def _require_known(name: str, species: str, named: dict[str, str], lost: dict[str, str]) -> None:
    distinct = len(named) + len(lost)
    if len(named) < 2 or len(named) < LEAST_KNOWN * distinct:
        some = ", ".join(f"'{n[:24]}'" for n in list(lost)[:4])
        way = "Give symbols or Ensembl ids of human or mouse in the columns source and target."
        raise TableError(
            f"Of {distinct:,} names in {name} {len(named):,} are known as {species} genes: {some} "
            f"are not. {foreign_ids.told(list(lost)) or way}"
        )


def _merged(
    ends: np.ndarray, signs: np.ndarray, weights: np.ndarray, n_genes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return edges, signs and weights of distinct pairs, in the order of their first line, and how
    many pairs had both signs."""
    code = ends[:, 0].astype(np.int64) * n_genes + ends[:, 1]
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    up, down = (np.bincount(which, signs == s, len(first)) > 0 for s in (ACTIVATES, REPRESSES))
    sign = (up.astype(np.int8) - down.astype(np.int8)).astype(np.int8)
    weight = np.full(len(first), -np.inf, dtype=np.float32)
    told = ~np.isnan(weights)
    np.maximum.at(weight, which[told], weights[told])
    weight[np.isneginf(weight)] = np.nan
    order = np.argsort(first, kind="stable")
    return ends[first[order]], sign[order], weight[order], int((up & down).sum())
