"""How one backbone's scores stand on known networks: counts of tests, from the shipped tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ugrn_core.dashboard.queries import benchmark as rows_of
from ugrn_core.dashboard.queries.benchmark import MAIN, Choice
from ugrn_core.experiment.catalog.backbones import CONTROL

_TEST = ["network", "dataset"]


@dataclass(frozen=True)
class Standing:
    """Of one network: `tests` with a number, of these `above` chance (the whole 95 % interval). Of
    those compared with co-expression in the training data (corpus SVD, a paired interval),
    `compared`: `ahead` and `behind` for certain; the others are level."""

    network: str
    tests: int
    above: int
    compared: int
    ahead: int
    behind: int


def standings(table: pd.DataFrame, backbone: str, source: str) -> list[Standing]:
    """Return one a network, in the table's order: `backbone`'s main method under matched negatives,
    all genes, translators of `source`; none where the backbone was never judged."""
    mine, shown = rows_of.of_backbone(table, backbone)
    if shown != backbone.removesuffix(CONTROL):
        return []
    choice = Choice(
        sampling="matched", genes="all", recipe="centred", gene_set="TFs+500", source=source
    )
    rows = rows_of.chosen_rows(mine, choice)
    rows = rows[(rows["kind"] == "probe") & rows["auprc"].notna()]
    probe = next((p for p in MAIN if (rows["probe"] == p).any()), None)
    main = rows[rows["probe"] == probe].drop_duplicates(_TEST)
    return [_standing(str(name), group) for name, group in main.groupby("network", sort=False)]


def _standing(network: str, rows: pd.DataFrame) -> Standing:
    low, high = (_column(rows, f"gain_over_corpus_svd_{end}") for end in ("low", "high"))
    return Standing(
        network=network,
        tests=len(rows),
        above=int((rows["auprc_low"] > rows["prevalence"]).sum()),
        compared=int(low.notna().sum()),
        ahead=int((low > 0).sum()),
        behind=int((high < 0).sum()),
    )


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    missing = pd.Series(float("nan"), index=rows.index)
    return pd.to_numeric(rows[name]) if name in rows else missing
