"""The part of a network to draw, with counts at the cut, read from the edge table."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries.database import opened
from ugrn_core.dashboard.queries.known import make_edges
from ugrn_core.experiment.runs.results import Results

_FEW = 150  # missed edges drawn at most
_COLUMNS = "source, target, probability, rank, percentile, sign"


@dataclass(frozen=True)
class Cut:
    """What to show: around `centre` (None: the whole network), `depth` 1 or 2, `most` edges.

    score: probability or percentile. least: edges below it are cut. reference: a column
    `in_<reference>` of the table, or None.
    """

    centre: str | None
    depth: int
    most: int
    score: str
    least: float
    reference: str | None = None


@dataclass(frozen=True)
class Neighbourhood:
    """`edges` to draw (with `status` under a reference) and counts of all edges above the cut.

    known, judged, hits: reference edges in scope, edges above the cut whose regulator the
    reference covers, and those of them it holds; zero without a reference. missed: known edges
    below the cut, of which `edges` holds the best.
    """

    edges: pd.DataFrame
    above: int
    known: int = 0
    judged: int = 0
    hits: int = 0
    missed: int = 0


def neighbourhood(run_id: str, results: Results, cut: Cut) -> Neighbourhood:
    """Return what to draw for `cut`, at most `cut.most` edges, the best ones."""
    return _neighbourhood(run_id, results.known.digest, results, cut)


@st.cache_data(max_entries=128, show_spinner=False)
def _neighbourhood(run_id: str, digest: str, _results: Results, cut: Cut) -> Neighbourhood:
    with opened({"t0": _results.edges_path}) as link:
        make_edges(link, (), _results.known, _results.signs_shown)
        scope, values = _scope(link, cut)
        score = {"probability": "probability", "percentile": "percentile"}[cut.score]
        passes = f"{scope} AND {score} >= ?"
        edges = _best(link, passes, [*values, cut.least], cut)
        above = _count(link, passes, [*values, cut.least])
        if cut.reference is None:
            return Neighbourhood(edges, above)
        name = '"in_' + cut.reference.replace('"', '""') + '"'
        covered = f"source IN (SELECT source FROM edges WHERE {name})"
        missed = f"{scope} AND {name} AND NOT {score} >= ?"
        few = _select(link, f"{missed} ORDER BY rank LIMIT {_FEW}", [*values, cut.least])
        hit = _select(link, f"{passes} AND {name}", [*values, cut.least], "source, target")
        hits = set(zip(hit["source"], hit["target"]))
        pairs = zip(edges["source"], edges["target"])
        edges["status"] = ["hit" if p in hits else "extra" for p in pairs]
        return Neighbourhood(
            edges=pd.concat([edges, few.assign(status="missed")], ignore_index=True),
            above=above,
            known=_count(link, f"{scope} AND {name}", values),
            judged=_count(link, f"{passes} AND {covered}", [*values, cut.least]),
            hits=len(hits),
            missed=_count(link, missed, [*values, cut.least]),
        )


def _best(link, passes: str, values: list, cut: Cut) -> pd.DataFrame:
    """Return the best edges that pass; up to half of them are the centre's own: a hub two steps
    away would leave no room for what was asked about."""
    if cut.centre is None or cut.depth == 1:
        return _select(link, f"{passes} ORDER BY rank LIMIT {int(cut.most)}", values)
    own = "(source = ? OR target = ?)"
    first = f"SELECT rank FROM edges WHERE {passes} AND {own} ORDER BY rank LIMIT {cut.most // 2}"
    centre = [cut.centre, cut.centre]
    order = f"ORDER BY rank IN ({first}) DESC, rank LIMIT {int(cut.most)}"
    edges = _select(link, f"{passes} {order}", [*values, *values, *centre])
    return edges.sort_values("rank", ignore_index=True)


def _scope(link: duckdb.DuckDBPyConnection, cut: Cut) -> tuple[str, list]:
    """Return the condition of edges around the centre, and its values."""
    if cut.centre is None:
        return "TRUE", []
    if cut.depth == 1:
        return "(source = ? OR target = ?)", [cut.centre, cut.centre]
    score = cut.score
    near = link.execute(
        "SELECT DISTINCT unnest([source, target]) AS gene FROM (SELECT source, target FROM edges "
        f"WHERE (source = ? OR target = ?) AND {score} >= ? ORDER BY rank LIMIT 40)",
        [cut.centre, cut.centre, cut.least],
    ).fetchall()
    genes = [g for (g,) in near] or [cut.centre]
    return "(list_contains(?, source) OR list_contains(?, target))", [genes, genes]


def _select(link, condition: str, values: list, columns: str = _COLUMNS) -> pd.DataFrame:
    return link.execute(f"SELECT {columns} FROM edges WHERE {condition}", values).df()


def _count(link, condition: str, values: list) -> int:
    return link.execute(f"SELECT count(*) FROM edges WHERE {condition}", values).fetchone()[0]
