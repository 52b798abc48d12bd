"""A list of genes against a network: which of them it knows, and which regulators explain them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ugrn_core.data.gene_names import current_symbol, meanings
from ugrn_core.data.readers.base import Dataset
from ugrn_core.enrichment.explaining import FEWEST, Explained, explaining
from ugrn_core.enrichment.explaining_best import BestTargets, explaining_best
from ugrn_core.enrichment.ranks import TargetRanks
from ugrn_core.errors import PanelError, UnknownNameError
from ugrn_core.experiment.catalog import datasets
from ugrn_core.settings import Settings

TOP = 50  # best targets of a regulator, at least; or TOP_PART of all
TOP_PART = 0.1


def usual_top(ranks: TargetRanks) -> int:
    """Return how many best targets of each regulator count as its own: a tenth, 50 at least."""
    return min(max(TOP, round(TOP_PART * len(ranks.genes))), max(1, len(ranks.genes) // 2))


def human_names(genes: Iterable[str]) -> dict[str, str]:
    """Return a network's symbols -> approved human symbol: of a mouse gene its ortholog's."""
    named = {}
    for gene in genes:
        symbols = {m.symbol for m in meanings(gene) if m.how != "alias"}
        named[gene] = symbols.pop() if len(symbols) == 1 else gene
    return named


def in_network(
    entries: Sequence[str], genes: Sequence[str], named: Mapping[str, str] | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the symbols of a network's `genes` that `entries` mean, under any of their names, each
    once; and the entries that mean none.

    named: symbol of the network -> approved human symbol, where they differ.
    """
    human = {(named or {}).get(g, current_symbol(g)).casefold(): g for g in reversed(genes)}
    own = {g.casefold(): g for g in genes}
    inside: dict[str, None] = {}
    absent = []
    for entry in dict.fromkeys(entries):
        symbols = [entry, current_symbol(entry), *(m.symbol for m in meanings(entry))]
        hits = [own.get(s.casefold()) or human.get(s.casefold()) for s in symbols]
        hit = next((h for h in hits if h), None)
        if hit is None:
            absent.append(entry)
        else:
            inside[hit] = None
    return tuple(inside), tuple(absent)


def expression_of(dataset: Dataset, genes: Sequence[str]) -> np.ndarray | None:
    """Return the mean expression (G,) of a network's `genes` in the cells of its data set, 0 where
    one is not measured, to match random lists by; None for a data set without cells."""
    cells = dataset.expression
    if cells is None:
        return None
    means = dict(zip(cells.genes, cells.mean_profile()))
    return np.array([means.get(g, 0.0) for g in genes])


def expression_by_name(
    name: str | None, genes: Sequence[str], settings: Settings
) -> np.ndarray | None:
    """Return the same of the data set called `name`; None where none on this machine is."""
    if not name:
        return None
    try:
        dataset = datasets.open_dataset(datasets.named(name, settings), settings)
    except UnknownNameError:  # a list of one's own
        return None
    return expression_of(dataset, genes)


def explained(
    entries: Sequence[str],
    ranks: TargetRanks,
    *,
    named: Mapping[str, str] | None = None,
    top: int | None = None,
    expression: np.ndarray | None = None,
) -> Explained:
    """Return the regulators that explain a list of genes (see `explaining`).

    top: best targets that count as a regulator's own (default: `usual_top`). expression: (G,) of
    the network's targets, to match random lists by. Raises PanelError where too few of the list
    are targets of the network.
    """
    inside, absent = in_network(entries, ranks.genes, named)
    _check(inside, absent, "targets of this network", "Probe a panel that holds the list's genes.")
    answer = explaining(ranks, inside, top=top or usual_top(ranks), expression=expression)
    return Explained(answer.table, answer.genes, absent)


def _check(inside: Sequence[str], absent: Sequence[str], what: str, way: str) -> None:
    """Raise PanelError for a list with too few genes, saying which entries are none."""
    if len(inside) >= FEWEST:
        return
    lost = f" ({', '.join(a[:40] for a in absent[:5])}{', ...' if len(absent) > 5 else ''})"
    raise PanelError(
        f"A list needs {FEWEST} genes or more that are {what}; of {len(inside) + len(absent):,} "
        f"{len(inside):,} are, {len(absent):,} are not{lost if absent else ''}. {way}"
    )


def explained_by_best(
    entries: Sequence[str], best: BestTargets, *, named: Mapping[str, str] | None = None
) -> Explained:
    """Return the regulators of an atlas that explain a list of genes (see `explaining_best`);
    raise PanelError where too few of the list are its genes."""
    inside, absent = in_network(entries, best.genes, named)
    _check(inside, absent, "genes of this atlas", "Check how they are written.")
    answer = explaining_best(best, inside)
    return Explained(answer.table, answer.genes, absent)
