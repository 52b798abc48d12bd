"""BEELINE's official layout: gene sets are derived, as its generateExpInputs.py derives them.

The rule: genes ordered by p-value of variability (GeneOrdering.csv, first column), kept when
p < 0.01 / number of genes (Bonferroni); all TFs among them, plus the 500 or 1000 most variable
other genes (second column). The network is then restricted to those genes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from ugrn_core.data.beeline.layouts import DATASETS, NETWORKS, BeelineLayout
from ugrn_core.data.csv import csv_columns
from ugrn_core.data.symbols import repair_symbols
from ugrn_core.errors import MissingDataError, TableError

P_VALUE = 0.01
LINES_AT_ONCE = 500_000  # the mESC ChIP-seq network has 6.3 million lines


def cell_exists(layout: BeelineLayout, dataset: str, network: str) -> bool:
    """Return whether expression, gene ordering, TF list and network of the cell are there."""
    if layout.inputs is None or layout.networks is None or layout.tables is None:
        return False
    species = DATASETS[dataset][0]
    files = [layout.inputs / dataset / n for n in ("ExpressionData.csv", "GeneOrdering.csv")]
    files.append(layout.tables / f"{species}-tfs.csv")
    return all(f.is_file() for f in files) and network_file(layout, dataset, network) is not None


def network_file(layout: BeelineLayout, dataset: str, network: str) -> Path | None:
    """Return the network's file (.csv or .csv.gz, spelling of the name in any case), or None."""
    species, cells = DATASETS[dataset]
    wanted = NETWORKS[network][1].format(cells=cells).casefold()
    folder = layout.networks / species
    if not folder.is_dir():
        return None
    names = {f"{wanted}.csv", f"{wanted}.csv.gz"}
    hits = sorted(f for f in folder.iterdir() if f.name.casefold() in names)
    return hits[0] if hits else None


def gene_set_symbols(
    layout: BeelineLayout, dataset: str, gene_set: str
) -> tuple[list[str], list[str]]:
    """Return (genes, TFs) of `TFs+<n>`: variable TFs first, then the n most variable others.

    Raises MissingDataError or TableError for files that are absent or not as BEELINE writes them.
    """
    if layout.inputs is None or layout.tables is None:
        raise MissingDataError(f"{layout.folder} lacks 'inputs/scRNA-Seq' or the TF lists.")
    folder = layout.inputs / dataset
    symbols, p_values, variances = csv_columns(folder / "GeneOrdering.csv", [0, 1, 2])
    measured = _measured(folder / "ExpressionData.csv", _stamp(folder / "ExpressionData.csv"))
    (tfs,) = csv_columns(layout.tables / f"{DATASETS[dataset][0]}-tfs.csv", [0])
    try:
        table = pd.DataFrame(
            {"p": pd.to_numeric(p_values), "variance": pd.to_numeric(variances)}, index=symbols
        )
    except ValueError as error:
        raise TableError(f"GeneOrdering.csv of {dataset} holds a non-number: {error}.") from error
    table = table[table.index.isin(measured) & ~table.index.duplicated()]
    table = table[table["p"] < P_VALUE / max(len(table), 1)]
    is_tf = table.index.isin(set(tfs))
    others = table[~is_tf].sort_values("variance", ascending=False, kind="stable")
    most = int(gene_set.removeprefix("TFs+"))
    variable_tfs = list(table.index[is_tf])
    return variable_tfs + list(others.index[:most]), variable_tfs


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        return path.stat().st_size, path.stat().st_mtime_ns
    except OSError:
        return None  # absent: reading it says so


@lru_cache(maxsize=8)
def _measured(path: Path, stamp: tuple[int, int] | None) -> frozenset[str]:
    """The genes of a file of cells: its first column, read once while the file stays the same."""
    (genes,) = csv_columns(path, [0])
    return frozenset(genes)


def read_cell(
    layout: BeelineLayout, dataset: str, network: str, gene_set: str
) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Return (genes, TFs, edges by symbol) of one cell; edges restricted to the gene set."""
    genes, tfs = gene_set_symbols(layout, dataset, gene_set)
    edges = _edges(network_file(layout, dataset, network), frozenset(genes))
    return genes, tfs, list(edges)


@lru_cache(maxsize=8)
def _edges(path: Path, genes: frozenset[str]) -> tuple[tuple[str, str], ...]:
    kept: list[tuple[str, str]] = []
    try:
        chunks = pd.read_csv(
            path, usecols=[0, 1], dtype=str, na_filter=False, chunksize=LINES_AT_ONCE
        )
        for chunk in chunks:
            if list(chunk.columns) != ["Gene1", "Gene2"]:
                raise TableError(f"{path.name} should start with 'Gene1,Gene2'.")
            for column in chunk:
                chunk[column] = _repaired(chunk[column], genes)
            inside = chunk["Gene1"].isin(genes) & chunk["Gene2"].isin(genes)
            kept += list(chunk[inside].itertuples(index=False, name=None))
    except (ValueError, OSError, EOFError) as error:
        raise TableError(f"{path.name} cannot be read as a network: {error}.") from error
    return tuple(kept)


def _repaired(column: pd.Series, genes: frozenset[str]) -> pd.Series:
    odd = [s for s in column.unique() if s[:1].isdigit() or s[3:4] == "-"]
    repaired = dict(zip(odd, repair_symbols(odd, genes)[0]))
    return column.replace({k: v for k, v in repaired.items() if k != v})
