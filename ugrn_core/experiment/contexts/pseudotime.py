"""A pseudotime where the data set has none: diffusion pseudotime of its cells, by scanpy, and the
branches that it parts into.

Haghverdi et al. 2016, Nature Methods 13:845, as in scanpy's `tl.dpt`, over 30 principal components
of the panel's genes and 15 neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ugrn_core.data.own.cell_columns import kept_cells, parse_keep
from ugrn_core.errors import OptionError
from ugrn_core.experiment.contexts.cells import StudyCells
from ugrn_core.registry import hint

COMPUTED = "dpt"  # what asks for it in place of a column
NEIGHBOURS, COMPONENTS = 15, 30


def root_cell(cells: StudyCells, root: str) -> int:
    """Return the cell that time begins at: the one called `root`, or, of those for which a
    condition such as 'cell_type=HSC' holds, the one nearest to their mean. Raises OptionError,
    UnknownNameError with near matches."""
    if root in cells.names:
        return cells.names.index(root)
    if "=" not in root:
        raise OptionError(
            f"A pseudotime begins at a cell, or at a type such as cell_type=HSC; '{root[:60]}' is "
            f"neither.{hint(root, cells.names[:5000])}"
        )
    chosen = np.flatnonzero(kept_cells(cells.columns, parse_keep(root), len(cells)))
    values = cells.values[chosen]
    return int(chosen[np.linalg.norm(values - values.mean(axis=0), axis=1).argmin()])


@dataclass(frozen=True, eq=False)
class Course:
    """time (C,): 0 to 1; NaN for cells that cannot be reached from the root. branch (C,) int: on
    which part of the tree, counted in the order in which the parts begin; all 0 without branches.
    """

    time: np.ndarray
    branch: np.ndarray

    @property
    def branches(self) -> dict[str, np.ndarray]:
        """The time of the cells of each branch, NaN for others."""
        return {
            f"branch {b + 1}": np.where(self.branch == b, self.time, np.nan)
            for b in range(int(self.branch.max()) + 1)
        }


def diffusion_pseudotime(cells: StudyCells, root: str, branchings: int = 0) -> Course:
    """Return the pseudotime from `root` (see `root_cell`), and the parts of its tree after so many
    `branchings`: up to two more each. The same cells give the same."""
    begin = root_cell(cells, root)
    if len(cells) <= NEIGHBOURS:
        raise OptionError(f"{len(cells)} cells are too few for a pseudotime; bring more.")
    import anndata
    import scanpy

    data = anndata.AnnData(cells.values.astype(np.float32))
    components = min(COMPONENTS, min(data.shape) - 1)
    scanpy.pp.pca(data, n_comps=components, random_state=0)
    scanpy.pp.neighbors(
        data, n_neighbors=NEIGHBOURS, use_rep="X_pca", method="gauss", transformer="sklearn"
    )
    scanpy.tl.diffmap(data, n_comps=min(15, components))
    data.uns["iroot"] = begin
    scanpy.tl.dpt(data, n_dcs=min(10, components), n_branchings=branchings)
    time = data.obs["dpt_pseudotime"].to_numpy(dtype=np.float64)
    time = np.where(np.isfinite(time), time, np.nan)
    if "dpt_groups" not in data.obs:
        return Course(time, np.zeros(len(time), dtype=int))
    groups = data.obs["dpt_groups"].astype(str).to_numpy()
    return Course(time, _in_order(groups, time))


def _in_order(groups: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return the number of each cell's group (C,), groups in the order of their median time."""
    names = np.unique(groups)
    known = np.isfinite(time)
    times = [time[known & (groups == name)] for name in names]
    begins = [float(np.median(t)) if len(t) else np.inf for t in times]
    place = {names[k]: rank for rank, k in enumerate(np.argsort(begins, kind="stable"))}
    return np.array([place[g] for g in groups])
