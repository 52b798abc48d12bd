"""An edge table judged against known edges, by the benchmark's own protocol.

Letters: R regulators, G genes of the network of known edges, E known edges.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import judge
from ugrn_core.errors import TableError
from ugrn_core.types import ReferenceNetwork

PROBABILITY = "probability"
SCORES = (PROBABILITY, "vvp_effect", "gdt_peak")


def known_edges(known: pd.DataFrame, frame: pd.DataFrame) -> ReferenceNetwork:
    """Return the known edges (columns source, target) among the pairs that `frame` scores.

    Symbols are the same whatever their case. Raises TableError where a column is missing or no
    known edge is left.
    """
    for name, table in (("known edges", known), ("network", frame)):
        lacking = [c for c in ("source", "target") if c not in table.columns]
        if lacking:
            raise TableError(
                f"A table of {name} has the columns source and target; {', '.join(lacking)} is "
                f"missing of {', '.join(map(str, table.columns[:8]))}. Rename its columns."
            )
    sources = list(dict.fromkeys(frame["source"].astype(str)))
    genes = tuple(dict.fromkeys([*sources, *frame["target"].astype(str)]))
    at = {g.casefold(): k for k, g in enumerate(genes)}
    ends = [[at.get(str(g).casefold(), -1) for g in known[end]] for end in ("source", "target")]
    pairs = np.array(ends, dtype=np.int64).T.reshape(-1, 2)
    among = (pairs >= 0).all(axis=1) & (pairs[:, 0] < len(sources)) & (pairs[:, 0] != pairs[:, 1])
    edges = np.unique(pairs[among], axis=0)
    if not len(edges):
        raise TableError(
            f"None of the {len(known):,} known edges joins a regulator and a gene of the network "
            f"({len(sources):,} and {len(genes):,}). Give edges among its genes."
        )
    driven = np.arange(len(sources))
    return ReferenceNetwork("given", "given", genes, regulators=driven, edges=edges)


def judged(
    frame: pd.DataFrame,
    network: ReferenceNetwork,
    protocols: Iterable[Protocol],
    score: str | None = None,
) -> pd.DataFrame:
    """Return one row a protocol (see `protocol.judge`): how well `frame` ranks the known edges.

    score: what ranks a pair, larger magnitude being better, one of SCORES; None: the probability
    where there is one, else the table's own rank. Pairs the table does not hold are unscored and
    rank last; genes it does not hold at all are left out before negatives are drawn.
    """
    scores, scoreable = _scores(frame, network, score)
    rows = [judge(evaluation_set(network, p, None, scoreable), scores) for p in protocols]
    return pd.DataFrame(rows)


def _scores(
    frame: pd.DataFrame, network: ReferenceNetwork, score: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (R, G) in the network's order, NaN where there is none, and (G,) which genes
    the table holds."""
    if score is None:
        has = PROBABILITY in frame and frame[PROBABILITY].notna().any()
        values = frame[PROBABILITY] if has else -frame["rank"]
    elif score in SCORES and score in frame:
        values = frame[score].abs()
    else:
        there = [s for s in SCORES if s in frame]
        raise TableError(f"A network is ranked by {', '.join(there)}; '{score}' came.")
    column = {g.casefold(): k for k, g in enumerate(network.genes)}
    row = {network.genes[g].casefold(): k for k, g in enumerate(network.regulators)}
    rows = np.array([row.get(str(g).casefold(), -1) for g in frame["source"]], dtype=np.int64)
    columns = np.array([column.get(str(g).casefold(), -1) for g in frame["target"]], dtype=np.int64)
    there = (rows >= 0) & (columns >= 0)
    scores = np.full((len(row), len(column)), np.nan)
    scores[rows[there], columns[there]] = values.to_numpy(dtype=float)[there]
    held = {str(g).casefold() for end in ("source", "target") for g in frame[end].unique()}
    return scores, np.array([g.casefold() in held for g in network.genes])
