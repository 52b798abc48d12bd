"""AnnData files: the network as `.varp["GRN"]`, and as `.uns["prediction"]`.

`.varp["GRN"]` is (genes x genes), row the regulator and column the target, as scPRINT keeps it.
`.uns["prediction"]` is a table of source, target, weight beside `dataset_id` and `method_id`, as
the GRN inference benchmark of Open Problems (task_grn_inference) reads it. Weights are
probabilities; of an edge named twice the strongest stays. Both files hold the whole edge table as
`.uns["edges"]` (a slash in a column's name, which HDF5 cannot hold, as a division slash), and
provenance as `.uns["ugrn"]`, JSON.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy.sparse as sp
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from ugrn_core.export.base import ExportFormat, arranged, json_text
from ugrn_core.export.signs import weights

if TYPE_CHECKING:
    from anndata import AnnData

MIME = "application/x-hdf5"
NUL = "\x00"  # HDF5 ends a text there
SLASH = "\u2215"


def _edges(frame: pd.DataFrame) -> pd.DataFrame:
    table = arranged(frame, weight="probability")
    table = table.sort_values("probability", ascending=False, kind="stable")
    for end in ("source", "target"):
        table[end] = table[end].astype(str).str.replace(NUL, "\ufffd")
    return table.drop_duplicates(["source", "target"])


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every edge and column, text as categories, which may have empty cells."""
    table = arranged(frame)
    for name in table.columns:
        if not (is_bool_dtype(table[name].dtype) or is_numeric_dtype(table[name].dtype)):
            text = table[name].astype(object).map(str, na_action="ignore")
            table[name] = text.str.replace(NUL, "\ufffd").astype("category") if len(text) else ""
    return table.rename(columns=lambda name: name.replace("/", SLASH))


def _bytes(file) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ugrn-h5ad-") as folder:
        path = Path(folder) / "network.h5ad"
        file.write_h5ad(path)
        return path.read_bytes()


def _named(frame: pd.DataFrame, provenance: Mapping, name: str) -> str:
    """Return the distinct values of a column, else what provenance says, else an empty text."""
    values = frame[name].dropna().astype(str).unique() if name in frame.columns else ()
    return "+".join(values) or str(provenance.get(name) or "")


def network_anndata(frame: pd.DataFrame, provenance: Mapping) -> AnnData:
    """Return an AnnData without cells whose variables are the genes of the network; raise
    TableError where edges have no probability."""
    import anndata

    table = _edges(frame)
    genes = list(dict.fromkeys([*table["source"], *table["target"]]))
    number = {g: k for k, g in enumerate(genes)}
    at = tuple(table[end].map(number).to_numpy(dtype=int) for end in ("source", "target"))
    weight = table["probability"].to_numpy(dtype=np.float64)
    matrix = sp.csr_matrix((weight, at), shape=(len(genes), len(genes)))
    regulators = set(table["source"])
    about = pd.DataFrame(
        {"is_regulator": [g in regulators for g in genes]}, index=genes, dtype=bool
    )
    empty = sp.csr_matrix((0, len(genes)), dtype=np.float32)
    file = anndata.AnnData(X=empty, var=about, varp={"GRN": matrix})
    file.uns |= {"edges": _whole(frame), "ugrn": json_text(provenance)}
    return file


def varp(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file of `network_anndata`."""
    return _bytes(network_anndata(frame, provenance))


def prediction(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return a file that holds the table alone; see `signs` for its weights."""
    import anndata

    table = _edges(frame)
    weight = weights(table, provenance).to_numpy(dtype=np.float64).astype(str)
    columns = {"source": table["source"], "target": table["target"], "weight": weight}
    file = anndata.AnnData()
    file.uns["dataset_id"] = _named(table, provenance, "dataset") or "unknown"
    named = {n: _named(table, provenance, n) for n in ("backbone", "translator", "probe")}
    # A translator's name says what it reads; without one the probe does.
    how = named["translator"] or named["probe"]
    method = filter(None, ("ugrn", named["backbone"].removeprefix("ugrn-"), how))
    file.uns["method_id"] = "-".join(method)
    file.uns["prediction"] = pd.DataFrame(columns).reset_index(drop=True)
    file.uns |= {"edges": _whole(frame), "ugrn": json_text(provenance)}
    return _bytes(file)


VARP = ExportFormat("AnnData, .varp['GRN']", ".grn.h5ad", MIME, varp, weighted=True)
PREDICTION = ExportFormat(
    "AnnData, .uns['prediction']", ".prediction.h5ad", MIME, prediction, weighted=True
)
