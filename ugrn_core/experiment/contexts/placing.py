"""Cells on a map: their first two principal components at once, a UMAP computed once and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from ugrn_core.experiment.contexts import folder as files
from ugrn_core.experiment.contexts.cells import StudyCells
from ugrn_core.experiment.contexts.compute import Progress
from ugrn_core.experiment.contexts.spec import ContextSpec, prepare
from ugrn_core.settings import Settings

UMAP = "umap"  # what a map is kept as
PLACING = "placing the cells (UMAP)"
NEIGHBOURS, COMPONENTS = 15, 30
FEWEST = 20  # cells


def components_of(cells: StudyCells) -> np.ndarray:
    """Return (C, 2): the first two principal components of the panel's genes."""
    from sklearn.decomposition import PCA

    xy = PCA(2, svd_solver="randomized", random_state=0).fit_transform(cells.values)
    return xy * np.where(xy[np.abs(xy).argmax(axis=0), [0, 1]] < 0, -1, 1)


def place(settings: Settings, cells: StudyCells) -> Path:
    """Return where the map of these cells is kept: by their values, whatever contexts are asked."""
    digest = hashlib.sha256(np.ascontiguousarray(cells.values, dtype=np.float32))
    return files.where(settings, f"cells-{digest.hexdigest()[:16]}")


def compute(settings: Settings, spec: ContextSpec, progress: Progress | None = None) -> Path:
    """Write the UMAP of the cells of `spec` (McInnes et al. 2018, by scanpy, over 30 principal
    components and 15 neighbours; the same cells give the same); return the folder."""
    cells = prepare(settings, spec).cells
    folder = place(settings, cells)
    if files.read(folder, UMAP) is not None:
        return folder
    files.note(folder, spec.dataset)
    if progress is not None:
        progress(0, 0, PLACING)
    files.write(folder, UMAP, {"xy": umap(cells)}, {"cells": len(cells)})
    return folder


def umap(cells: StudyCells) -> np.ndarray:
    """Return (C, 2) float32, the UMAP of cells."""
    import anndata
    import scanpy

    data = anndata.AnnData(cells.values.astype(np.float32))
    components = min(COMPONENTS, min(data.shape) - 1)
    scanpy.pp.pca(data, n_comps=components, random_state=0)
    neighbours = min(NEIGHBOURS, len(cells) - 1)
    scanpy.pp.neighbors(data, n_neighbors=neighbours, use_rep="X_pca", transformer="sklearn")
    scanpy.tl.umap(data, random_state=0)
    return data.obsm["X_umap"].astype(np.float32)


def kept_umap(settings: Settings, cells: StudyCells) -> np.ndarray | None:
    """Return the (C, 2) UMAP of these cells; None where it was not computed."""
    read = files.read(place(settings, cells), UMAP)
    return None if read is None else read[0]["xy"]
