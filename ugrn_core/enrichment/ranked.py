"""Do a set's genes rank high, or low, in a whole list of scores? Wilcoxon's rank-sum test.

The null is that the genes' labels are permuted: what a permutation test draws, in closed form.
Genes of a pathway go together, so the test rejects more often than it says where a score follows
any common axis of expression: that is what the controls beside it are for.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata, tiecorrect

from ugrn_core.enrichment.membership import Membership
from ugrn_core.enrichment.multiple import adjusted

LEADING = 20  # genes named of each set: its highest, or its lowest


def ranked(members: Membership, scores: np.ndarray) -> pd.DataFrame:
    """Return one row a set, the smallest p first. scores: (G,) of the background's genes, finite.

    Columns: `set`; `size`; `auroc`, the chance that a gene of the set scores higher than another
    (0.5 by chance, above: high); `direction`, +1 high, -1 low; `z`; `p`, two-sided, normal
    approximation with ties and continuity as scipy's `mannwhitneyu(method="asymptotic")`; `q`,
    Benjamini and Hochberg; `genes`, its up to 20 genes furthest that way.
    """
    scores = np.asarray(scores, dtype=float)
    ranks = rankdata(scores)
    size, total = members.sizes.astype(float), len(scores)
    above = np.asarray(members.table.T @ ranks).ravel() - size * (size + 1) / 2
    pairs = size * (total - size)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(tiecorrect(ranks) * pairs * (total + 1) / 12)
        away = above - pairs / 2
        z = np.sign(away) * np.maximum(np.abs(away) - 0.5, 0) / spread
        area = above / pairs
    p = np.where(spread > 0, np.minimum(1.0, 2 * norm.sf(np.abs(z))), np.nan)
    direction = np.where(area >= 0.5, 1, -1)
    frame = pd.DataFrame(
        {
            "set": list(members.names),
            "size": size.astype(int),
            "auroc": area,
            "direction": direction,
            "z": z,
            "p": p,
            "q": adjusted(p),
            "genes": [_furthest(members, k, scores * d) for k, d in enumerate(direction)],
        }
    )
    order = np.lexsort((-np.abs(frame["z"].to_numpy()), frame["p"].to_numpy()))
    return frame.iloc[order].reset_index(drop=True)


def _furthest(members: Membership, k: int, scores: np.ndarray) -> str:
    rows = members.rows(k)
    best = rows[np.argsort(-scores[rows], kind="stable")][:LEADING]
    return " ".join(members.genes[row] for row in best)
