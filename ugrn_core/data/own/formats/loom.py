"""Loom files: genes in rows, cells in columns, layers beside."""

from __future__ import annotations

import numpy as np

from ugrn_core.data.own.formats import hdf5
from ugrn_core.data.own.formats.contract import MOST_CELLS, MOST_GENES, CellFile, check_size
from ugrn_core.data.own.formats.given import Given, seekable
from ugrn_core.errors import TableError

GENE_NAMES = ("Gene", "gene", "genes", "gene_name", "gene_names", "Symbol", "symbol", "var_names")
CELL_NAMES = ("CellID", "cell_id", "cell_names", "obs_names", "barcode", "Barcode", "cells")
IDS = ("Accession", "accession", "gene_ids", "ensembl")


def read_loom(file: Given) -> CellFile:
    """Return the cells of a loom file: `matrix` as `X`, its layers as `layers/NAME`.

    Raises TableError for one without names of genes, or damaged.
    """
    file = seekable(file)
    with hdf5.opened(file) as root:
        genes, cells = (int(n) for n in root["matrix"].shape)
        check_size(cells, genes, file.shown)
        rows = _attributes(root["row_attrs"], genes, MOST_GENES, file.shown)
        columns = _attributes(root["col_attrs"], cells, MOST_CELLS, file.shown)
        layers = [name for name in root.get("layers", {}) if _fits(root, name, genes, cells)]
    words = (n for n, v in rows.items() if v.dtype.kind == "O" and len(set(v)) > 0.5 * genes)
    named = next((n for n in (*GENE_NAMES, *IDS) if n in rows), next(words, None))
    if named is None:
        raise TableError(
            f"{file.shown} names no genes: row_attrs holds {', '.join(rows) or 'nothing'}. "
            "Write it with a row attribute Gene."
        )
    names = tuple(map(str, rows.pop(named)))
    barcodes = next((columns.pop(n) for n in CELL_NAMES if n in columns), np.arange(cells))
    about = {k: v.astype(str).astype(object) for k, v in rows.items()}
    keys = [("matrix", "X"), *((f"layers/{n}", f"layers/{n}") for n in layers)]
    named = {"genes": names, "gene_columns": about, "turned": True}
    places = [hdf5.Place(file, key, (cells, genes), name, **named) for key, name in keys]
    matrices = tuple(map(hdf5.dense_matrix, places))
    return CellFile("loom", tuple(map(str, barcodes)), columns, matrices)


def _fits(root, name: str, genes: int, cells: int) -> bool:
    return getattr(root["layers"][name], "shape", None) == (genes, cells)


def _attributes(group, count: int, most: int, name: str) -> dict[str, np.ndarray]:
    """Return the attributes that hold one entry a row: numbers as float64, others as text. Those
    of records, as SCENIC writes its regulons, are left out."""
    out = {}
    for key, stored in group.items():
        if getattr(stored, "shape", None) == (count,) and stored.dtype.kind in "iufbSOU":
            numeric = stored.dtype.kind in "iuf"
            text = None if numeric else hdf5.texts(stored, most, name)
            out[str(key)] = stored[:].astype(np.float64) if numeric else text
    return out
