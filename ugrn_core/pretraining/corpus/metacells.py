"""Metacells: means of a cell and some of its neighbours, drawn anew whenever they are asked for.

Most of what tells single cells apart is counting noise; the mean of ten alike keeps what they
share. Which cells are alike is found among given cells only, so that cells split beforehand into
training and held-out never meet in one mean. Cells are near in the leading components of log1p
CP10k (Baran et al. 2019 and Persad et al. 2023 fix their metacells; these are random).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp


@dataclass(frozen=True)
class Metacells:
    """How cells are averaged.

    smallest: fewer cells are not averaged. components: principal components in which cells are
    near. fewest, most: cells of a metacell. share: of the cells that the neighbours of one are
    drawn from, between `fewest` and `most`: six where there are under 60 to 70.
    """

    smallest: int = 60
    components: int = 20
    fewest: int = 6
    most: int = 30
    share: float = 0.1

    def pool(self, cells: int) -> int:
        """Return how many nearest cells, itself included, a metacell is drawn from."""
        return int(np.clip(round(self.share * cells), self.fewest, self.most))


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """nearest (n, pool): of each of n cells its own row and those of its nearest cells, in order of
    distance; fewest: cells of the smallest metacell."""

    nearest: np.ndarray
    fewest: int

    @property
    def cells(self) -> np.ndarray:
        """The (n,) rows of the cells that may be averaged."""
        return self.nearest[:, 0]


@dataclass(frozen=True, eq=False)
class Means:
    """rows (m,) of a set's cells, and the (count, m) weights of means of them; None: the cells
    themselves."""

    rows: np.ndarray
    weights: sp.csr_matrix | None = None

    def values(self, cells: sp.csr_matrix, genes: np.ndarray | None = None) -> sp.csr_matrix:
        """Return the means of `cells` (C, n) log1p CP10k, taken of CP10k: (count, genes) log1p."""
        part = sp.csr_matrix(cells[self.rows])
        if genes is not None:
            part = part[:, genes]
        if self.weights is None:
            return part
        linear = sp.csr_matrix((np.expm1(part.data), part.indices, part.indptr), part.shape)
        mean = sp.csr_matrix(self.weights @ linear)
        mean.data = np.log1p(mean.data).astype(np.float32)
        return mean


def single(cells: np.ndarray) -> Neighbourhoods:
    """Return neighbourhoods of `cells` that hold nobody else: they are never averaged."""
    return Neighbourhoods(np.asarray(cells)[:, None], 1)


def neighbourhoods(
    values: sp.csr_matrix, cells: np.ndarray, how: Metacells, seed: int = 0
) -> Neighbourhoods:
    """Return the nearest of the rows `cells` of `values` (C, n) log1p CP10k, among them alone.

    Fewer cells than `how.smallest` are each its own only neighbour: they stay as they are.
    """
    from sklearn.decomposition import PCA
    from sklearn.neighbors import NearestNeighbors

    cells = np.asarray(cells)
    if len(cells) < max(how.smallest, how.fewest):
        return single(cells)
    own = sp.csr_matrix(values[cells])
    dims = min(how.components, min(own.shape) - 1)
    if dims < 1 or not (own.max(axis=0) - own.min(axis=0)).nnz:
        near = np.zeros((len(cells), 1))  # all alike, where ARPACK finds nothing to start from
    else:
        near = PCA(dims, svd_solver="arpack", random_state=seed).fit_transform(own)
    pool = how.pool(len(cells))
    neighbours = NearestNeighbors(n_neighbors=pool).fit(near).kneighbors(near)[1]
    return Neighbourhoods(cells[_self_first(neighbours)], how.fewest)


def _self_first(neighbours: np.ndarray) -> np.ndarray:
    """Return the rows of `neighbours` with each row's own number first: a cell's twins may stand
    before it, or push it out."""
    own = np.arange(len(neighbours))[:, None]
    order = np.argsort(neighbours != own, axis=1, kind="stable")
    out = np.take_along_axis(neighbours, order, axis=1)
    out[:, 0] = own[:, 0]  # where twins pushed it out, it takes the place of the nearest of them
    return out


def choose(hood: Neighbourhoods, count: int, rng: np.random.Generator) -> Means:
    """Return `count` metacells of different central cells; at most as many as there are cells.

    Each averages its central cell and `fewest` - 1 to pool - 1 of the others in its neighbourhood,
    number and members drawn.
    """
    n, pool = hood.nearest.shape
    central = np.sort(rng.choice(n, min(count, n), replace=False))
    if pool == 1:
        return Means(hood.cells[central])
    sizes = rng.integers(min(hood.fewest, pool), pool + 1, len(central))
    order = rng.random((len(central), pool))
    order[:, 0] = -1  # the central cell is always among them
    member = order.argsort(axis=1).argsort(axis=1) < sizes[:, None]
    rows, place = np.unique(hood.nearest[central][member], return_inverse=True)
    row = np.nonzero(member)[0]
    weight = (1 / sizes[row]).astype(np.float32)
    return Means(rows, sp.csr_matrix((weight, (row, place)), shape=(len(central), len(rows))))


def mixed(cells: np.ndarray, count: int, rng: np.random.Generator) -> Means:
    """Return `count` different rows of `cells`, half of them with up to half of another added."""
    first = np.sort(rng.choice(len(cells), min(count, len(cells)), replace=False))
    other = rng.integers(0, len(cells), len(first))
    share = np.where(rng.random(len(first)) < 0.5, rng.uniform(0, 0.5, len(first)), 0.0)
    rows, place = np.unique(cells[np.concatenate([first, other])], return_inverse=True)
    row = np.tile(np.arange(len(first)), 2)
    weight = np.concatenate([1 - share, share]).astype(np.float32)
    return Means(rows, sp.csr_matrix((weight, (row, place)), shape=(len(first), len(rows))))
