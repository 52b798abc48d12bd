"""Which regulators explain a list of genes, where of each its best targets alone are known (an
atlas): the overlap, against random lists that are as popular, exactly.

Popular genes are among everybody's best targets. So the overlap is compared with that of lists
drawn at random with as many genes of each stratum of popularity: a sum of hypergeometric counts,
whose distribution is their convolution. No list is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import rankdata

from ugrn_core.enrichment.alike import chance_alike
from ugrn_core.enrichment.explaining import FEWEST, STRATA, Explained
from ugrn_core.enrichment.multiple import adjusted
from ugrn_core.enrichment.overrepresentation import chance_of
from ugrn_core.errors import PanelError, TableError


@dataclass(frozen=True, eq=False)
class BestTargets:
    """R regulators and their best targets among G genes. table (R, G) sparse 0/1; top: how many of
    each count."""

    regulators: tuple[str, ...]
    genes: tuple[str, ...]
    table: sparse.csr_matrix
    top: int

    @cached_property
    def popularity(self) -> np.ndarray:
        """(G,): of how many regulators a gene is a best target."""
        return np.asarray(self.table.sum(axis=0)).ravel()

    @cached_property
    def stratum(self) -> np.ndarray:
        """(G,): genes of about the same popularity; those of nobody are one stratum."""
        known = self.popularity > 0
        out = np.zeros(len(self.genes), dtype=int)
        order = rankdata(self.popularity[known], method="ordinal") - 1
        out[known] = 1 + (order * STRATA // max(1, known.sum())).astype(int)
        return out


def best_targets_of(edges: pd.DataFrame, genes: Sequence[str], top: int) -> BestTargets:
    """Return the `top` best targets of each regulator of an edge table (source, target, rank) whose
    genes are `genes`; raise TableError without a row."""
    if edges.empty:
        raise TableError("This atlas holds no pair. Make it again: `python -m ugrn_core atlas`.")
    first = edges.sort_values("rank", kind="stable").groupby("source", sort=True).head(top)
    place = {gene: k for k, gene in enumerate(genes)}
    names = tuple(sorted(first["source"].unique()))
    row = {name: k for k, name in enumerate(names)}
    at = first["source"].map(row).to_numpy(), first["target"].map(place).to_numpy()
    shape = (len(names), len(genes))
    return BestTargets(
        names, tuple(genes), sparse.csr_matrix((np.ones(len(first)), at), shape=shape), top
    )


def explaining_best(best: BestTargets, listed: Sequence[str]) -> Explained:
    """Return the regulators whose best targets hold more of `listed`, symbols of `best.genes`, than
    of random lists as popular.

    Columns of the table: `regulator`; `overlap` with its best targets, `expected` by chance,
    `p_overlap` and `q_overlap` (hypergeometric against all genes); `expected_alike`, of random
    lists as popular, `p` (exact, one-sided) and `q` (Benjamini and Hochberg over regulators);
    `mean_rank` of the two orders, by which rows are sorted; `in_list`; `genes`. A regulator is no
    target of its own. Raises PanelError for fewer than FEWEST genes.
    """
    wanted, here = set(listed), set(best.genes)
    chosen = _listed(best, wanted)
    own = np.array([r in wanted for r in best.regulators])
    overlap = np.asarray(best.table @ chosen.astype(float)).ravel().astype(int)
    picked = np.asarray(best.table.sum(axis=1)).ravel().astype(int)
    inside, total = chosen.sum() - own, len(best.genes) - 1
    expected, p = _against_alike(best, chosen, overlap)
    frame = pd.DataFrame(
        {
            "regulator": list(best.regulators),
            "overlap": overlap,
            "expected": inside * picked / total,
            "p_overlap": chance_of(overlap, inside, picked, total),
            "expected_alike": expected,
            "p": p,
            "in_list": own,
            "genes": _genes(best, chosen),
        }
    )
    frame["q_overlap"], frame["q"] = adjusted(frame["p_overlap"]), adjusted(frame["p"])
    orders = [rankdata(frame[name]) for name in ("p_overlap", "p")]
    frame["mean_rank"] = np.mean(orders, axis=0)
    frame = frame.sort_values(["mean_rank", "p"], kind="stable").reset_index(drop=True)
    order = ["regulator", "mean_rank", "overlap", "expected", "p_overlap", "q_overlap"]
    order += ["expected_alike", "p", "q", "in_list", "genes"]
    used = tuple(g for g in dict.fromkeys(listed) if g in here)
    return Explained(frame[order], used, tuple(g for g in dict.fromkeys(listed) if g not in here))


def _listed(best: BestTargets, wanted: set[str]) -> np.ndarray:
    """Return (G,) bool: is a gene of the list? Raises PanelError for too few."""
    chosen = np.array([g in wanted for g in best.genes])
    if chosen.sum() < FEWEST:
        raise PanelError(
            f"A list needs {FEWEST} genes or more that the atlas knows; {int(chosen.sum())} of "
            f"{len(wanted)} are."
        )
    return chosen


def _against_alike(
    best: BestTargets, chosen: np.ndarray, overlap: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean overlap of lists as popular, and the chance of `overlap` or more, (R,) each:
    a regulator's own gene counts as one that it cannot have."""
    drawn = np.bincount(best.stratum[chosen], minlength=best.stratum.max() + 1)
    sizes = np.bincount(best.stratum, minlength=len(drawn))
    marks = sparse.csr_matrix(
        (np.ones(len(best.genes)), (np.arange(len(best.genes)), best.stratum))
    )
    of_each = np.asarray((best.table @ marks).todense()).astype(int)  # (R, strata)
    return chance_alike(of_each, sizes, drawn, overlap)


def _genes(best: BestTargets, chosen: np.ndarray) -> list[str]:
    names = np.array(best.genes, dtype=object)
    rows = best.table.multiply(chosen[None].astype(float)).tocsr()
    rows.eliminate_zeros()
    return [" ".join(names[rows[k].indices]) for k in range(len(best.regulators))]
