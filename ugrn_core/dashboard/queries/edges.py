"""Reads of an edge table: DuckDB over Parquet, cached by run and filter, never by a table.

Where other backbones were asked the same, `n_backbones` counts in how many, this one among them,
a pair is among the best TOP_PERCENT of all: it is made here, since those runs come and go.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries.database import opened
from ugrn_core.dashboard.queries.known import make_edges
from ugrn_core.experiment.references.known import NOTHING, Known
from ugrn_core.experiment.runs.edges import TOP_PERCENT
from ugrn_core.experiment.runs.results import Results

_Tables = tuple[str, ...]  # Parquet files: the run's own, then those of other backbones


def _tables(results: Results) -> _Tables:
    return tuple(map(str, (results.edges_path, *results.others)))


@dataclass(frozen=True, eq=False)
class _Beside:
    """What the rows of a run are shown with: known pairs, and whether signs are."""

    known: Known
    signs: bool = True


def _beside(results: Results) -> tuple[str, _Beside]:
    """Return a text that is another when the second is another, and that."""
    beside = _Beside(results.known, results.signs_shown)
    return f"{beside.known.digest} {beside.signs}", beside


def _rows(
    tables: _Tables, beside: _Beside, sql: str, *values: object, **frames: pd.DataFrame
) -> pd.DataFrame:
    """Return what `sql` finds in `edges`: see `known.make_edges`."""
    with opened({f"t{k}": path for k, path in enumerate(tables)}) as link:
        for name, frame in frames.items():
            link.register(name, frame)
        make_edges(link, [f"t{k}" for k in range(1, len(tables))], beside.known, beside.signs)
        return link.execute(sql, list(values)).df()


def ranked(results: Results, gene: str, side: str) -> pd.DataFrame:
    """Return the edges whose `side` (source or target) is `gene`, best first."""
    column = {"source": "source", "target": "target"}[side]
    return _ranked(_tables(results), *_beside(results), gene, column)


@st.cache_data(max_entries=256, show_spinner=False)
def _ranked(tables: _Tables, stamp: str, _with: _Beside, gene: str, column: str) -> pd.DataFrame:
    return _rows(tables, _with, f"SELECT * FROM edges WHERE {column} = ? ORDER BY rank", gene)


def pair(results: Results, source: str, target: str) -> dict | None:
    """Return one edge as a dict of its columns, or None where the pair was not probed."""
    return _pair(_tables(results), *_beside(results), source, target)


@st.cache_data(max_entries=512, show_spinner=False)
def _pair(tables: _Tables, stamp: str, _with: _Beside, source: str, target: str) -> dict | None:
    condition = "SELECT * FROM edges WHERE source = ? AND target = ?"
    rows = _rows(tables, _with, condition, source, target)
    return None if rows.empty else rows.iloc[0].to_dict()


@st.cache_data(max_entries=256, show_spinner=False)
def best_of(run_id: str, _results: Results, gene: str) -> dict | None:
    """Return the best edge of `gene`, as regulator or target; None where it has none."""
    rows = _rows(
        (str(_results.edges_path),),
        _Beside(NOTHING, _results.signs_shown),
        "SELECT * FROM edges WHERE source = ? OR target = ? ORDER BY rank LIMIT 1",
        gene,
        gene,
    )
    return None if rows.empty else rows.iloc[0].to_dict()


@st.cache_data(max_entries=64, show_spinner=False)
def summary(run_id: str, _results: Results) -> dict:
    """Return counts of the whole table: pairs that were asked, kept (rows: of an atlas its best),
    scored (has probabilities), best_signs (sign ->
    share of the best TOP_PERCENT that have it), and the top pair."""
    best = f"WHERE percentile > {100 - TOP_PERCENT}"
    row = _rows(
        (str(_results.edges_path),),
        _Beside(NOTHING),
        "SELECT count(*) AS kept, "
        f"avg((sign > 0)::INT) FILTER ({best}) AS up, "
        f"avg((sign < 0)::INT) FILTER ({best}) AS down, "
        "count(*) FILTER (WHERE NOT isnan(probability)) AS scored, "
        "arg_min(source, rank) AS source, arg_min(target, rank) AS target FROM edges",
    ).iloc[0]
    return {"pairs": _results.provenance["n_pairs"], "kept": int(row.kept)} | {
        "scored": int(row.scored) > 0,
        "best_signs": {1: float(row.up), -1: float(row.down)},
        "top": (str(row.source), str(row.target)),
    }


def everything(results: Results) -> pd.DataFrame:
    """Return the whole edge table, best first, for downloads."""
    return _everything(_tables(results), *_beside(results))


@st.cache_data(max_entries=8, show_spinner=False)
def _everything(tables: _Tables, stamp: str, _with: _Beside) -> pd.DataFrame:
    return _rows(tables, _with, "SELECT * FROM edges ORDER BY rank")


def shown_edges(results: Results, pairs: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return the whole rows of `pairs`, best first."""
    return _shown(_tables(results), *_beside(results), pairs)


@st.cache_data(max_entries=256, show_spinner=False)
def _shown(
    tables: _Tables, stamp: str, _with: _Beside, pairs: tuple[tuple[str, str], ...]
) -> pd.DataFrame:
    return _rows(
        tables,
        _with,
        "SELECT edges.* FROM edges JOIN wanted USING (source, target) ORDER BY rank",
        wanted=pd.DataFrame(pairs, columns=["source", "target"]),
    )
