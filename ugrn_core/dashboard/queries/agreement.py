"""Two rankings of the same pairs, read from edge tables: how far they agree, and where not.

Genes of two data sets are the same when their symbols agree whatever their case. Only pairs that
both rankings hold are compared; ranks are counted anew among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries.database import opened

DEPTHS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
# What ranks a pair; the first is the edge table's own rank.
SCORES = {
    "rank": "rank",
    "vvp_effect": "-abs(vvp_effect)",
    "gdt_peak": "-abs(gdt_peak)",
}
_POINTS = 4_000  # pairs drawn in the rank-rank plot


@dataclass(frozen=True)
class Side:
    """One of the two. path: of its edge table. score: a key of SCORES. title: in words."""

    path: str
    score: str
    title: str


@contextmanager
def _both(first: Side, second: Side) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the table `both`: source, target, a and b (ranks from 1), sign."""
    with opened({"first": first.path, "second": second.path}) as link:
        for name, table, side in (("a", "first", first), ("b", "second", second)):
            key = SCORES[side.score]
            link.execute(f"CREATE TEMP VIEW side_{name} AS SELECT *, {key} AS key FROM {table}")
        link.execute(
            "CREATE TEMP TABLE both_ AS SELECT a.source, a.target, a.sign, b.sign AS sign_b, "
            "a.probability, b.probability AS probability_b, "
            "row_number() OVER (ORDER BY a.key, a.rank) AS a, "
            "row_number() OVER (ORDER BY b.key, b.rank) AS b "
            "FROM side_a a JOIN side_b b "
            "ON upper(a.source) = upper(b.source) AND upper(a.target) = upper(b.target)"
        )
        yield link


@st.cache_data(max_entries=32, show_spinner="Comparing")
def agreement(first: Side, second: Side) -> dict:
    """Return `pairs` in common, `spearman` of their ranks, `signs` (share of equal signs where
    both have one), `signs_by_chance` (the share that both sides' shares of + would give) and
    `overlap`: a table of k, shared (of k), expected by chance."""
    with _both(first, second) as link:
        pairs, spearman, signs, up, up_b = link.execute(
            "SELECT count(*), corr(a, b), avg(CASE WHEN sign <> 0 AND sign_b <> 0 "
            "THEN (sign = sign_b)::INT END), avg((sign > 0)::INT) FILTER (sign <> 0), "
            "avg((sign_b > 0)::INT) FILTER (sign_b <> 0) FROM both_"
        ).fetchone()
        depths = [k for k in DEPTHS if k < pairs] or ([pairs] if pairs else [])
        shared = [
            link.execute("SELECT count(*) FROM both_ WHERE a <= ? AND b <= ?", [k, k]).fetchone()[0]
            for k in depths
        ]
    overlap = pd.DataFrame({"k": depths, "shared": shared})
    overlap["expected"] = overlap["k"].astype(float) ** 2 / max(pairs, 1)
    chance = None if None in (up, up_b) else up * up_b + (1 - up) * (1 - up_b)
    return {"pairs": pairs, "spearman": spearman, "overlap": overlap} | {
        "signs": signs,
        "signs_by_chance": chance,
    }


@st.cache_data(max_entries=32, show_spinner=False)
def top(first: Side, second: Side, k: int) -> pd.DataFrame:
    """Return the pairs that either side has among its best `k`, with `status` shared, first or
    second, `rank` (the better one) and what Drawing.edges asks for."""
    with _both(first, second) as link:
        return link.execute(
            "SELECT source, target, least(a, b) AS rank, a AS rank_first, b AS rank_second, "
            "coalesce(sign, 0) AS sign, probability, probability_b AS probability_second, "
            "CASE WHEN a <= $k AND b <= $k THEN 'shared' WHEN a <= $k THEN 'first' "
            "ELSE 'second' END AS status "
            "FROM both_ WHERE a <= $k OR b <= $k ORDER BY rank, source, target",
            {"k": k},
        ).df()


@st.cache_data(max_entries=32, show_spinner=False)
def ranks(first: Side, second: Side) -> pd.DataFrame:
    """Return source, target, a, b of a fixed sample of pairs, the best of either side included."""
    with _both(first, second) as link:
        return link.execute(
            "SELECT source, target, a, b FROM both_ ORDER BY (a > 200 AND b > 200), "
            "hash(source || target) LIMIT ?",
            [_POINTS],
        ).df()
