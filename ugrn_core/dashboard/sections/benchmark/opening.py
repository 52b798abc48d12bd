"""Which test the Probe benchmark opens on: the one nearest to what the user is asking about."""

from __future__ import annotations

import pandas as pd

from ugrn_core.dashboard.queries.benchmark import MAIN
from ugrn_core.data.readers.beeline import PREFIX

HEADLINE = "STRING"  # the network that the tables of README and docs begin with


def nearest_first(
    rows: pd.DataFrame, dataset: str | None = None, reference: str | None = None
) -> list[tuple[str, str]]:
    """Return (network, data set) of every test in `rows`, the one to open on first.

    dataset, reference: what the sidebar chose, or None. First come tests in which a probe was
    measured; of these those of that data set and network, then of the network, then of the data
    set; then HEADLINE's; then those that lack hardly a method; then those with most known edges.
    """
    by_test = rows.groupby(["network", "dataset"], sort=False)
    gaps = rows["auprc"].isna().groupby([rows["network"], rows["dataset"]]).sum()
    edges = by_test["n_positives"].max().fillna(0)
    learned = rows[rows["auprc"].notna() & (rows["kind"] == "probe") & rows["probe"].isin(MAIN)]
    measured = set(zip(learned["network"], learned["dataset"]))
    own = (dataset or "").removeprefix(PREFIX)

    def order(test: tuple[str, str]) -> tuple:
        network, name = test
        nearness = 2 * is_network(network, reference) + (name == own)
        lacking = gaps[test] > gaps.min() + 1
        return test not in measured, -nearness, network != HEADLINE, lacking, -edges[test]

    return sorted(dict.fromkeys(zip(rows["network"], rows["dataset"])), key=order)


def is_network(network: str, reference: str | None) -> bool:
    """Whether the benchmark's `network` is the reference network chosen: BEELINE's whole-genome
    networks have its name in theirs."""
    return reference is not None and network.casefold() in reference.casefold()
