"""The three-column tables of BEELINE, pySCENIC and decoupler, strongest edge first.

BEELINE's rankedEdges.csv is tab-separated in spite of its name, and so is this; pySCENIC's
adjacencies are too. decoupler takes a weight that may be signed: see `signs`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ugrn_core.export.base import ExportFormat, arranged, sidecar_json
from ugrn_core.export.delimited import delimited
from ugrn_core.export.signs import weights

TEXT = "text/tab-separated-values"


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    edges = arranged(frame, weight="probability")
    return edges.sort_values("probability", ascending=False, kind="stable")


def _ranked(frame: pd.DataFrame, names: tuple[str, str, str]) -> pd.DataFrame:
    return _sorted(frame)[["source", "target", "probability"]].set_axis(list(names), axis=1)


def beeline(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return Gene1, Gene2, EdgeWeight (a probability, 0 to 1)."""
    return delimited(_ranked(frame, ("Gene1", "Gene2", "EdgeWeight")), "\t").encode()


def pyscenic(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return TF, target, importance (a probability, 0 to 1)."""
    return delimited(_ranked(frame, ("TF", "target", "importance")), "\t").encode()


def decoupler(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return source, target, weight (-1 to 1: the probability, with the sign where known)."""
    edges = _sorted(frame)
    table = edges[["source", "target"]].assign(weight=weights(edges, provenance))
    return delimited(table, ",").encode()


BEELINE = ExportFormat(
    label="BEELINE rankedEdges",
    suffix=".rankedEdges.csv",
    mime=TEXT,
    write=beeline,
    sidecar=sidecar_json,
    weighted=True,
)
PYSCENIC = ExportFormat(
    label="pySCENIC adjacencies",
    suffix=".adjacencies.tsv",
    mime=TEXT,
    write=pyscenic,
    sidecar=sidecar_json,
    weighted=True,
)
DECOUPLER = ExportFormat(
    label="decoupler network",
    suffix=".decoupler.csv",
    mime="text/csv",
    write=decoupler,
    sidecar=sidecar_json,
    weighted=True,
)
