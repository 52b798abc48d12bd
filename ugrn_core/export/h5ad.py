"""AnnData files: the network as `.varp["GRN"]`, and as `.uns["prediction"]`.

`.varp["GRN"]` is (genes x genes), row the regulator and column the target, as scPRINT keeps it.
`.uns["prediction"]` is a table of source, target, weight beside `dataset_id` and `method_id`, as
the GRN inference benchmark of Open Problems (task_grn_inference) reads it. Weights are
probabilities; of an edge named twice the strongest stays. Provenance is `.uns["ugrn"]`, JSON.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ugrn_core.export.base import ExportFormat, arranged, json_text

MIME = "application/x-hdf5"
NUL = "\x00"  # HDF5 ends a text there


def _edges(frame: pd.DataFrame) -> pd.DataFrame:
    table = arranged(frame, weight="probability")
    table = table.sort_values("probability", ascending=False, kind="stable")
    for end in ("source", "target"):
        table[end] = table[end].astype(str).str.replace(NUL, "\ufffd")
    return table.drop_duplicates(["source", "target"])


def _bytes(file) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ugrn-h5ad-") as folder:
        path = Path(folder) / "network.h5ad"
        file.write_h5ad(path)
        return path.read_bytes()


def _attribute(frame: pd.DataFrame, name: str) -> str:
    """Return the distinct values of a column, or `unknown` where the table lacks it."""
    found = frame[name].dropna().astype(str).unique() if name in frame.columns else ()
    return "+".join(found) or "unknown"


def varp(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return a file without cells whose variables are the genes of the network."""
    import anndata

    table = _edges(frame)
    genes = list(dict.fromkeys([*table["source"], *table["target"]]))
    number = {g: k for k, g in enumerate(genes)}
    at = tuple(table[end].map(number).to_numpy(dtype=int) for end in ("source", "target"))
    weight = table["probability"].to_numpy(dtype=np.float64)
    matrix = sp.csr_matrix((weight, at), shape=(len(genes), len(genes)))
    about = pd.DataFrame({"is_regulator": np.isin(genes, table["source"])}, index=genes)
    empty = sp.csr_matrix((0, len(genes)), dtype=np.float32)
    file = anndata.AnnData(X=empty, var=about, varp={"GRN": matrix})
    file.uns["ugrn"] = json_text(provenance)
    return _bytes(file)


def prediction(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return a file that holds the table alone; a negative sign makes the weight negative."""
    import anndata

    table = _edges(frame)
    weight = table["probability"].to_numpy(dtype=np.float64)
    if "sign" in table.columns:
        negative = pd.to_numeric(table["sign"], errors="coerce").lt(0).to_numpy()
        weight = np.where(negative, -weight, weight)
    columns = {"source": table["source"], "target": table["target"], "weight": weight.astype(str)}
    file = anndata.AnnData()
    file.uns["dataset_id"] = _attribute(table, "dataset")
    method = [_attribute(table, name) for name in ("backbone", "probe")]
    file.uns["method_id"] = "-".join(["ugrn", *(m for m in method if m != "unknown")])
    file.uns["prediction"] = pd.DataFrame(columns).reset_index(drop=True)
    file.uns["ugrn"] = json_text(provenance)
    return _bytes(file)


VARP = ExportFormat("AnnData, .varp['GRN']", ".grn.h5ad", MIME, varp, weighted=True)
PREDICTION = ExportFormat(
    "AnnData, .uns['prediction']", ".prediction.h5ad", MIME, prediction, weighted=True
)
