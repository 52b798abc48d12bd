"""Are a set's genes more often among the chosen ones than chance would have it? Hypergeometric."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from ugrn_core.enrichment.membership import Membership
from ugrn_core.enrichment.multiple import adjusted


def chance_of(
    overlap: np.ndarray, size: np.ndarray, chosen: np.ndarray | int, background: np.ndarray | int
) -> np.ndarray:
    """Return P(X >= overlap), X hypergeometric: `chosen` genes drawn from `background`, of which
    `size` are a set's; one-sided, in (0, 1]."""
    return hypergeom.sf(np.asarray(overlap) - 1, background, size, chosen)


def overrepresented(members: Membership, chosen: np.ndarray) -> pd.DataFrame:
    """Return one row a set, the smallest p first.

    chosen: (G,) bool, over the background's genes. Columns: `set`; `size`, its genes in the
    background; `overlap`, those of them that are chosen; `expected` by chance; `fold`, overlap over
    expected; `p`, one-sided hypergeometric (Fisher's exact test, as Enrichr); `q`, Benjamini and
    Hochberg over all sets tested; `genes`, the overlap.
    """
    chosen = np.asarray(chosen, dtype=bool)
    size, picked, total = members.sizes, int(chosen.sum()), len(members.genes)
    overlap = np.asarray(members.table.T @ chosen.astype(float)).ravel().astype(int)
    expected = size * picked / total
    p = chance_of(overlap, size, picked, total)
    with np.errstate(invalid="ignore", divide="ignore"):
        fold = np.where(expected > 0, overlap / expected, np.nan)
    frame = pd.DataFrame(
        {
            "set": list(members.names),
            "size": size,
            "overlap": overlap,
            "expected": expected,
            "fold": fold,
            "p": p,
            "q": adjusted(p),
            "genes": [members.members(k, chosen) for k in range(len(members.names))],
        }
    )
    return frame.sort_values(["p", "fold"], ascending=[True, False], kind="stable").reset_index(
        drop=True
    )
