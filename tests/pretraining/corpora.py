"""A tiny synthetic corpus on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GENES = tuple(f"GENE{k}" for k in range(40))


def write_set(folder: Path, name: str, genes, counts: np.ndarray) -> None:
    """Write `counts` (cells, genes) as NAME.parquet."""
    cell, gene = np.nonzero(counts)
    table = pa.table({"cell": cell, "gene": gene, "value": counts[cell, gene]})
    meta = {"genes": "\n".join(genes), "n_cells": str(len(counts))}
    pq.write_table(table.replace_schema_metadata(meta), folder / f"{name}.parquet")


def write_corpus(folder: Path) -> Path:
    """Write three human sets of counts and a mouse set; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    names = ("one", "two", "three", "mouse")
    for name in names:
        counts = rng.poisson(0.5 + rng.gamma(1, 2, len(GENES)), (30, len(GENES)))
        genes = [g.capitalize() for g in GENES] if name == "mouse" else GENES
        write_set(folder, name, genes, counts)
    rows = [f"{n},{'mouse' if n == 'mouse' else 'human'},counts,blood,A study,MIT" for n in names]
    head = "name,species,value_kind,tissue,study,licence"
    (folder / "index.csv").write_text("\n".join([head, *rows]) + "\n")
    orthologs = "".join(f"{g},{g.capitalize()}\n" for g in GENES)
    (folder / "orthologs.csv").write_text("human,mouse\n" + orthologs)
    return folder
