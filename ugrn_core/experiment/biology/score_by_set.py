"""Which gene sets a pair's score goes through: the part of it that comes from response profiles.

The default translator is a sum over a few numbers of the pair. One of them, how alike the two genes
answer all regulators of the panel, is itself a sum over these (`explain.profile_parts`), so each
regulator, and each gene set of regulators, has an exact share of the log-odds. Sets overlap: shares
of disjoint sets add up. The other numbers are of the pair alone and go through no other gene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.membership import LEAST_BACKGROUND, first_of_each, membership
from ugrn_core.enrichment.multiple import adjusted
from ugrn_core.experiment.biology.listed import human_names
from ugrn_core.experiment.runs.results import ProfileShare

FEWEST = 3  # regulators of a set in the panel


@dataclass(frozen=True, eq=False)
class SharesOfSets:
    """by_regulator: regulator, added (log-odds), the largest first. by_set: see `shares_of_sets`.
    total: what all regulators add."""

    by_regulator: pd.DataFrame
    by_set: pd.DataFrame
    total: float


def shares_of_sets(share: ProfileShare, sets: GeneSets) -> SharesOfSets:
    """Return what each set's regulators add to the log-odds of a pair.

    by_set, the furthest from chance first: `set`; `size`, its regulators in the panel; `added`,
    exact; `expected`, the same of as many regulators drawn at random; `z`, the distance from them,
    in closed form; `p`, two-sided, normal; `q`, Benjamini-Hochberg over sets; `genes`, its
    regulators by what they add. Sets of fewer than FEWEST regulators are left out.
    """
    order = np.argsort(-np.abs(share.added), kind="stable")
    regulators = pd.DataFrame(
        {"regulator": np.array(share.regulators, dtype=object)[order], "added": share.added[order]}
    )
    total = float(share.added.sum())
    if len(share.regulators) < LEAST_BACKGROUND:
        return SharesOfSets(regulators, _table([], share, total), total)
    named = human_names(share.regulators)
    human = [named[g] for g in share.regulators]
    at = first_of_each(human)
    members = membership([human[k] for k in at], sets.sets, smallest=FEWEST)
    places = [(name, at[members.rows(k)]) for k, name in enumerate(members.names)]
    return SharesOfSets(regulators, _table(places, share, total), total)


def _table(named: list[tuple[str, np.ndarray]], share: ProfileShare, total: float) -> pd.DataFrame:
    count = max(1, len(share.added))
    spread = share.added.std(ddof=1) if count > 1 else 0.0
    rows = []
    for name, at in named:
        order = at[np.argsort(-np.abs(share.added[at]), kind="stable")]
        chance = np.sqrt(len(at) * (1 - len(at) / count)) * spread
        added, expected = float(share.added[at].sum()), len(at) * total / count
        rows.append(
            {
                "set": name,
                "size": len(at),
                "added": added,
                "expected": expected,
                "z": (added - expected) / chance if chance > 0 else np.nan,
                "genes": " ".join(share.regulators[k] for k in order),
            }
        )
    columns = ["set", "size", "added", "expected", "z", "p", "q", "genes"]
    frame = pd.DataFrame(rows, columns=[c for c in columns if c not in ("p", "q")])
    frame["p"] = 2 * norm.sf(frame["z"].abs().astype(float))
    frame["q"] = adjusted(frame["p"].to_numpy(dtype=float))
    order = np.argsort(frame["p"].fillna(1.0).to_numpy(), kind="stable")
    return frame[columns].iloc[order].reset_index(drop=True)
