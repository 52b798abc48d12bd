"""A pseudotime where the data set has none: diffusion pseudotime of its cells, by scanpy.

Haghverdi et al. 2016, Nature Methods 13:845, as in scanpy's `tl.dpt`, over 30 principal components
of the panel's genes and 15 neighbours.
"""

from __future__ import annotations

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


def diffusion_pseudotime(cells: StudyCells, root: str) -> np.ndarray:
    """Return (C,) pseudotime from `root` (see `root_cell`), 0 to 1; NaN for cells that cannot be
    reached from it. The same cells give the same."""
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
    scanpy.tl.dpt(data, n_dcs=min(10, components))
    time = data.obs["dpt_pseudotime"].to_numpy(dtype=np.float64)
    return np.where(np.isfinite(time), time, np.nan)


def map_of_cells(cells: StudyCells) -> np.ndarray:
    """Return (C, 2): the first two principal components of the panel's genes, for a map."""
    from sklearn.decomposition import PCA

    xy = PCA(2, svd_solver="randomized", random_state=0).fit_transform(cells.values)
    return xy * np.where(xy[np.abs(xy).argmax(axis=0), [0, 1]] < 0, -1, 1)
