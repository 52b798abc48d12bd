"""Two rankings of the same pairs: how far they agree, counted in DuckDB for pages and scripts.

Genes of two data sets are the same when their symbols agree whatever their case. Only pairs that
both rankings hold are compared; ranks are counted anew among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import duckdb

DEPTHS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
# What ranks a pair; the first is the edge table's own rank.
SCORES = {
    "rank": "rank",
    "vvp_effect": "-abs(vvp_effect)",
    "gdt_peak": "-abs(gdt_peak)",
}


def join(link: duckdb.DuckDBPyConnection, scores: tuple[str, str]) -> None:
    """Make, of the edge tables `first` and `second` on `link`, the table `both_`: source, target, a
    and b (ranks from 1 by `scores`, keys of SCORES), sign and probability, those of the second as
    sign_b and probability_b."""
    for name, table, score in (("a", "first", scores[0]), ("b", "second", scores[1])):
        key = SCORES[score]
        link.execute(f"CREATE TEMP VIEW side_{name} AS SELECT *, {key} AS key FROM {table}")
    link.execute(
        "CREATE TEMP TABLE both_ AS SELECT a.source, a.target, a.sign, b.sign AS sign_b, "
        "a.probability, b.probability AS probability_b, "
        "row_number() OVER (ORDER BY a.key, a.rank) AS a, "
        "row_number() OVER (ORDER BY b.key, b.rank) AS b "
        "FROM side_a a JOIN side_b b "
        "ON upper(a.source) = upper(b.source) AND upper(a.target) = upper(b.target)"
    )


def counted(link: duckdb.DuckDBPyConnection) -> dict:
    """Return of what `join` made: `pairs` in common, `spearman` of their ranks, `signs` (share of
    equal signs where both have one), `signs_by_chance` (the share that both sides' shares of +
    would give) and `overlap`: a table of k, shared (of k), expected by chance."""
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


def compared(
    first: pd.DataFrame, second: pd.DataFrame, scores: tuple[str, str] = ("rank", "rank")
) -> tuple[pd.DataFrame, dict]:
    """Return the pairs that two edge tables share, the best in either first, and `counted`.

    Columns: source, target (as the first spells them), rank_first, rank_second (1 the best among
    the shared), sign_first, sign_second, probability_first, probability_second. The tables need
    source, target, rank, sign, probability and what `scores` name.
    """
    import duckdb

    with duckdb.connect(config={"threads": 1}) as link:
        link.register("first", first)
        link.register("second", second)
        join(link, scores)
        frame = link.execute(
            "SELECT source, target, a AS rank_first, b AS rank_second, sign AS sign_first, "
            "sign_b AS sign_second, probability AS probability_first, "
            "probability_b AS probability_second FROM both_ "
            "ORDER BY least(a, b), a, source, target"
        ).df()
        return frame, counted(link)
