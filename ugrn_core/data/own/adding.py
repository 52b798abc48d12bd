"""From a recognised file to a data set that is kept: its panel, its cells, what was lost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ugrn_core.console import printable
from ugrn_core.data.own import cell_columns, panel, store, survey
from ugrn_core.data.own.formats.contract import CellFile
from ugrn_core.data.own.formats.given import Given, damaged
from ugrn_core.data.own.recognition import Choices, Recognised, recognise, with_types
from ugrn_core.data.own.store import CELLS, LOST, PANEL, OwnDataset, PanelCells
from ugrn_core.errors import TableError

MOST_KEPT = 20_000  # cells whose panel genes are kept; means are over all
SEED = 0
READING, KEEPING = "reading all cells", "keeping the panel"
LIBRARIES = ("anndata", "h5py", "numpy", "pandas", "scipy")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Built:
    """A data set ready to be kept. panel: its genes and why they were chosen. lost: genes of the
    file without a place in the panel's choice, with the reason. about: facts for the manifest."""

    cells: PanelCells
    panel: pd.DataFrame
    lost: pd.DataFrame
    about: Mapping

    @property
    def regulators(self) -> tuple[str, ...]:
        """The panel's transcription factors."""
        return tuple(self.panel.loc[self.panel["role"] == "regulator", "gene"])


def build(
    file: CellFile, choices: Choices | None = None, progress: Progress | None = None
) -> Built:
    """Return the data set of a file: every cell is read twice, some at a time.

    progress(done, total, phase) counts cells. Raises what recognising raises; TableError for
    negative or missing values; PanelError where no panel can be chosen.
    """
    choices = choices or Choices()
    report = progress or (lambda done, total, phase: None)
    recognised = recognise(file, choices)
    keep = cell_columns.kept_cells(file.columns, choices.keep, recognised.matrix.cells)
    reader = survey.reading(recognised, keep)
    measured = survey.measure(reader, lambda done, total: report(done, total, READING))
    chosen = panel.choose(measured, choices.panel)
    sample = _sample(reader.wanted, with_types(recognised))
    at = chosen.pop("at").to_numpy()
    values, means = survey.panel_values(
        reader, at, sample, lambda done, total: report(done, total, KEEPING)
    )
    cells = PanelCells(
        genes=tuple(chosen["gene"]),
        cells=tuple(file.cells[k] for k in np.flatnonzero(sample)),
        values=sp.csr_matrix(values),
        totals=reader.totals[sample] if reader.whole else np.zeros(0),
        cell_types=_of_kept(with_types(recognised), sample),
        pseudotime=_of_kept(_time(recognised), sample),
        lineages=_lineages(recognised, sample),
        types=measured.types,
        means=means,
    )
    return Built(cells, chosen, _lost(recognised), _about(reader, measured, choices, cells))


def _sample(wanted: np.ndarray, types: np.ndarray | None) -> np.ndarray:
    """Return which cells are kept, (C,) bool: all, or MOST_KEPT of them with every type's share."""
    if wanted.sum() <= MOST_KEPT:
        return wanted.copy()
    rng = np.random.default_rng(SEED)
    cells = np.flatnonzero(wanted)
    if types is None:
        picked = rng.choice(cells, MOST_KEPT, replace=False)
    else:  # shuffled, then evenly along the types: each has its share
        cells = rng.permutation(cells)
        cells = cells[np.argsort(types[cells], kind="stable")]
        picked = cells[np.linspace(0, len(cells) - 1, MOST_KEPT).astype(int)]
    out = np.zeros(len(wanted), dtype=bool)
    out[picked] = True
    return out


def _time(recognised: Recognised) -> np.ndarray | None:
    if recognised.pseudotime is None:
        return None
    values = cell_columns.as_numbers(recognised.file.columns[recognised.pseudotime])
    if values is None:
        raise TableError(
            f"The column '{recognised.pseudotime[:40]}' holds text, no pseudotime. Choose another, "
            f"or {cell_columns.NONE}."
        )
    return values


