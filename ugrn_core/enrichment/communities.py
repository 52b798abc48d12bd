"""Which gene sets the communities of a drawn network are of, beside groups of genes alike.

What is drawn are the best edges, so its genes are regulators and popular targets, and any group of
such genes has much of some sets. Each community is compared with random groups that hold as many
regulators of each degree and as many genes of each popularity: what they have as much of, such as
ribosomes for everybody, says nothing of this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from ugrn_core.enrichment.alike import chance_alike
from ugrn_core.enrichment.explaining import STRATA, parts
from ugrn_core.enrichment.membership import Membership, membership
from ugrn_core.enrichment.multiple import adjusted
from ugrn_core.enrichment.overrepresentation import overrepresented
from ugrn_core.enrichment.ranks import TargetRanks

LEAST = 5  # genes of a community
DEGREES = 5  # parts of the regulators, by their degree


def gene_strata(genes: Sequence[str], ranks: TargetRanks) -> np.ndarray:
    """Return (G,) the stratum of each gene of a panel: regulators in up to DEGREES parts by their
    degree, all others in up to STRATA by their popularity."""
    degree = dict(zip(ranks.regulators, ranks.degree))
    popularity = dict(zip(ranks.genes, ranks.popularity))
    drives = np.array([g in degree for g in genes])
    out = np.zeros(len(genes), dtype=int)
    begin = 0
    for rows, values, most in ((drives, degree, DEGREES), (~drives, popularity, STRATA)):
        if not rows.any():
            continue
        count = min(most, max(1, int(rows.sum()) // 10))
        numbers = np.array([values.get(g, 0.0) for g, here in zip(genes, rows) if here])
        out[rows] = begin + parts(numbers.astype(float), count)
        begin += count
    return out


def community_sets(
    groups: Mapping[str, int],
    panel: Sequence[str],
    named: Mapping[str, str],
    sets: Mapping[str, Collection[str]],
    ranks: TargetRanks | None = None,
) -> pd.DataFrame:
    """Return the sets over-represented in each community, the smallest q first.

    groups: gene -> community. panel: symbols of all genes; named: symbol -> human symbol; sets:
    name -> human symbols. Columns of `overrepresented`
    with q over all rows; `community` and `genes_in`, its size; with `ranks` also `overlap_alike`,
    the mean of random groups alike (`gene_strata`), and `alike`, the share of these that have as
    much: exact, small where the set is this community's own.
    """
    human = [named.get(g, g) for g in panel]
    members = membership(human, sets)
    own: dict[str, str] = {}
    for gene, name in zip(panel, human):
        own.setdefault(name, gene)
    stratum = None if ranks is None else gene_strata([own[g] for g in members.genes], ranks)
    tables = []
    for group in sorted(set(groups.values())):
        inside = {named.get(g, g) for g, k in groups.items() if k == group}
        chosen = np.array([g in inside for g in members.genes])
        if chosen.sum() < LEAST:
            continue
        table = overrepresented(members, chosen)
        if stratum is not None:
            table = _beside_alike(table, members, chosen, stratum)
        tables.append(table.assign(community=group, genes_in=int(chosen.sum())))
    if not tables:
        return pd.DataFrame(columns=["community", "genes_in", "set", "q"])
    whole = pd.concat(tables, ignore_index=True)
    whole["q"] = adjusted(whole["p"].to_numpy())
    return whole.sort_values(["q", "p"], kind="stable").reset_index(drop=True)


def _beside_alike(
    table: pd.DataFrame, members: Membership, chosen: np.ndarray, stratum: np.ndarray
) -> pd.DataFrame:
    """Return `table` with overlap_alike and alike, of groups with as many genes of each stratum."""
    sizes = np.bincount(stratum)
    drawn = np.bincount(stratum[chosen], minlength=len(sizes))
    marks = sparse.csr_matrix(
        (np.ones(len(stratum)), (np.arange(len(stratum)), stratum)),
        shape=(len(stratum), len(sizes)),
    )
    inside = np.asarray((members.table.T @ marks).todense())
    overlap = np.asarray(members.table.T @ chosen.astype(float)).ravel().astype(int)
    expected, p = chance_alike(inside, sizes, drawn, overlap)
    more = pd.DataFrame({"set": list(members.names), "overlap_alike": expected, "alike": p})
    joined = table.merge(more, on="set", how="left", validate="one_to_one")
    return joined[[c for c in joined if c != "genes"] + ["genes"]]
