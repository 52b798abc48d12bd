"""The contract of every writer, and the column order of the edge table.

An edge table is a pandas DataFrame with one row an edge. `source` (the regulator) and `target` are
required; the other columns of COLUMNS are written in that order where present, then `in_<name>`
(is the edge in that reference network?), then any others as they come.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ugrn_core.errors import TableError

COLUMNS = (
    "source",
    "target",
    "probability",
    "rank",
    "percentile",
    "sign",
    "vvp_effect",
    "gdt_peak",
    "reverse_probability",
    "n_backbones",
    "n_seeds_stable",
    "source_as_given",
    "target_as_given",
)
_LAST = ("dataset", "backbone", "probe", "run_id")


@dataclass(frozen=True)
class ExportFormat:
    """One format: `write(frame, provenance) -> bytes`, all of a file, always the same bytes.

    label: a phrase for a download button. suffix: of the file, with its dot. sidecar: where the
    format has no room for provenance, writes it as a JSON file to keep beside the table.
    weighted: an edge's weight is its probability, so a table without scores cannot be written.
    most_rows: edges it can hold, where there is a limit. scoreless: edges stand there alike, with
    no number, so that all pairs of a run would say nothing.
    """

    label: str
    suffix: str
    mime: str
    write: Callable[[pd.DataFrame, Mapping], bytes]
    sidecar: Callable[[Mapping], bytes] | None = None
    weighted: bool = False
    most_rows: int | None = None
    scoreless: bool = False

    def fits(self, pairs: int, scored: bool) -> bool:
        """Return whether a table of `pairs` edges, with probabilities or not, can be written."""
        return (scored or not self.weighted) and pairs <= (self.most_rows or pairs)


def arranged(frame: pd.DataFrame, weight: str | None = None) -> pd.DataFrame:
    """Return `frame` with its columns in the contract's order and a fresh index.

    Raises TableError when source, target or the column `weight` is missing or has empty cells, or
    when a column comes twice.
    """
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise TableError(f"An edge table names each column once; its columns are {names}.")
    for need in ("source", "target", *((weight,) if weight else ())):
        if need not in names:
            raise TableError(
                f"An edge table needs the column '{need}' for this format; "
                f"this one has {', '.join(names) or 'no columns'}."
            )
        if frame[need].isna().any():
            raise TableError(f"The column '{need}' of the edge table has empty cells; fill them.")
    middle = [n for n in names if n.startswith("in_")]
    known = {*COLUMNS, *_LAST, *middle}
    order = [n for n in COLUMNS if n in names] + middle
    order += [n for n in _LAST if n in names] + [n for n in names if n not in known]
    return frame.set_axis(names, axis=1)[order].reset_index(drop=True)


def labelled(frame: pd.DataFrame, provenance: Mapping) -> pd.DataFrame:
    """Return `frame` with dataset, backbone, probe and run_id where provenance names them.

    So that tables of several runs can be put under one another. Columns that exist stay.
    """
    named = {n: provenance[n] for n in _LAST if isinstance(provenance.get(n), str)}
    new = {
        name: pd.Categorical.from_codes(np.zeros(len(frame), dtype=np.int8), [value])
        for name, value in named.items()
        if name not in frame.columns
    }
    return frame.assign(**new)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no such numbers
    return value if isinstance(value, str | int | float | None) else str(value)


def json_text(value: object, indent: int | None = None) -> str:
    """Return JSON: numpy values plain, NaN null, anything unknown (paths, dates) as its str."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=indent, allow_nan=False)


def sidecar_json(provenance: Mapping) -> bytes:
    """Return the content of the JSON file that carries provenance beside a table."""
    return (json_text(provenance, indent=2) + "\n").encode()