def _lineages(recognised: Recognised, sample: np.ndarray) -> dict[str, np.ndarray]:
    """Return the pseudotime of each lineage where the file tells several, unless none is wanted."""
    columns = recognised.file.columns
    names = cell_columns.lineages(columns)
    if recognised.pseudotime is None:
        return {}
    numbers = {name: cell_columns.as_numbers(columns[name]) for name in names}
    return {name: n[sample] for name, n in numbers.items() if n is not None}


def _of_kept(values: np.ndarray | None, sample: np.ndarray) -> np.ndarray:
    return np.zeros(0) if values is None else values[sample]


def _lost(recognised: Recognised) -> pd.DataFrame:
    rows = list(recognised.naming.reasons.items())
    return pd.DataFrame(rows, columns=["gene", "reason"])


def _about(
    reader: survey.Reading, measured: panel.Measured, choices: Choices, cells: PanelCells
) -> dict:
    recognised = reader.recognised
    dropped = {why: len(names) for why, names in reader.dropped.items()}
    return {
        "kind": recognised.file.kind,
        "species": recognised.naming.species,
        "matrix": recognised.matrix.name,
        "scale": recognised.kind.scale.name,
        "values": recognised.kind.words,
        "symbols": recognised.naming.column,
        "cell_types": recognised.cell_types,
        "pseudotime": recognised.pseudotime,
        "keep": [[column, list(wanted)] for column, wanted in choices.keep],
        "panel": choices.panel.name,
        "cells": measured.cells,
        "cells_in_file": recognised.matrix.cells,
        "cells_kept": len(cells.cells),
        "cells_dropped": dropped,
        "genes_in_file": len(recognised.matrix.genes),
        "genes_known": len(reader.symbols),
        "genes_lost": len(recognised.naming.reasons),
        "genes_twice": reader.twice,
        "genes": list(cells.genes),
        "n_regulators": int(measured.regulators[np.isin(measured.symbols, cells.genes)].sum()),
        "types": {name: int(n) for name, n in zip(measured.types, measured.sizes)},
        "notes": [
            *recognised.notes,
            *_sentences(reader, cells, measured),
        ],
    }


def _sentences(reader: survey.Reading, cells: PanelCells, measured: panel.Measured) -> list[str]:
    out = []
    for why, names in reader.dropped.items():
        shown = ", ".join(n[:30] for n in names[:3])
        out.append(f"{len(names):,} cells {why} were left out, first {shown}")
    if reader.twice:
        how = "summed" if reader.merge is not None else "the first was kept, the values being logs"
        out.append(f"{reader.twice:,} genes came more than once: {how}")
    if len(cells.cells) < measured.cells:
        out.append(
            f"{len(cells.cells):,} of {measured.cells:,} cells are kept to be looked at, drawn "
            f"evenly over cell types (seed {SEED}); shares, variability and means are over all"
        )
    if not reader.whole:
        out.append("how many counts a cell had in all is not known: logarithms stay as they are")
    return out


def keep(home: Path, name: str, built: Built, source: Mapping, *, owner: str = "") -> OwnDataset:
    """Keep a data set under `home`; return it. source: name and digest of the file. owner: of
    `OwnDataset`."""
    regulators = list(built.regulators)
    manifest = dict(built.about) | {
        "source": dict(source),
        "owner": owner,
        "regulators": regulators,
        "added": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "versions": {library: version(library) for library in LIBRARIES},
    }
    tables = {PANEL: built.panel, LOST: built.lost}
    files = {n: t.to_csv(sep="\t", index=False).encode() for n, t in tables.items()}
    return store.write(home, name, manifest, {CELLS: built.cells.to_bytes(), **files})


def source_of(files: Sequence[Given], shown: str) -> dict:
    """Return the name and sha256 of what was given: of several files, over their names and digests.

    Raises TableError for a damaged file.
    """
    digests = []
    for file in sorted(files, key=lambda f: f.name):
        with damaged(file.shown), file.opener() as stream:
            digests.append((file.name, hashlib.file_digest(stream, "sha256").hexdigest()))
    name = printable(shown)
    if len(digests) == 1:
        return {"name": name, "sha256": digests[0][1]}
    text = "\n".join(f"{digest}  {name}" for name, digest in digests)
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return {"name": name, "sha256": digest, "files": len(files)}
