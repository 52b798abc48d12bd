"""BEELINE's official layout: gene sets are derived, as its generateExpInputs.py derives them.

The rule: genes ordered by p-value of variability (GeneOrdering.csv, first column), kept when
p < 0.01 / number of genes (Bonferroni); all TFs among them, plus the 500 or 1000 most variable
other genes (second column). The network is then restricted to those genes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pandas as pd

from ugrn_core.data.beeline.layouts import DATASETS, NETWORKS, BeelineLayout, child
from ugrn_core.data.csv import csv_columns, csv_form, csv_header
from ugrn_core.data.symbols import repair_symbols, respelled
from ugrn_core.errors import MissingDataError, TableError

P_VALUE = 0.01
# Columns by what they are called, whatever their case; the symbols' has no name in BEELINE's files.
P_COLUMNS = ("vgampvalue", "pvalue", "p-value", "p_value", "p")
VARIANCE_COLUMNS = ("variance", "var")
SYMBOL_COLUMNS = ("", "gene", "genes", "symbol", "gene_symbol", "unnamed: 0")
TF_COLUMNS = ("tf", "tfs", "gene", "symbol")
LINES_AT_ONCE = 500_000  # the mESC ChIP-seq network has 6.3 million lines


def cell_exists(layout: BeelineLayout, dataset: str, network: str) -> bool:
    """Return whether expression, gene ordering, TF list and network of the cell are there."""
    if layout.inputs is None or layout.networks is None or layout.tables is None:
        return False
    folder = child(layout.inputs, dataset)
    files = [child(folder, n) for n in ("ExpressionData.csv", "GeneOrdering.csv")]
    files.append(_tf_file(layout, dataset))
    return all(f.is_file() for f in files) and network_file(layout, dataset, network) is not None


def _tf_file(layout: BeelineLayout, dataset: str) -> Path:
    return child(layout.tables, f"{DATASETS[dataset][0]}-tfs.csv")


def network_file(layout: BeelineLayout, dataset: str, network: str) -> Path | None:
    """Return the network's file (.csv or .csv.gz, spelling of the name in any case), or None."""
    species, cells = DATASETS[dataset]
    wanted = NETWORKS[network][1].format(cells=cells).casefold()
    folder = child(layout.networks, species)
    if not folder.is_dir():
        return None
    names = {f"{wanted}.csv", f"{wanted}.csv.gz"}
    hits = sorted(f for f in folder.iterdir() if f.name.casefold() in names)
    return hits[0] if hits else None


def gene_set_symbols(
    layout: BeelineLayout, dataset: str, gene_set: str
) -> tuple[list[str], list[str]]:
    """Return (genes, TFs) of `TFs+<n>`: variable TFs first, then the n most variable others.

    Files are joined by symbol, case ignored where no spelling is the same. Raises MissingDataError
    or TableError for files that are absent, not as BEELINE writes them, or have no gene in common.
    """
    if layout.inputs is None or layout.tables is None:
        raise MissingDataError(f"{layout.folder} lacks 'inputs/scRNA-Seq' or the TF lists.")
    folder, tf_file = child(layout.inputs, dataset), _tf_file(layout, dataset)
    table = _ordering(child(folder, "GeneOrdering.csv"))
    cells = child(folder, "ExpressionData.csv")
    measured = _in_common(_measured(cells, _stamp(cells)), table.index, cells.name, dataset)
    tfs = _in_common(_tf_names(tf_file), table.index, tf_file.name, dataset)
    table = table[table.index.isin(measured) & ~table.index.duplicated()]
    table = table[table["p"] < P_VALUE / max(len(table), 1)]
    is_tf = table.index.isin(tfs)
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


def _ordering(path: Path) -> pd.DataFrame:
    """Return p and variance by symbol, the columns taken by their names."""
    header = csv_header(path)
    at = [_column(header, names) for names in (P_COLUMNS, VARIANCE_COLUMNS, SYMBOL_COLUMNS)]
    if None in at:
        shown = ", ".join(f"'{h[:20]}'" for h in header[:6])
        raise TableError(
            f"{path.name} needs the columns VGAMpValue and Variance beside that of the symbols; "
            f"it has {shown}."
        )
    p_values, variances, symbols = csv_columns(path, at)
    try:
        numbers = {"p": pd.to_numeric(p_values), "variance": pd.to_numeric(variances)}
    except ValueError as error:
        raise TableError(f"{path} holds a non-number: {error}.") from error
    return pd.DataFrame(numbers, index=symbols)


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    folded = [h.strip().casefold() for h in header]
    return next((folded.index(n) for n in names if n in folded), None)


def _tf_names(path: Path) -> list[str]:
    header = csv_header(path)
    at = _column(header, TF_COLUMNS)
    if at is None and len(header) > 1:
        raise TableError(f"{path.name} needs the column TF; it has {', '.join(header[:6])[:100]}.")
    (names,) = csv_columns(path, [at or 0], header=at is not None)  # a bare list has no header
    return names


def _in_common(names: Iterable[str], symbols: Iterable[str], file: str, dataset: str) -> set[str]:
    """Return those of `names` that are `symbols` of GeneOrdering.csv, as spelled there."""
    names = list(names)
    other = respelled(names, symbols)
    common = {other.get(n, n) for n in names} & set(symbols)
    if not common:
        shown = ", ".join(names[:3])[:60]
        raise TableError(
            f"{file} and GeneOrdering.csv of {dataset} have no gene in common ({shown} and "
            f"{', '.join(list(symbols)[:3])[:60]}). Fetch BEELINE's data again."
        )
    return common


def read_cell(
    layout: BeelineLayout, dataset: str, network: str, gene_set: str
) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Return (genes, TFs, edges by symbol) of one cell: the edges of the network between genes of
    the set, symbols as spelled in the network's file."""
    genes, tfs = gene_set_symbols(layout, dataset, gene_set)
    return genes, tfs, list(_edges(network_file(layout, dataset, network), frozenset(genes)))


@lru_cache(maxsize=8)
def _edges(path: Path, genes: frozenset[str]) -> tuple[tuple[str, str], ...]:
    edges: list[tuple[str, str]] = []
    folded = {g.casefold() for g in genes}
    columns = ["Gene1", "Gene2"]
    try:
        delimiter, encoding = csv_form(path)
        chunks = pd.read_csv(
            path,
            sep=delimiter,
            encoding=encoding,
            usecols=lambda name: name.strip().casefold() in ("gene1", "gene2"),
            dtype=str,
            na_filter=False,
            chunksize=LINES_AT_ONCE,
        )
        for chunk in chunks:
            chunk = chunk.rename(columns=lambda name: name.strip().capitalize())
            if sorted(chunk.columns) != columns:
                header = ", ".join(csv_header(path)[:6])[:100]
                raise TableError(f"{path.name} needs the columns Gene1 and Gene2; it has {header}.")
            for column in columns:
                chunk[column] = _repaired(chunk[column].str.strip(), genes)
            inside = chunk["Gene1"].str.casefold().isin(folded)
            inside &= chunk["Gene2"].str.casefold().isin(folded)
            edges += list(chunk.loc[inside, columns].itertuples(index=False, name=None))
    except (ValueError, OSError, EOFError) as error:
        raise TableError(f"{path.name} cannot be read as a network: {error}.") from error
    return tuple(edges)


def _repaired(column: pd.Series, genes: frozenset[str]) -> pd.Series:
    odd = [s for s in column.unique() if s[:1].isdigit() or s[3:4] == "-"]
    repaired = dict(zip(odd, repair_symbols(odd, genes)[0]))
    return column.replace({k: v for k, v in repaired.items() if k != v})
