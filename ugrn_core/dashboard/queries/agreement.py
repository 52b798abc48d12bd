"""Two rankings of the same pairs, read from edge tables and kept: see `runs.agreement`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries.database import opened
from ugrn_core.experiment.runs.agreement import counted, join

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
        join(link, (first.score, second.score))
        yield link


@st.cache_data(max_entries=32, show_spinner="Comparing")
def agreement(first: Side, second: Side) -> dict:
    """Return `runs.agreement.counted` of the two."""
    with _both(first, second) as link:
        return counted(link)


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
