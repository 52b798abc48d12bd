"""One value scale for every data set: counts per 10,000 of a cell, log1p taken at the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from ugrn_core.data.value_scales import LARGEST_LOG, are_counts, cp10k, look_logged
from ugrn_core.errors import TableError

KNOWN_KINDS = (
    *("counts", "UMI counts", "read counts", "normalised counts", "CPM", "TPM", "FPKM", "RPKM"),
    *("log1p", "log2(TPM+1)", "log2(TPM/10+1)", "log10(counts+1)", "log10 normalised counts"),
)
ENOUGH = 200  # values that tell a scale
_UNIT = r"(?:x|counts?|umis?|umi counts|read counts|[tcfr]pk?m|cp10k|cp1?0?k|counts per [\d,]+)"
_LINEAR = re.compile(
    r"(?:raw |integer |linear |normali[sz]ed |expected |estimated )?"
    rf"(?:{_UNIT}|umi|reads?|raw|linear|counts per (?:10k|million))(?: counts)?"
)
_LOG = re.compile(rf"(log2|log10|ln|log|loge)\({_UNIT}(?:/(\d+))?\+1\)")
_LOG1P = re.compile(rf"(?:log1p|ln1p)(?:\(\s*{_UNIT}\s*\)| (?:of )?(?:normali[sz]ed )?{_UNIT})?")
_LOG_NORMALISED = re.compile(r"(log2|log10) normali[sz]ed counts")
_INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log2": lambda x: np.exp2(x) - 1,
    "log10": lambda x: np.power(10, x) - 1,
    "ln": np.expm1,
    "log": np.expm1,
    "loge": np.expm1,
}


def inverse(kind: str) -> Callable[[np.ndarray], np.ndarray] | None:
    """Return what takes values of a value_kind to a linear scale; None for a kind not known.

    The unit does not matter, since every cell is brought to one sum; the logarithm does. Nor do
    case, underscores, and a remark in brackets after a linear kind.
    """
    text = " ".join(kind.casefold().replace("_", " ").split())
    tight = re.sub(r"\s*([(+/)])\s*", r"\1", text)
    if match := _LOG.fullmatch(tight):
        back, divisor = _INVERSES[match[1]], int(match[2] or 1)
        return back if divisor == 1 else lambda x: divisor * back(x)
    if _LOG1P.fullmatch(tight) or _LOG1P.fullmatch(text):
        return np.expm1
    if match := _LOG_NORMALISED.fullmatch(text):
        return _INVERSES[match[1]]
    bare = re.sub(r"\s*\((?!.*log)[^()]*\)$", "", text)
    return _unchanged if _LINEAR.fullmatch(bare) else None


def _unchanged(x: np.ndarray) -> np.ndarray:
    return x


def is_linear(kind: str) -> bool:
    """Return whether values of a known value_kind are on a linear scale."""
    return inverse(kind) is _unchanged


def contradiction(values: np.ndarray, kind: str) -> str:
    """Return what in the values (zeros left out) contradicts a known `kind`; empty for nothing.

    Few values tell no scale: below ENOUGH only what no logarithm can be is told.
    """
    if not len(values) or not np.isfinite(values).all() or (values < 0).any():
        return ""  # told elsewhere
    largest = float(values.max())
    if is_linear(kind):
        if len(values) >= ENOUGH and look_logged(values):
            return f"they are fractions up to {largest:.3g}, as logarithms are"
    elif largest > LARGEST_LOG:
        return f"they go up to {largest:.6g}, more than a logarithm can be"
    elif len(values) >= ENOUGH and are_counts(values):
        return "they are whole numbers, as counts are"
    return ""


def to_linear(x: sp.csr_matrix, kind: str, path: Path) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return the cells of `x` (C, n) that express anything, each summing to 10,000, and which of
    the C they are (bool); `kind` is the index's value_kind.

    Raises TableError, naming `path`, for an unknown kind, for negative or non-finite values, and
    for values that cannot be of that kind.
    """
    back = inverse(kind)
    if back is None:
        raise TableError(f"'{path}': value_kind '{kind[:40]}' is not known.")
    values = x.data.astype(np.float32)
    if wrong := contradiction(values[values != 0], kind):
        raise TableError(
            f"'{path}': the index says its values are '{kind[:40]}', but {wrong}. Correct "
            "value_kind, or name the right matrix in the column matrix (X, raw/X, layers/NAME)."
        )
    with np.errstate(over="ignore"):
        x = sp.csr_matrix((back(values), x.indices, x.indptr), x.shape)
    if not np.isfinite(x.data).all() or (x.data < 0).any():
        raise TableError(f"'{path}' holds negative or non-finite values: not expression.")
    total = np.asarray(x.sum(1)).ravel()
    return cp10k(x, total)[total > 0], total > 0


def log1p_columns(
    names: Sequence[str | None], index: Mapping[str, int]
) -> tuple[np.ndarray, sp.csr_matrix]:
    """Return the vocabulary ids (m,) of `names` and the (n, m) matrix that sums columns of one
    symbol; names that are None are left out."""
    columns = np.array([k for k, n in enumerate(names) if n is not None], dtype=np.int64)
    ids, position = np.unique([index[names[k]] for k in columns], return_inverse=True)
    ones = np.ones(len(columns), np.float32)
    return ids, sp.csr_matrix((ones, (columns, position)), shape=(len(names), len(ids)))
