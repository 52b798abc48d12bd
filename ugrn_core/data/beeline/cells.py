"""Cells of BEELINE's data sets: expression and pseudotime, where the folder has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ugrn_core.data.beeline.gene_sets import gene_set_symbols
from ugrn_core.data.beeline.layouts import DATASETS, BeelineLayout, child, find_layout
from ugrn_core.data.cells.expression import check_expression
from ugrn_core.data.csv import csv_columns, csv_header
from ugrn_core.data.own.formats.given import of_path
from ugrn_core.data.own.formats.tables import read_text
from ugrn_core.data.symbols import repair_symbols, respelled
from ugrn_core.errors import TableError
from ugrn_core.registry import require
from ugrn_core.types import Expression, ValueScale

OFFICIAL = "ExpressionData.csv"  # name of the file in the official layout


def read_expression(
    folder: str | Path, dataset: str, genes: tuple[str, ...] = (), gene_set: str = "TFs+500"
) -> Expression | None:
    """Return the cells of one data set (log2 scale, not negative), or None where there are none.

    genes: symbols to look for when repairing damaged ones (a network's genes). The official layout
    holds all genes; those of `gene_set` are read. Pseudotime, where there is any, is the
    annotation `pseudotime` (NaN for cells without); of several lineages it is the mean, and each
    has an annotation under its own name.
    """
    dataset = require(dataset, DATASETS, "data set", " in BEELINE")
    layout = find_layout(folder)
    path = cells_path(layout, dataset)
    if path is None:
        return None
    known = tuple(genes)
    if path.name == OFFICIAL:
        known = known or tuple(gene_set_symbols(layout, dataset, gene_set)[0])
    table = read_text(*of_path(path))
    names, cells, values = list(table.rows), table.columns, table.values.toarray()
    repaired, notes = _joined(names, known, f"{path.name} of {dataset}")
    if path.name == OFFICIAL:
        keep = np.flatnonzero(np.isin(repaired, known))
        repaired, values = tuple(repaired[k] for k in keep), values[keep]
        notes = tuple(n for n in notes if "repaired to" not in n or n.split()[-1] in set(repaired))
    check_expression(repaired, cells, values, path.name)
    return Expression(
        name=dataset,
        genes=tuple(repaired),
        cells=cells,
        values=np.ascontiguousarray(values, dtype=np.float32),
        scale=ValueScale.LOG2_NORMALISED,
        species=DATASETS[dataset][0],
        annotations=_pseudotime(layout, dataset, cells),
        notes=notes,
    )


def cells_path(layout: BeelineLayout, dataset: str) -> Path | None:
    """Return the file with a data set's cells, or None where there is none."""
    shared = _first(layout.expression, (f"{dataset}.csv", f"{dataset}.csv.gz"))
    return shared or _first(layout.inputs and child(layout.inputs, dataset), (OFFICIAL,))


def _joined(
    names: list[str], known: tuple[str, ...], where: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return `names` as `known` spells them, and what was made of them; raise TableError where none
    is known."""
    repaired, notes = repair_symbols(names, known)
    other = respelled(repaired, known)
    repaired = tuple(other.get(g, g) for g in repaired)
    if known and not set(known) & set(repaired):
        raise TableError(
            f"{where} and its networks have no gene in common ({', '.join(repaired[:3])[:60]} and "
            f"{', '.join(known[:3])[:60]}). Fetch them again."
        )
    more = (f"{len(other)} symbols of {where} joined with case ignored",) if other else ()
    return repaired, (*notes, *more)


def _first(folder: Path | None, names: tuple[str, ...]) -> Path | None:
    files = [child(folder, n) for n in names] if folder is not None else []
    return next((f for f in files if f.is_file()), None)


def _pseudotime(layout, dataset: str, cells: list[str]) -> dict[str, np.ndarray]:
    """Return the mean over the columns called pseudotime, and each where there are several; the
    first column that is none names the cells."""
    path = _first(layout.pseudotime, (f"{dataset}.csv",))
    path = path or _first(layout.inputs and child(layout.inputs, dataset), ("PseudoTime.csv",))
    if path is None:
        return {}
    header = csv_header(path)
    at = [k for k, h in enumerate(header) if "time" in h.casefold()]
    of_cells = next((k for k in range(len(header)) if k not in at), None)
    if not at or of_cells is None:
        raise TableError(
            f"{path.name} of {dataset} has no column whose name says PseudoTime; it has "
            f"{', '.join(header[:6])[:100]}."
        )
    names, *times = csv_columns(path, [of_cells, *at])
    numbers = pd.DataFrame(dict(enumerate(times))).apply(pd.to_numeric, errors="coerce")
    if not numbers.notna().any(axis=None):
        raise TableError(f"{path.name} of {dataset} holds no pseudotime that is a number.")
    by_cell = dict(zip(names, numbers.mean(axis=1)))
    if not set(by_cell) & set(cells):
        raise TableError(
            f"{path.name} of {dataset} names none of the cells of its expression table "
            f"({', '.join(names[:2])[:60]} and {', '.join(cells[:2])[:60]}). Fetch both again."
        )
    told = {"pseudotime": np.array([by_cell.get(c, np.nan) for c in cells])}
    for k, number in enumerate(at if len(at) > 1 else ()):
        lineage = dict(zip(names, numbers[k]))
        told[header[number]] = np.array([lineage.get(c, np.nan) for c in cells])
    return told
