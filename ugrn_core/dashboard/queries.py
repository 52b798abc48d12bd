"""Reads of an edge table: DuckDB over Parquet, cached by run and filter, never by a table."""

from __future__ import annotations

import duckdb
import pandas as pd
import streamlit as st

from ugrn_core.experiment import results as shipped
from ugrn_core.experiment.results import Results
from ugrn_core.settings import Settings

_SHOWN = 2_000  # rows of a ranked table on the page; the download has all


def _rows(results: Results, sql: str, *values: object) -> pd.DataFrame:
    with duckdb.connect() as link:
        link.execute("SET threads TO 2")
        return link.execute(sql, [str(results.edges_path), *values]).df()


@st.cache_data(max_entries=256, show_spinner=False)
def ranked(run_id: str, _results: Results, gene: str, side: str) -> pd.DataFrame:
    """Return the edges whose `side` (source or target) is `gene`, best first."""
    column = {"source": "source", "target": "target"}[side]
    return _rows(
        _results,
        f"SELECT * FROM read_parquet(?) WHERE {column} = ? ORDER BY rank LIMIT {_SHOWN}",
        gene,
    )


@st.cache_data(max_entries=512, show_spinner=False)
def pair(run_id: str, _results: Results, source: str, target: str) -> dict | None:
    """Return one edge as a dict of its columns, or None where the pair was not probed."""
    found = _rows(
        _results, "SELECT * FROM read_parquet(?) WHERE source = ? AND target = ?", source, target
    )
    return None if found.empty else found.iloc[0].to_dict()


@st.cache_data(max_entries=64, show_spinner=False)
def summary(run_id: str, _results: Results) -> dict:
    """Return counts of the whole table: pairs, scored (has probabilities), and the top pair."""
    row = _rows(
        _results,
        "SELECT count(*) AS pairs, count(*) FILTER (WHERE NOT isnan(probability)) AS scored, "
        "arg_min(source, rank) AS source, arg_min(target, rank) AS target FROM read_parquet(?)",
    ).iloc[0]
    return {"pairs": int(row.pairs), "scored": int(row.scored) > 0} | {
        "top": (str(row.source), str(row.target))
    }


@st.cache_data(max_entries=8, show_spinner=False)
def everything(run_id: str, _results: Results) -> pd.DataFrame:
    """Return the whole edge table, best first, for downloads."""
    return _rows(_results, "SELECT * FROM read_parquet(?) ORDER BY rank")


@st.cache_data(max_entries=256, show_spinner=False)
def shown_edges(run_id: str, _results: Results, pairs: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return the whole rows of `pairs`, best first."""
    wanted = pd.DataFrame(pairs, columns=["source", "target"])
    with duckdb.connect() as link:
        link.register("wanted", wanted)
        return link.execute(
            "SELECT e.* FROM read_parquet(?) e JOIN wanted USING (source, target) ORDER BY rank",
            [str(_results.edges_path)],
        ).df()


def benchmark(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """Return the measured table, the published one, and the provenance of the measured one."""
    table, about = shipped.benchmark_table(settings)
    return table, shipped.published_table(), about
