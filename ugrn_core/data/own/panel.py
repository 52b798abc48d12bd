"""Which genes of a data set are asked about: its regulators and its most variable other genes.

As BEELINE's gene sets (Pratapa et al. 2020): all transcription factors that the cells express, and
the 500 or 1,000 most variable of the other genes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ugrn_core.data.gene_lists import genes_from_bytes
from ugrn_core.data.gene_names import meanings
from ugrn_core.data.own.variable_genes import normalised_dispersions
from ugrn_core.errors import OptionError, PanelError
from ugrn_core.files import read_bounded

EXPRESSED = 0.1  # of the cells, or of those of one type
FEWEST_OF_TYPE = 20  # cells: a share of fewer says little
FEWEST_CELLS = 3  # that express a gene, for it to be chosen
STANDARD = ("tfs+500", "tfs+1000")
ANY_NUMBER = re.compile(r"tfs\+(\d{1,5})", re.IGNORECASE)
MOST_GENES = 5_000
COLUMNS = ("gene", "role", "why", "share", "mean", "dispersion")


@dataclass(frozen=True)
class PanelChoice:
    """others: how many variable genes; None where a list says which genes. entries: the list."""

    others: int | None = 500
    entries: tuple[str, ...] = ()
    name: str = "tfs+500"


@dataclass(frozen=True)
class Measured:
    """What was counted of every gene with a symbol, (n,) each; shares by type (T, n).

    share: of cells that express it. mean, variance: of counts per 10,000. types: their names.
    sizes: (T,) cells of each.
    """

    symbols: tuple[str, ...]
    regulators: np.ndarray
    detected: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    types: tuple[str, ...]
    sizes: np.ndarray
    by_type: np.ndarray
    cells: int


def panel_choice(text: str) -> PanelChoice:
    """Return the choice of `tfs+N`, or of a file with a list of genes; raise OptionError or what
    reading a list raises."""
    match = ANY_NUMBER.fullmatch(text.strip())
    if match:
        return PanelChoice(int(match[1]), name=text.strip().lower())
    path = Path(text)
    if not path.is_file():
        raise OptionError(
            f"The panel is {', '.join(STANDARD)}, or a file with a list of genes; there is no file "
            f"'{text[:60]}'."
        )
    listed = genes_from_bytes(read_bounded(path, 20_000_000), path.name)
    return listed_panel(listed.genes, path.name)


def listed_panel(entries: Sequence[str], name: str) -> PanelChoice:
    """Return the choice of a list of genes."""
    return PanelChoice(None, tuple(dict.fromkeys(entries)), name)


def choose(measured: Measured, choice: PanelChoice) -> pd.DataFrame:
    """Return the genes of the panel in COLUMNS, regulators first, with `at`, their position.

    Raises PanelError for fewer than two genes, no regulator, or too many.
    """
    table = _listed(measured, choice) if choice.others is None else _standard(measured, choice)
    regulators = int((table["role"] == "regulator").sum())
    if len(table) < 2 or not regulators:
        raise PanelError(
            f"A panel needs two genes and a regulator. Chosen here: {len(table)}, of them "
            f"transcription factors: {regulators}. Are these all genes that were measured? "
            "Give the whole matrix, or a list of genes as the panel."
        )
    if len(table) > MOST_GENES:
        raise PanelError(
            f"The panel has {len(table):,} genes, at most {MOST_GENES:,} can be asked about. "
            "Choose fewer variable genes."
        )
    return table


def _standard(measured: Measured, choice: PanelChoice) -> pd.DataFrame:
    share = measured.detected / max(1, measured.cells)
    shares = [(share, "")]
    for k, name in enumerate(measured.types):
        if measured.sizes[k] >= FEWEST_OF_TYPE:
            shares.append((measured.by_type[k] / measured.sizes[k], f" of {name}"))
    best = np.argmax([s for s, _ in shares], axis=0)
    highest = np.max([s for s, _ in shares], axis=0)
    dispersion = normalised_dispersions(measured.mean, measured.variance)
    expressed = measured.regulators & (highest >= EXPRESSED)
    rows = []
    for k in np.flatnonzero(expressed):
        where = "" if share[k] >= EXPRESSED else shares[best[k]][1]
        shown = share[k] if not where else highest[k]
        rows.append((k, "regulator", f"expressed in {shown:.0%}{where or ' of the cells'}"))
    rows.sort(key=lambda row: -share[row[0]])
    order = np.argsort(-np.nan_to_num(dispersion, nan=-np.inf), kind="stable")
    others = [k for k in order if not measured.regulators[k] and _varies(measured, dispersion, k)]
    for rank, k in enumerate(others[: choice.others], 1):
        rows.append((k, "variable", f"{rank} of {len(others):,} by variability"))
    return _table(measured, rows, dispersion)


def _varies(measured: Measured, dispersion: np.ndarray, k: int) -> bool:
    return measured.detected[k] >= FEWEST_CELLS and np.isfinite(dispersion[k])


def _listed(measured: Measured, choice: PanelChoice) -> pd.DataFrame:
    at = {s.casefold(): k for k, s in enumerate(measured.symbols)}
    rows: dict[int, tuple] = {}
    for entry in choice.entries:
        names = [entry, *(m.symbol for m in meanings(entry))]
        k = next((at[n.casefold()] for n in names if n.casefold() in at), None)
        if k is not None and k not in rows:
            role = "regulator" if measured.regulators[k] else "variable"
            rows[k] = (k, role, f"in your list {choice.name[:40]}")
    chosen = sorted(rows.values(), key=lambda row: row[1] != "regulator")
    return _table(measured, chosen, normalised_dispersions(measured.mean, measured.variance))


def _table(measured: Measured, rows: list[tuple], dispersion: np.ndarray) -> pd.DataFrame:
    at = np.array([row[0] for row in rows], dtype=np.int64)
    return pd.DataFrame(
        {
            "gene": [measured.symbols[k] for k in at],
            "role": [row[1] for row in rows],
            "why": [row[2] for row in rows],
            "share": np.round(measured.detected[at] / max(1, measured.cells), 4),
            "mean": np.round(measured.mean[at], 4),
            "dispersion": np.round(dispersion[at], 4),
            "at": at,
        }
    )
