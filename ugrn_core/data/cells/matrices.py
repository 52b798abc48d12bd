"""AnnData files that packages ship, read whole; users' own are read by `data.own`."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from ugrn_core.errors import TableError

Table = tuple[list[str], list[str], np.ndarray, dict[str, np.ndarray]]


def read_h5ad(path: Path, most_values: int) -> Table:
    """Return an AnnData file, cells as rows; `.raw` where it is there, since `.X` may be scaled.

    Annotations are the columns of `obs`.
    """
    import anndata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for every element of a file of old anndata
            data = anndata.read_h5ad(path)
    except Exception as error:  # h5py and anndata raise many kinds for a damaged file
        raise TableError(f"{path.name} cannot be read as h5ad: {_short(error)}.") from error
    source = data.raw if data.raw is not None else data
    if source.shape[0] * source.shape[1] > most_values:
        raise TableError(f"{path.name} holds over {most_values:,} values; keep fewer cells.")
    values = source.X.toarray() if hasattr(source.X, "toarray") else np.asarray(source.X)
    annotations = {str(c): np.asarray(data.obs[c]) for c in data.obs.columns}
    names = [str(n) for n in data.obs_names]
    return names, [str(v) for v in source.var_names], values.astype(np.float32), annotations


def h5ad_genes(path: Path) -> tuple[str, ...]:
    """Return the genes that `read_h5ad` would, in its order, without reading a value."""
    import anndata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for every element of a file of old anndata
            data = anndata.read_h5ad(path, backed="r")  # its values stay on disk
        names = (data.raw if data.raw is not None else data).var_names
        data.file.close()
    except Exception as error:  # h5py and anndata raise many kinds for a damaged file
        raise TableError(f"{path.name} cannot be read as h5ad: {_short(error)}.") from error
    return tuple(str(n) for n in names)


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
