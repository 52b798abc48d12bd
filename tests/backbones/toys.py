"""A toy checkpoint of every kind of published model, of any genes: random weights, tiny shapes."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from unittest.mock import patch

from tests.backbones import tiny
from ugrn_core.data.csv import csv_columns

KINDS = ("tahoe", "scbert", "geneformer-v1", "geneformer-v2", "scfoundation")


def write_toy(folder: Path, kind: str, genes: tuple[str, ...]) -> Path:
    """Write a toy checkpoint of `kind` that knows `genes`, symbols; return its folder. Models of
    Ensembl ids have those where UGRN's table knows them."""
    ids = {_ensembl().get(gene, gene): gene for gene in genes}
    writers = {
        "tahoe": tiny.write_tahoe,
        "scbert": tiny.write_scbert,
        "geneformer-v1": lambda place: tiny.write_geneformer(place, version=1),
        "geneformer-v2": tiny.write_geneformer,
        "scfoundation": tiny.write_scfoundation,
    }
    with patch.multiple(tiny, GENES=tuple(genes), ENSEMBL=ids, PLACES=len(genes) + 16):
        return writers[kind](folder)


@lru_cache(maxsize=1)
def _ensembl() -> dict[str, str]:
    table = Path(str(files("ugrn_core.data") / "tables" / "gene_names.csv.gz"))
    symbols, ids = csv_columns(table, ["symbol", "ensembl"])
    return {symbol: gene for symbol, gene in zip(symbols, ids) if gene}
