"""Are signs right? Judged on pairs whose sign somebody knows: AUROC, with the interval over
regulators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ugrn_core.benchmark.bootstrap import interval, regulator_weights, weighted_auroc
from ugrn_core.benchmark.metrics import auroc
from ugrn_core.data.own.formats.given import of_bytes
from ugrn_core.data.references.edge_list import EdgeList
from ugrn_core.errors import TableError
from ugrn_core.experiment.biology.listed import human_names
from ugrn_core.experiment.references import adding

REPLICATES = 1000
FEWEST = 10  # pairs of each sign below which nothing is judged
SLOPE = "slope"  # mean GDT: what the column `sign` is the sign of
SIGNAL = (SLOPE, "gdt_peak", "vvp_effect")  # numbers of an edge table that carry a sign


@dataclass(frozen=True)
class Area:
    """An AUROC with its 95 % interval over regulators; low and high NaN with fewer than two."""

    value: float
    low: float
    high: float

    @property
    def tells(self) -> bool:
        """Whether the interval leaves 0.5 out."""
        return bool(self.low > 0.5 or self.high < 0.5)


def area(
    labels: np.ndarray,
    scores: np.ndarray,
    groups: np.ndarray,
    *,
    wide: bool = False,
    seed: int = 0,
) -> Area:
    """Return the AUROC of `scores` (N,) for `labels` (N,) bool, and its interval: `groups` (N,),
    regulators, are drawn with replacement, all pairs of each at once. wide: for few regulators,
    too (see `bootstrap.interval`)."""
    labels, scores = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=float)
    names, index = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        return Area(auroc(labels, scores), float("nan"), float("nan"))
    drawn = regulator_weights(len(names), REPLICATES, np.random.default_rng(seed))
    replicates = weighted_auroc(labels, scores, index, drawn)
    ends = interval(replicates, regulators=len(names) if wide else None)
    return Area(auroc(labels, scores), *ends)


def mean_of(values: np.ndarray, *, seed: int = 0) -> Area:
    """Return the mean of one value a regulator (R,), NaN left out, and its interval over them."""
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return Area(float(values.mean()) if len(values) else float("nan"), np.nan, np.nan)
    rng = np.random.default_rng(seed)
    drawn = values[rng.integers(0, len(values), (REPLICATES, len(values)))].mean(axis=1)
    return Area(float(values.mean()), *interval(drawn))


def signed_pairs(edges: EdgeList, what: str) -> dict[tuple[str, str], int]:
    """Return (source, target) -> +1 or -1, symbols, of the edges whose sign is known. Raises
    TableError where there is none."""
    genes = edges.genes
    known = {
        (genes[a], genes[b]): int(sign) for (a, b), sign in zip(edges.edges, edges.signs) if sign
    }
    if not known:
        raise TableError(
            f"{what} holds no pair whose sign is known: 1 or -1, + or -, activation or repression "
            "were expected in a column called sign."
        )
    return known


def read_signed(path: Path) -> dict[tuple[str, str], int]:
    """Return the pairs of a table of known edges (see `data.references.table`) that have a sign;
    raise MissingDataError or TableError."""
    return signed_pairs(adding.read_file(path).edges, f"The table of signs '{path.name}'")


def signed_of_table(table: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return the same of a table in memory, with the same columns; raise TableError."""
    content = table.to_csv(index=False).encode()
    return signed_pairs(adding.read(of_bytes("table.csv", content)).edges, "The table of signs")


def judged(edges: pd.DataFrame, known: dict[tuple[str, str], int]) -> pd.DataFrame:
    """Return one row a number of the table that carries a sign: how well it tells activation from
    repression among the pairs of `edges` whose sign is known.

    Columns: `number`, as it is and centred (less the mean of the target over all regulators: some
    targets go up with everybody); `pairs`, `activating`, `regulators`; `auroc`, `auroc_low`,
    `auroc_high`; `tells`, whether the interval leaves 0.5 out. Raises TableError with fewer
    than ten pairs of either sign.
    """
    human = human_names(pd.unique(edges[["source", "target"]].to_numpy().ravel()))
    pairs = list(zip(edges["source"].map(human), edges["target"].map(human)))
    signs = np.array([known.get(pair, 0) for pair in pairs])
    there = signs != 0
    up = signs[there] > 0
    if min(up.sum(), (~up).sum()) < FEWEST:
        raise TableError(
            f"Of the pairs with a known sign {int(there.sum())} are in this network, "
            f"{int(up.sum())} of them activating; {FEWEST} of each are needed."
        )
    groups = edges["source"].to_numpy()[there]
    rows = []
    for name, values in _numbers(edges):
        measured_area = area(up, values[there], groups, wide=True)
        rows.append(
            {
                "number": name,
                "pairs": int(there.sum()),
                "activating": int(up.sum()),
                "regulators": len(set(groups)),
                "auroc": measured_area.value,
                "auroc_low": measured_area.low,
                "auroc_high": measured_area.high,
                "tells": measured_area.tells,
            }
        )
    return pd.DataFrame(rows)


def _numbers(edges: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    centred = centred_by_target(edges)
    given = [n for n in SIGNAL if n in edges]
    return [(n, edges[n].to_numpy(dtype=float)) for n in given] + [
        (f"{n}, centred", centred(n)) for n in given
    ]


def centred_by_target(edges: pd.DataFrame) -> Callable[[str], np.ndarray]:
    """Return what gives a column less its mean over all regulators of the same target."""

    def centred(name: str) -> np.ndarray:
        values = edges[name].astype(float)
        return (values - values.groupby(edges["target"]).transform("mean")).to_numpy()

    return centred


def most_negative(edges: pd.DataFrame, count: int = 100, source: str | None = None) -> pd.DataFrame:
    """Return the `count` pairs, of one regulator or of all, whose response is furthest below what
    the target answers other regulators: candidates for repression, which no ranking by probability
    shows.

    Columns of `edges`, and `centred`: the VVP effect less its mean over the target's regulators.
    """
    table = edges.assign(centred=centred_by_target(edges)("vvp_effect"))
    if source is not None:
        table = table[table["source"] == source]
    return table.nsmallest(count, "centred").reset_index(drop=True)
