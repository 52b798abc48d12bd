"""The table `edges` of a run: its own file, what other backbones say, and what references know.

References come and go while a run stays, so what they know is joined when it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from ugrn_core.experiment.references.known import Known
from ugrn_core.experiment.runs.edges import TOP_PERCENT


def make_edges(
    link: duckdb.DuckDBPyConnection, others: Sequence[str], known: Known, signs: bool = True
) -> None:
    """Make the view `edges` of `t0`, the run's own table.

    others: names of the tables of other backbones' runs; with any, n_backbones counts in how many,
    the run's among them, a pair is among the best TOP_PERCENT. in_<name>: of `known`, where the
    run's own table has no such column. signs: False empties the column `sign`.
    """
    more, joins = [], []
    if others:
        top = f"percentile > {100 - TOP_PERCENT}"
        tables = ("t0", *others)
        more = [
            " + ".join(f"coalesce(({t}.{top})::INTEGER, 0)" for t in tables) + " AS n_backbones"
        ]
        joins = [f"LEFT JOIN {t} USING (source, target)" for t in others]
    own = {name for name, *_ in link.execute("DESCRIBE t0").fetchall()}
    columns = [f"in_{name}" for name in known.names if f"in_{name}" not in own]
    if columns and len(known.frame):
        link.register("known_pairs", known.arrow)
        named = ['"' + c.replace('"', '""') + '"' for c in columns]
        more += [f"coalesce(known_pairs.{c}, FALSE) AS {c}" for c in named]
        joins.append("LEFT JOIN known_pairs USING (source, target)")
    text = "".join(f", {column}" for column in more)
    own_columns = "t0.*" if signs else "t0.* REPLACE (CAST(NULL AS TINYINT) AS sign)"
    link.execute(f"CREATE TEMP VIEW edges AS SELECT {own_columns}{text} FROM t0 {' '.join(joins)}")
