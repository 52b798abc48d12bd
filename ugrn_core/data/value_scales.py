"""Expression from one scale to another: the one definition for training, probing and display.

Cells are rows: x is (C, n), a NumPy array or a SciPy CSR matrix, and a result is of the same kind.
Counts become counts per 10,000 by the cell's total over *all* measured genes, which a panel does
not tell: totals is (C,), and has to be kept from when the cells were whole.

log1p CP10k: scanpy's `normalize_total(target_sum=1e4)`, `log1p` (Wolf et al. 2018). Bins: scGPT's
`binning` (Cui et al. 2024). Ranks: Geneformer's order of a cell's genes (Theodoris et al. 2023),
without its medians, which belong to a checkpoint.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import scipy.sparse as sp

from ugrn_core.errors import OptionError
from ugrn_core.types import ValueScale

X = TypeVar("X", np.ndarray, sp.csr_matrix)

PER_CELL = 10_000
WHOLE = 1e-3  # off a whole number by at most this: counts reconstructed from float32 are
LARGEST_LOG = 25.0  # 2^25 and e^25 are more counts than a cell holds
LINEAR = {ValueScale.COUNTS, ValueScale.CP10K, ValueScale.LINEAR}
LOG2 = {ValueScale.LOG2_CP10K, ValueScale.LOG2_NORMALISED}


def are_counts(values: np.ndarray) -> bool:
    """Return whether the values (any shape, zeros left out) are whole numbers."""
    return bool((np.abs(values - np.round(values)) <= WHOLE).all())


def look_logged(values: np.ndarray) -> bool:
    """Return whether the values (zeros left out) can only be logarithms: small, and fractions."""
    return len(values) > 0 and values.max() <= LARGEST_LOG and not are_counts(values)


def cp10k(x: X, totals: np.ndarray) -> X:
    """Return linear values as counts per 10,000 of cells with these totals; 0 where that is 0."""
    totals = np.asarray(totals, dtype=np.float64)
    factor = np.where(totals > 0, PER_CELL / np.maximum(totals, 1e-12), 0.0)
    if sp.issparse(x):
        return sp.csr_matrix(sp.diags_array(factor) @ x)
    return x * factor[:, None]


def log1p(x: X) -> X:
    """Return ln(1 + x)."""
    return np.log1p(x)


def log1p_cp10k(x: X, totals: np.ndarray) -> X:
    """Return linear values as ln(1 + counts per 10,000)."""
    return log1p(cp10k(x, totals))


def linear(x: X, scale: ValueScale) -> X:
    """Return values on `scale` without their logarithm; raise OptionError for one that has no way
    back (bins, ranks, a scale of its own)."""
    if scale in LINEAR:
        return x
    if scale.is_log1p:
        return np.expm1(x)
    if scale in LOG2:
        if sp.issparse(x):  # zeros stay zeros
            return sp.csr_matrix((np.exp2(x.data) - 1, x.indices, x.indptr), x.shape)
        return np.exp2(x) - 1
    raise OptionError(f"there is no way back from the scale '{scale.phrase}'")


def bins(values: np.ndarray, highest: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Return scGPT's bins of one cell (n,): 0 for 0, else 1 to `highest` by quantile of its
    positive values.

    A value that spans several bins, as ties do, goes to one of them drawn from `rng`, as scGPT
    draws it; without `rng` to the highest.
    """
    values = np.asarray(values, dtype=np.float64)
    out = np.zeros(len(values))
    positive = values > 0
    if not positive.any():
        return out
    edges = np.quantile(values[positive], np.linspace(0, 1, highest))
    high = np.digitize(values[positive], edges).astype(float)
    if rng is not None:
        low = np.digitize(values[positive], edges, right=True)
        drawn = np.ceil(rng.random(len(low)) * (high - low) + low)
        high = np.clip(drawn, 1, highest)  # the lowest value and an even draw of 0 stay expressed
    out[positive] = high
    return out


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the place of each gene of one cell (n,): 1 for the highest value, 0 for none; of two
    alike the first stands first."""
    values = np.asarray(values, dtype=np.float64)
    out = np.zeros(len(values))
    expressed = np.flatnonzero(values > 0)
    order = expressed[np.argsort(-values[expressed], kind="stable")]
    out[order] = np.arange(1, len(order) + 1)
    return out


def converted(
    x: np.ndarray,
    given: ValueScale,
    wanted: ValueScale,
    totals: np.ndarray | None = None,
    *,
    highest: int = 50,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Return the (C, n) values of cells on the scale `wanted`.

    totals: (C,) of all measured genes on the linear scale; without them logarithms stay as deep as
    they are, and counts have no way to a share of 10,000. highest: of the bins. Raises OptionError
    where there is no way.
    """
    if wanted is given:
        return x
    if wanted is ValueScale.BIN:  # the order of a cell's values is all that counts
        return np.stack([bins(row, highest, rng) for row in _ordered(x, given)])
    if wanted is ValueScale.RANK:
        return np.stack([ranks(row) for row in _ordered(x, given)])
    if wanted is ValueScale.LOG1P_COUNTS and given is ValueScale.COUNTS:
        return log1p(x)
    if wanted is ValueScale.COUNTS:
        raise OptionError(f"counts cannot be had from '{given.phrase}'")
    values = linear(x, given)
    if totals is not None:
        values = cp10k(values, totals)
    elif given in (ValueScale.COUNTS, ValueScale.LINEAR):
        raise OptionError("how many counts each cell had in all is not known")
    if wanted in (ValueScale.CP10K, ValueScale.LINEAR):
        return values
    if wanted.is_log1p:
        return log1p(values)
    if wanted in LOG2:
        return np.log2(1 + values)
    raise OptionError(f"how to bring expression on the scale '{wanted.phrase}' is not known")


def _ordered(x: np.ndarray, given: ValueScale) -> np.ndarray:
    if given in (ValueScale.BIN, ValueScale.RANK, ValueScale.OTHER):
        raise OptionError(f"'{given.phrase}' does not tell the order of a cell's genes")
    return x
