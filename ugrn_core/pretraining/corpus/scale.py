"""One value scale for every data set: counts per 10,000 of a cell, log1p taken at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from ugrn_core.errors import TableError

INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log2(TPM+1)": lambda x: np.exp2(x) - 1,
    "log2(TPM/10+1)": lambda x: 10 * (np.exp2(x) - 1),
    "log10 normalised counts": lambda x: np.power(10, x) - 1,
    "log1p": np.expm1,
}


def to_linear(x: sp.csr_matrix, kind: str, path: Path) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return the cells of `x` (C, n) that express anything, each summing to 10,000, and which of
    the C they are (bool); `kind` is the index's value_kind.

    Raises TableError, naming `path`, for negative or non-finite values.
    """
    x = sp.csr_matrix(
        (INVERSES.get(kind, lambda v: v)(x.data.astype(np.float32)), x.indices, x.indptr), x.shape
    )
    if not np.isfinite(x.data).all() or (x.data < 0).any():
        raise TableError(f"'{path}' holds negative or non-finite values: not expression.")
    total = np.asarray(x.sum(1)).ravel()
    x = sp.diags_array(1e4 / np.maximum(total, 1e-6)) @ x
    return sp.csr_matrix(x)[total > 0], total > 0


def log1p_columns(
    names: Sequence[str | None], index: Mapping[str, int]
) -> tuple[np.ndarray, sp.csr_matrix]:
    """Return the vocabulary ids (m,) of `names` and the (n, m) matrix that sums columns of one
    symbol; names that are None are left out."""
    columns = np.array([k for k, n in enumerate(names) if n is not None], dtype=np.int64)
    ids, position = np.unique([index[names[k]] for k in columns], return_inverse=True)
    ones = np.ones(len(columns), np.float32)
    return ids, sp.csr_matrix((ones, (columns, position)), shape=(len(names), len(ids)))
