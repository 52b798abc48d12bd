"""BEELINE's data sets and reference networks, from a folder in either layout.

Source: Pratapa et al. 2020, Nature Methods 17:147; GENELink layout: Chen & Liu 2022,
Bioinformatics 38:4522. The grid has 7 data sets x 4 networks, of which 22 exist: LOF/GOF labels
were measured for mESC only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ugrn_core.data.beeline import gene_sets as official
from ugrn_core.data.beeline.layouts import DATASETS, NETWORKS, BeelineLayout, child, find_layout
from ugrn_core.data.csv import csv_columns
from ugrn_core.data.symbols import repair_symbols, respelled
from ugrn_core.errors import MissingDataError, TableError
from ugrn_core.registry import require
from ugrn_core.types import ReferenceNetwork

GENE_SETS = ("TFs+500", "TFs+1000")
IN_BEELINE = " in BEELINE"  # where a name is unknown


@dataclass(frozen=True)
class BeelineCell:
    """One cell of the benchmark's grid."""

    dataset: str
    network: str
    gene_set: str = "TFs+500"


def beeline_cells(folder: str | Path, gene_set: str = "TFs+500") -> list[BeelineCell]:
    """Return the cells that `folder` can serve, data sets within networks (22 when complete).

    Raises MissingDataError when the folder holds no BEELINE data.
    """
    gene_set = require(gene_set, GENE_SETS, "gene set", IN_BEELINE)
    layout = find_layout(folder)
    return [
        BeelineCell(dataset, network, gene_set)
        for network in NETWORKS
        for dataset in DATASETS
        if _exists(layout, dataset, network, gene_set)
    ]


def read_reference(
    folder: str | Path, dataset: str, network: str, gene_set: str = "TFs+500"
) -> ReferenceNetwork:
    """Return the known edges of one cell: genes in file order, regulators = TFs of the gene set.

    Edges are joined by symbol, case ignored where no spelling is the same; that, and doubled lines
    and self-loops that are dropped, is counted in `notes`, damaged symbols are repaired or reported
    there. Raises MissingDataError for a cell that does not
    exist or is not in the folder, TableError for files that contradict themselves.
    """
    gene_set = require(gene_set, GENE_SETS, "gene set", IN_BEELINE)
    dataset = require(dataset, DATASETS, "data set", IN_BEELINE)
    network = require(network, NETWORKS, "network", IN_BEELINE)
    layout = find_layout(folder)
    if not _exists(layout, dataset, network, gene_set):
        raise MissingDataError(_absent(dataset, network, gene_set, layout))
    if _genelink(layout, dataset, network, gene_set) is not None:
        genes, regulators, edges = _read_genelink(_genelink(layout, dataset, network, gene_set))
    else:
        genes, regulators, edges = official.read_cell(layout, dataset, network, gene_set)
    return _network(genes, regulators, edges, BeelineCell(dataset, network, gene_set))


