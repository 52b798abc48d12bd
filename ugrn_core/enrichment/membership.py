"""Which genes of a background are members of which sets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ugrn_core.errors import PanelError

SMALLEST = 5  # genes of a set in the background, below which nothing can be said of it
LARGEST = 500  # above which a set is too general to mean something
LEAST_BACKGROUND = 10


@dataclass(frozen=True, eq=False)
class Membership:
    """Sets against a background of G genes. names: the K sets tested. table: (G, K) sparse 0/1,
    sizes (K,) how many of a set's genes are in the background. left_out: sets too small or too
    large there."""

    genes: tuple[str, ...]
    names: tuple[str, ...]
    table: sparse.csc_matrix
    left_out: int

    @property
    def sizes(self) -> np.ndarray:
        """(K,) genes of each set in the background."""
        return np.asarray(self.table.sum(axis=0)).ravel().astype(int)

    def members(self, k: int, among: np.ndarray) -> str:
        """Return the genes of set `k` where `among` (G,) is true, in the background's order."""
        return " ".join(self.genes[row] for row in self.rows(k) if among[row])

    def rows(self, k: int) -> np.ndarray:
        """Return the places of set `k`'s genes in the background, ascending."""
        return self.table.indices[self.table.indptr[k] : self.table.indptr[k + 1]]


def first_of_each(names: Sequence[str]) -> np.ndarray:
    """Return the places of `names`, ascending, each name's first alone: two genes of one human
    symbol count once."""
    return np.sort(np.unique(np.asarray(names, dtype=object).astype(str), return_index=True)[1])


def membership(
    genes: Sequence[str],
    sets: Mapping[str, Collection[str]],
    *,
    smallest: int = SMALLEST,
    largest: int = LARGEST,
) -> Membership:
    """Return the sets of which `smallest` to `largest` genes are in the background `genes`.

    Symbols are compared whatever their case. Raises PanelError for a background of fewer than
    LEAST_BACKGROUND genes.
    """
    genes = tuple(dict.fromkeys(genes))
    if len(genes) < LEAST_BACKGROUND:
        raise PanelError(
            f"Enrichment needs a background of {LEAST_BACKGROUND} genes or more; "
            f"{len(genes)} came. Probe a larger panel."
        )
    at = {gene.casefold(): k for k, gene in enumerate(genes)}
    inside = {
        name: sorted({at[g.casefold()] for g in members if g.casefold() in at})
        for name, members in sets.items()
    }
    fit = {name: rows for name, rows in inside.items() if smallest <= len(rows) <= largest}
    rows = [row for members in fit.values() for row in members]
    columns = np.repeat(np.arange(len(fit)), [len(members) for members in fit.values()])
    shape = (len(genes), len(fit))
    table = sparse.csc_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    return Membership(genes, tuple(fit), table, len(sets) - len(fit))
