"""Which regulators explain a list of genes: their targets hold more of it than of lists alike.

Two questions a regulator. Overlap: how many genes of the list are among its best targets,
hypergeometric against all genes, as ChEA3 asks (Keenan et al. 2019, Nucleic Acids Res 47:W212).
Place: do the list's genes rank higher among all of its targets than those of random lists that are
as popular, gene by gene? Popular genes are everybody's targets, and a list of them would find every
regulator; random lists of the same popularity take that out. Their mean and variance are known in
closed form (drawing without replacement from each stratum), so no list is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from ugrn_core.enrichment.multiple import adjusted
from ugrn_core.enrichment.overrepresentation import chance_of
from ugrn_core.enrichment.ranks import TargetRanks
from ugrn_core.errors import PanelError

FEWEST = 3  # genes of a list among the targets
STRATA = 10  # of popularity
LEVELS = 3  # of expression within a stratum


@dataclass(frozen=True)
class Explained:
    """table: one row a regulator, the best first. genes: those of the list that were used; absent:
    those that are no target here."""

    table: pd.DataFrame
    genes: tuple[str, ...]
    absent: tuple[str, ...]


def strata(ranks: TargetRanks, expression: np.ndarray | None = None) -> np.ndarray:
    """Return (G,) the stratum of each target: STRATA equal parts by popularity, each of LEVELS by
    `expression` (G,) where there is any."""
    by_popularity = parts(ranks.popularity, min(STRATA, max(1, len(ranks.genes) // 10)))
    if expression is None:
        return by_popularity
    levels = min(LEVELS, max(1, len(ranks.genes) // (STRATA * 10)))
    within = np.zeros(len(by_popularity), dtype=int)
    for part in np.unique(by_popularity):
        rows = np.flatnonzero(by_popularity == part)
        within[rows] = parts(np.asarray(expression, dtype=float)[rows], levels)
    return by_popularity * levels + within


def parts(values: np.ndarray, count: int) -> np.ndarray:
    """Return (N,) the part of each value, 0 the lowest: `count` parts of about one size."""
    order = rankdata(np.nan_to_num(values), method="ordinal") - 1
    return (order * count // len(values)).astype(int)


def explaining(
    ranks: TargetRanks,
    listed: tuple[str, ...],
    *,
    top: int,
    expression: np.ndarray | None = None,
) -> Explained:
    """Return the regulators that explain `listed`, symbols of the network's targets.

    top: best targets of each regulator that count as its targets. expression: (G,) mean expression
    of the targets, to match by.

    Columns of the table: `regulator`; `overlap` with its `top` best targets, `expected` by chance,
    `p_overlap` and `q_overlap`; `place`, the mean place of the list among its targets (0 to 1, 1 is
    best), `place_alike`, that of random lists as popular, `z`, `p` (one-sided, normal) and `q`
    (Benjamini and Hochberg over regulators); `mean_rank` of the two orders, by which rows are
    sorted; `degree`; `in_list`; `genes`, those of the list among its best targets. A regulator is
    never its own target. Raises PanelError for fewer than FEWEST genes.
    """
    wanted = set(listed)
    absent = tuple(g for g in dict.fromkeys(listed) if g not in set(ranks.genes))
    chosen = np.array([g in wanted for g in ranks.genes])
    if chosen.sum() < FEWEST:
        raise PanelError(
            f"A list needs {FEWEST} genes or more that are targets of this network; "
            f"{int(chosen.sum())} of {len(wanted)} are. Probe a panel that holds the list's genes."
        )
    table = _overlaps(ranks, chosen, top) | _places(ranks, chosen, strata(ranks, expression))
    frame = pd.DataFrame({"regulator": list(ranks.regulators), **table})
    frame["q_overlap"], frame["q"] = adjusted(frame["p_overlap"]), adjusted(frame["p"])
    orders = [rankdata(frame["p_overlap"]), rankdata(frame["p"].fillna(1.0))]
    frame["mean_rank"] = np.mean(orders, axis=0)
    frame["degree"] = ranks.degree
    frame["in_list"] = [r in wanted for r in ranks.regulators]
    frame = frame.sort_values(["mean_rank", "p"], kind="stable").reset_index(drop=True)
    order = ["regulator", "mean_rank", "overlap", "expected", "p_overlap", "q_overlap"]
    order += ["place", "place_alike", "z", "p", "q", "degree", "in_list", "genes"]
    used = tuple(g for g in dict.fromkeys(listed) if g not in set(absent))
    return Explained(frame[order], used, absent)


def _overlaps(ranks: TargetRanks, chosen: np.ndarray, top: int) -> dict:
    """Return overlap, expected, p_overlap and genes, (R,) each."""
    there = np.isfinite(ranks.rank)
    best = np.array([ranks.best(row, top) for row in range(len(ranks.regulators))])
    overlap = (best & chosen).sum(axis=1)
    listed, total, picked = (there & chosen).sum(axis=1), there.sum(axis=1), best.sum(axis=1)
    genes = np.array(ranks.genes, dtype=object)
    inside = best & chosen
    return {
        "overlap": overlap,
        "expected": listed * picked / np.maximum(total, 1),
        "p_overlap": chance_of(overlap, listed, picked, total),
        "genes": [
            " ".join(genes[at][np.argsort(row[at], kind="stable")])
            for at, row in zip(inside, ranks.rank)
        ],
    }


def _places(ranks: TargetRanks, chosen: np.ndarray, part_of: np.ndarray) -> dict:
    """Return place, place_alike, z and p, (R,) each."""
    place, there = np.nan_to_num(ranks.place), np.isfinite(ranks.place)
    count = len(ranks.regulators)
    expected, variance = np.zeros(count), np.zeros(count)
    for part in np.unique(part_of[chosen]):
        inside = there & (part_of == part)
        total = inside.sum(axis=1)
        drawn = (inside & chosen).sum(axis=1)
        mean = (place * inside).sum(axis=1) / np.maximum(total, 1)
        spread = (((place - mean[:, None]) ** 2) * inside).sum(axis=1) / np.maximum(total - 1, 1)
        expected += drawn * mean
        variance += drawn * spread * (1 - drawn / np.maximum(total, 1))
    sums, listed = (place * (there & chosen)).sum(axis=1), (there & chosen).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (sums - expected) / np.sqrt(variance)
        z = np.where(variance > 1e-12, z, np.nan)
        means = sums / listed, expected / listed
    return {"place": means[0], "place_alike": means[1], "z": z, "p": norm.sf(z)}