def read_gene_lists(
    layout: BeelineLayout, dataset: str, network: str, gene_set: str = "TFs+500"
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (genes, TFs) of one cell that exists, as its lists name them, damaged symbols
    repaired; no edge is read. Raises MissingDataError or TableError."""
    listed = _genelink(layout, dataset, network, gene_set)
    if listed is None:
        genes, regulators = official.gene_set_symbols(layout, dataset, gene_set)
    else:
        genes, regulators = _genelink_lists(listed)
    renamed = dict(zip(genes, repair_symbols(genes)[0]))
    return tuple(renamed.values()), tuple(renamed.get(r, r) for r in regulators)


def _genelink(layout: BeelineLayout, dataset: str, network: str, gene_set: str) -> Path | None:
    if layout.genelink is None:
        return None
    folder = layout.genelink
    for name in (NETWORKS[network][0], dataset, gene_set):
        folder = child(folder, name)
    return folder if (folder / "Target.csv").is_file() else None


def _exists(layout: BeelineLayout, dataset: str, network: str, gene_set: str) -> bool:
    if _genelink(layout, dataset, network, gene_set) is not None:
        return True
    return official.cell_exists(layout, dataset, network)


def _absent(dataset: str, network: str, gene_set: str, layout: BeelineLayout) -> str:
    if network == "LOF/GOF" and dataset != "mESC":
        return f"{dataset} x LOF/GOF does not exist: LOF/GOF labels were measured for mESC only."
    return (
        f"{layout.folder} does not hold {dataset} x {network} ({gene_set}). "
        "Fetch BEELINE's data, or give the folder that has it."
    )


def _read_genelink(folder: Path) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """By symbol from BL--network.csv where it is there, else by the indices of Label.csv."""
    genes, regulators = _genelink_lists(folder)
    if (folder / "BL--network.csv").is_file():
        sources, targets = csv_columns(folder / "BL--network.csv", ["Gene1", "Gene2"])
        return genes, regulators, list(zip(sources, targets))
    sources, targets = csv_columns(folder / "Label.csv", ["TF", "Target"])
    try:
        edges = [(genes[_index(s)], genes[_index(t)]) for s, t in zip(sources, targets)]
    except (ValueError, IndexError) as error:
        raise TableError(
            f"Label.csv in {folder} has an entry that is no row of Target.csv's {len(genes)} genes "
            f"({error}). Fetch the folder again."
        ) from error
    return genes, regulators, edges


def _genelink_lists(folder: Path) -> tuple[list[str], list[str]]:
    (genes,) = csv_columns(folder / "Target.csv", ["Gene"])
    (regulators,) = csv_columns(folder / "TF.csv", ["TF"])
    return genes, regulators


def _index(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(f"negative index {value}")
    return value


def _spelled(
    named: set[str], renamed: dict[str, str], genes: Collection[str], where: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return name -> as `genes` spell it, and a note where case differs; raise TableError for names
    that are none of them. renamed: damaged symbols, repaired."""
    repaired = {n: renamed.get(n, n) for n in named}
    other = respelled(repaired.values(), genes)
    spelled = {n: other.get(r, r) for n, r in repaired.items()}
    stray = sorted(n for n, s in spelled.items() if s not in genes)
    if stray:
        raise TableError(
            f"{len(stray)} genes of {where} are not in its gene list: {', '.join(stray[:5])[:80]}. "
            "The folder mixes files of different sets: fetch it again."
        )
    shown = ", ".join(f"{a} = {b}" for a, b in sorted(other.items())[:3])
    note = f"{len(other)} symbols joined with case ignored ({shown[:80]})"
    return spelled, (note,) if other else ()


def _network(
    genes: list[str], regulators: list[str], edges: list[tuple[str, str]], cell: BeelineCell
) -> ReferenceNetwork:
    where = f"{cell.dataset} x {cell.network}"
    repaired, notes = repair_symbols(genes)
    renamed = dict(zip(genes, repaired))
    at = {g: k for k, g in enumerate(repaired)}
    if len(at) < len(repaired) or len(genes) < 2:
        raise TableError(f"The gene list of {where} names a gene twice, or fewer than two genes.")
    named = {*regulators, *(g for pair in edges for g in pair)}
    spelled, other = _spelled(named, renamed, at, where)
    pairs = [(spelled[a], spelled[b]) for a, b in edges]
    distinct = list(dict.fromkeys((at[a], at[b]) for a, b in pairs if a != b))
    loops = sum(a == b for a, b in pairs)
    doubled = len(pairs) - loops - len(distinct)
    counts = [(doubled, "repeated lines"), (loops, "self-loops")]
    notes += tuple(f"{n} {what} dropped" for n, what in counts if n)
    notes += other
    if not distinct:
        raise TableError(
            f"No line of {where} names two genes of its gene set of {len(genes)} "
            f"({', '.join(genes[:3])[:60]} ...). Are they spelled otherwise in the network's file?"
        )
    sources = {at[spelled[r]] for r in regulators} | {a for a, _ in distinct}
    return ReferenceNetwork(
        name=cell.network,
        dataset=cell.dataset,
        genes=repaired,
        regulators=np.array(sorted(sources), dtype=np.int64),
        edges=np.array(distinct, dtype=np.int64).reshape(-1, 2),
        species=DATASETS[cell.dataset][0],
        gene_set=cell.gene_set,
        notes=notes,
    )
