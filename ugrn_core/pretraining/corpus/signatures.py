"""Signed responses of genes to treatments, such as cytokines: a weak block of the gene vectors.

A file is an .npz with `x` (genes, conditions), `genes` (human symbols) and `cols`; NaN is zero.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ugrn_core.errors import MissingDataError, TableError


@dataclass(frozen=True, eq=False)
class Signatures:
    """One file: values (genes of a vocabulary, conditions) float32, 0 where unmeasured."""

    name: str
    values: np.ndarray


def read_signatures(paths: Sequence[Path], genes: Sequence[str]) -> tuple[Signatures, ...]:
    """Return the signatures of every file over `genes`; raise MissingDataError or TableError."""
    return tuple(_read(path, {g: k for k, g in enumerate(genes)}) for path in paths)


def _read(path: Path, number: dict[str, int]) -> Signatures:
    if not path.is_file():
        raise MissingDataError(f"There is no file '{path}'. Check the path of --signatures.")
    try:
        with np.load(path, allow_pickle=False) as file:
            x, symbols = file["x"], [str(s) for s in file["genes"]]
        if x.ndim != 2 or len(x) != len(symbols):
            raise ValueError(f"x is {x.shape}, genes are {len(symbols)}")
        x = np.nan_to_num(x.astype(np.float32), posinf=0, neginf=0)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise TableError(
            f"'{path}' is not a signature file ({error}). Expected an .npz of x (genes, "
            "conditions), genes and cols."
        ) from error
    rows = [(number[s], k) for k, s in enumerate(symbols) if s in number]
    if not rows:
        raise TableError(f"'{path}' has no gene of the corpus under a human symbol.")
    out = np.zeros((len(number), x.shape[1]), np.float32)
    to, of = map(list, zip(*rows))
    out[to] = x[of]
    return Signatures(path.stem, out)
