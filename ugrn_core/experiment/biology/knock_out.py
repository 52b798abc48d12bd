"""Genes switched off, or turned up, in a virtual cell: what becomes of all the others.

Effect: what the backbone writes for a gene in the cell with the new values, less what it writes in
the cell before. With every other gene masked and one gene driven this is its VVP. Ordinary: the
same for other genes of the panel driven alike, drawn at random or, in a profile, those that are
about as much expressed. A target that answers anybody answers this gene no more than others: z says
how far its answer is from ordinary ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ugrn_core.enrichment.multiple import adjusted
from ugrn_core.enrichment.unlike import unlike
from ugrn_core.errors import GridError, PanelError
from ugrn_core.experiment.biology.virtual_cells import Progress, VirtualCells

DRAWS = 24  # other genes, or groups of genes, driven alike
SEED = 0


@dataclass(frozen=True)
class Drive:
    """What is done. positions: of the genes in the panel. start, end: their value before and
    after; start None for what the background gives each."""

    positions: tuple[int, ...]
    start: float | None
    end: float


@dataclass(frozen=True, eq=False)
class Response:
    """What became of G genes. effect (G,). alone (k, G): each of the k genes driven by itself, the
    others at `start`. ordinary, spread (G,): mean and standard deviation of the effects of `draws`
    groups of as many other genes. Units: the backbone's value scale."""

    drive: Drive
    effect: np.ndarray
    alone: np.ndarray
    ordinary: np.ndarray
    spread: np.ndarray
    draws: int

    @property
    def apart(self) -> tuple[np.ndarray, np.ndarray]:
        """z and p (G,): how far an effect is from ordinary ones, see `unlike`."""
        return unlike(self.effect, self.ordinary, self.spread, self.draws)

    @property
    def beyond_sum(self) -> np.ndarray:
        """(G,): effect less the sum of the genes' own: 0 where they add up."""
        return self.effect - self.alone.sum(axis=0)


def knock_out(
    cells: VirtualCells,
    drive: Drive,
    *,
    draws: int = DRAWS,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Response:
    """Return how every gene of a panel answers when some are set from one value to another.

    The genes that ordinary effects are of are drawn with a fixed seed. Raises PanelError for no
    gene, one named twice or the whole panel, GridError for one value before and after, and what
    `VirtualCells.outputs` raises.
    """
    _check(cells, drive)
    groups = [np.array(drive.positions), *_others(cells, drive, draws)]
    plan = [step for group in groups for step in _before_and_after(cells, drive, group)]
    singles = len(drive.positions) if len(drive.positions) > 1 else 0
    plan += [_one_of(cells, drive, k) for k in range(singles)]
    out = cells.outputs(np.array(plan), progress, should_stop)
    effects = out[1 : 2 * len(groups) : 2] - out[0 : 2 * len(groups) : 2]
    alone = out[2 * len(groups) :] - out[0] if singles else effects[:1]
    others = effects[1:]
    return Response(
        drive=drive,
        effect=effects[0],
        alone=alone,
        ordinary=others.mean(axis=0) if len(others) else np.full(len(cells.panel), np.nan),
        spread=others.std(axis=0, ddof=1) if len(others) > 1 else np.zeros(len(cells.panel)),
        draws=len(others),
    )


def _check(cells: VirtualCells, drive: Drive) -> None:
    count = len(drive.positions)
    if not count or len(set(drive.positions)) < count or count >= len(cells.panel):
        raise PanelError(
            "Name the genes to drive, each once, and fewer than the panel has; "
            f"{count} of {len(cells.panel)} came."
        )
    if drive.start == drive.end:
        raise GridError(
            f"Before and after the genes are at {drive.end:g}: nothing changes. Give another value "
            "before (--start) or after (--end)."
        )


def _others(cells: VirtualCells, drive: Drive, draws: int) -> list[np.ndarray]:
    """Return groups of other genes: for each gene driven one whose value before is as near to its
    own as any `draws` genes' are; where all start alike, any."""
    rng = np.random.default_rng(SEED)
    rest = rng.permutation(np.setdiff1d(np.arange(len(cells.panel)), drive.positions))
    pools = []
    for at in drive.positions:
        apart = np.zeros(len(rest))
        if drive.start is None:
            apart = np.abs(cells.own(rest) - cells.own(np.array([at])))
        pools.append(rest[np.argsort(apart, kind="stable")][: max(draws, len(drive.positions))])
    if len(pools) == 1:  # each other gene once
        return [np.array([k]) for k in pools[0][:draws]]
    return [_one_of_each(pools, rng) for _ in range(draws)]


def _one_of_each(pools: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    chosen: list[int] = []
    for pool in pools:
        free = pool[~np.isin(pool, chosen)]
        chosen += [int(rng.choice(free))] if len(free) else []
    return np.array(chosen)


def _values(cells: VirtualCells, group: np.ndarray, value: float | None) -> dict[int, float]:
    given = cells.own(group) if value is None else np.full(len(group), value)
    return dict(zip(map(int, group), given))


def _before_and_after(cells: VirtualCells, drive: Drive, group: np.ndarray) -> list[np.ndarray]:
    return [cells.cell(_values(cells, group, value)) for value in (drive.start, drive.end)]


def _one_of(cells: VirtualCells, drive: Drive, k: int) -> np.ndarray:
    group = np.array(drive.positions)
    values = _values(cells, group, drive.start) | _values(cells, group[k : k + 1], drive.end)
    return cells.cell(values)


def response_table(response: Response, genes: tuple[str, ...]) -> pd.DataFrame:
    """Return one row a gene that was not driven, the most unusual answer first.

    Columns: `gene`; `effect`, on the backbone's value scale; `direction`, up or down; `z`, its
    distance from ordinary effects on this gene, in their standard deviations, `p` and `q` of that
    (Benjamini-Hochberg over genes); `ordinary`, `spread` of these; with several genes driven
    `beyond_sum`, and `alone_1`, `alone_2`, ..., the effect of each by itself.
    """
    z, p = response.apart
    rest = ~np.isin(np.arange(len(genes)), response.drive.positions)
    table = {
        "gene": list(genes),
        "effect": response.effect,
        "direction": np.where(response.effect >= 0, "up", "down"),
        "z": z,
        "p": p,
        "q": adjusted(np.where(rest, p, np.nan)),
        "ordinary": response.ordinary,
        "spread": response.spread,
    }
    if len(response.drive.positions) > 1:
        table["beyond_sum"] = response.beyond_sum
        table |= {f"alone_{k}": row for k, row in enumerate(response.alone, 1)}
    frame = pd.DataFrame(table)[rest]
    order = np.argsort(-np.abs(frame["z"].fillna(0).to_numpy()), kind="stable")
    return frame.iloc[order].reset_index(drop=True)
