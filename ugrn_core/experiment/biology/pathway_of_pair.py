"""Which pathway a pair's response depends on: the same pair in cells that differ by one gene set.

A counterfactual, computed, not estimated. The response of a pair is what is written for the target
when the regulator goes from off to high. It is asked again in a cell in which one gene set (without
the two) is held: shown as expressed where all other genes are masked, switched off where the cell
shows every gene. Any genes change a cell, so random sets of about the same size are held as well:
z says how far a set's change is from theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ugrn_core.enrichment.membership import Membership
from ugrn_core.enrichment.multiple import adjusted
from ugrn_core.enrichment.unlike import unlike
from ugrn_core.errors import PanelError
from ugrn_core.experiment.biology.virtual_cells import Progress, VirtualCells

MOST = 60  # sets asked about: those that hold either gene, then the largest
DRAWS = 8  # random sets of a size
STEP = 1.6  # sizes that differ less share their random sets
SEED = 0


@dataclass(frozen=True)
class Pair:
    """Places of regulator and target in the panel."""

    source: int
    target: int


def held_value(cells: VirtualCells) -> float:
    """Return what the genes of a set are held at: expressed where the others are masked, else
    off."""
    return cells.on if cells.masked else cells.off


def pathways(
    cells: VirtualCells,
    pair: Pair,
    members: Membership,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[float, pd.DataFrame]:
    """Return the response of a pair in the cell as it is, and one row a set, the furthest first.

    members: sets over all genes of the panel, in its order. Columns: `set`; `size`, genes held;
    `holds`, which of the two genes the set has; `response` with the set held; `change` against the
    cell as it is; `share`, change over response; `ordinary` and `spread`, mean and standard
    deviation of the changes by random sets of about that size; `z`, the distance from them, `p` and
    `q` of it (Benjamini-Hochberg over sets). Raises PanelError where the sets are not of this
    panel, and what `VirtualCells.outputs` raises.
    """
    if len(members.genes) != len(cells.panel):
        raise PanelError("The gene sets are not asked of all genes of the panel, in its order.")
    chosen = _chosen(members, pair)
    groups = [_held(members.rows(k), pair) for k in chosen]
    sizes, random = _random_sets(cells, pair, [len(g) for g in groups])
    plan = [np.array([], dtype=int), *groups, *random]
    rows = [cell for group in plan for cell in _before_and_after(cells, pair, group)]
    out = cells.outputs(np.array(rows), progress, should_stop)[:, pair.target]
    responses = out[1::2] - out[0::2]
    base, of_sets = float(responses[0]), responses[1 : 1 + len(groups)]
    others = (responses[1 + len(groups) :] - base).reshape(-1, DRAWS)
    table = _table(members, chosen, groups, pair)
    table["response"], table["change"] = of_sets, of_sets - base
    table["share"] = table["change"] / base if base else np.nan
    near = [int(np.abs(np.log(sizes / len(g))).argmin()) for g in groups]
    table["ordinary"] = [others[k].mean() for k in near]
    table["spread"] = [others[k].std(ddof=1) for k in near]
    table["z"], table["p"] = unlike(table["change"], table["ordinary"], table["spread"], DRAWS)
    table["q"] = adjusted(table["p"].to_numpy())
    order = np.argsort(-np.abs(table["z"].fillna(0).to_numpy()), kind="stable")
    return base, table.iloc[order].reset_index(drop=True)


def _chosen(members: Membership, pair: Pair) -> list[int]:
    """Return which sets are asked about: at most MOST, those with either gene before others."""
    count = len(members.names)
    either = [bool({pair.source, pair.target} & set(members.rows(k))) for k in range(count)]
    order = sorted(range(count), key=lambda k: (not either[k], -members.sizes[k]))
    return [k for k in order if len(_held(members.rows(k), pair))][:MOST]


def _held(rows: np.ndarray, pair: Pair) -> np.ndarray:
    return np.setdiff1d(rows, [pair.source, pair.target])


def _random_sets(
    cells: VirtualCells, pair: Pair, sizes: list[int]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the sizes that random sets are drawn of, and DRAWS sets of each."""
    if not sizes:
        return np.array([1]), []
    steps = 1 + int(np.ceil(np.log(max(sizes) / min(sizes)) / np.log(STEP)))
    wanted = np.unique(np.geomspace(min(sizes), max(sizes), steps).round().astype(int))
    rng = np.random.default_rng(SEED)
    rest = _held(np.arange(len(cells.panel)), pair)
    return wanted, [rng.choice(rest, n, replace=False) for n in wanted for _ in range(DRAWS)]


def _before_and_after(cells: VirtualCells, pair: Pair, group: np.ndarray) -> list[np.ndarray]:
    held = dict.fromkeys(map(int, group), held_value(cells))
    return [cells.cell(held | {pair.source: value}) for value in (cells.off, cells.high)]


def _table(
    members: Membership, chosen: list[int], groups: list[np.ndarray], pair: Pair
) -> pd.DataFrame:
    def holds(k: int) -> str:
        inside = set(members.rows(k))
        names = (("regulator", pair.source), ("target", pair.target))
        return " and ".join(name for name, at in names if at in inside)

    return pd.DataFrame(
        {
            "set": [members.names[k] for k in chosen],
            "size": [len(g) for g in groups],
            "holds": [holds(k) for k in chosen],
        }
    )
