"""A file of cells looked at: what it seems to be, and every choice with its guess filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ugrn_core.data.own import cell_columns, naming, values
from ugrn_core.data.own.cell_columns import NONE
from ugrn_core.data.own.formats.contract import CellFile, Matrix
from ugrn_core.data.own.naming import Naming
from ugrn_core.data.own.panel import PanelChoice
from ugrn_core.data.own.values import ValueKind
from ugrn_core.data.value_scales import LARGEST_LOG, LINEAR
from ugrn_core.errors import OptionError, TableError
from ugrn_core.registry import require
from ugrn_core.types import ValueScale

MOST_MATRICES = 12  # that are looked at
LATE = {"spliced": 1, "unspliced": 2, "ambiguous": 3, "spanning": 3}  # parts of the counts
_ORDER = (ValueScale.COUNTS, ValueScale.LOG1P_CP10K, ValueScale.LOG1P_COUNTS)


@dataclass(frozen=True)
class Choices:
    """What somebody says of a file; None: as recognised. values: a kind of `values.BY_HAND`.
    cell_types, pseudotime: a column of cells, or NONE. keep: (column, values wanted)."""

    species: str | None = None
    matrix: str | None = None
    values: str | None = None
    symbols: str | None = None
    cell_types: str | None = None
    pseudotime: str | None = None
    keep: tuple[tuple[str, tuple[str, ...]], ...] = ()
    panel: PanelChoice = field(default_factory=PanelChoice)


@dataclass(frozen=True)
class Recognised:
    """A file with every choice made. kinds: what each of its matrices holds, by name."""

    file: CellFile
    matrix: Matrix
    kind: ValueKind
    naming: Naming
    kinds: Mapping[str, ValueKind]
    cell_types: str | None
    pseudotime: str | None

    @property
    def measured(self) -> bool:
        """Whether so many genes are there that sums over them are those of the cell."""
        return len(self.matrix.genes) >= values.ENOUGH_GENES

    def sentences(self) -> tuple[str, ...]:
        """Return what was recognised, in words."""
        named = self.naming
        kinds = ", ".join(f"{n:,} {what}" for what, n in named.kinds.items())
        where = "" if named.column == naming.INDEX else f", read from '{named.column}'"
        facts = [
            f"{self.file.kind}: {self.matrix.cells:,} cells, {len(self.matrix.genes):,} genes",
            f"Values of {self.matrix.name}: {self.kind.words}",
            f"Genes: {kinds}{where}; {named.known:,} are known {named.species} genes",
            f"Cell types: {self.cell_types or 'none found'}; "
            f"pseudotime: {self.pseudotime or 'none found'}",
        ]
        others = [f"{n} ({k.words})" for n, k in self.kinds.items() if n != self.matrix.name]
        if others:
            facts.append(f"Also there: {', '.join(others)[:300]}")
        return (*facts, *self.notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, repaired, or looks as if it should not be so, in words."""
        return (*self.file.notes, *_shared_barcodes(self.file.cells), *self.naming.notes)


def recognise(file: CellFile, choices: Choices | None = None) -> Recognised:
    """Return what the file holds, `choices` before guesses; only some cells are read.

    Raises TableError where no matrix can be used (what to give instead is said), UnknownNameError
    for a matrix or column that is not there.
    """
    choices = choices or Choices()
    if not file.cells:
        raise TableError(f"The file ({file.kind}) holds no cells, only names of genes.")
    if not any(len(matrix.genes) for matrix in file.matrices):
        raise TableError(f"The file ({file.kind}) holds no genes, only names of cells.")
    names = {m.name: m for m in file.matrices}
    wanted = None if choices.matrix is None else _named(choices.matrix, names)
    looked = [names[wanted]] if wanted else file.matrices[:MOST_MATRICES]
    kinds = {m.name: values.kind_of(m.some) for m in looked}
    if choices.values is not None:
        chosen = wanted or _best(file, kinds)
        kinds[chosen] = _said(choices.values, kinds[chosen])
    matrix = names[wanted or _best(file, kinds)]
    kind = kinds[matrix.name]
    if not kind.usable:
        raise TableError(f"The matrix {matrix.name} cannot be used: {kind.problem}.")
    return Recognised(
        file=file,
        matrix=matrix,
        kind=kind,
        naming=naming.name_genes(matrix, choices.symbols, choices.species),
        kinds=kinds,
        cell_types=_column(choices.cell_types, file, cell_columns.guessed_type),
        pseudotime=_column(choices.pseudotime, file, cell_columns.guessed_time),
    )


def _shared_barcodes(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence where cells share a name: copies, or samples joined without theirs."""
    names = pd.Index(cells)
    again = names.duplicated()
    if not again.any():
        return ()
    return (
        f"{int(again.sum()):,} cells have the barcode of another one, first "
        f"{str(names[int(again.argmax())])[:30]}: all were kept. Where samples were joined that is "
        "no harm; where cells are in the file twice, leave the copies out, for they count twice",
    )


def _named(name: str, names: Mapping[str, Matrix]) -> str:
    """Return a matrix as the file calls it; `counts` may stand for layers/counts."""
    if name not in names and f"layers/{name}" in names:
        return f"layers/{name}"
    return require(name, names, "matrix", " in the file")


def _said(name: str, kind: ValueKind) -> ValueKind:
    said = values.by_hand(name)
    if said.scale not in LINEAR and kind.most > LARGEST_LOG:
        raise OptionError(
            f"The values go up to {kind.most:,.4g}: they are no logarithms, though --values {name} "
            "says so. Say counts or linear, or leave it out."
        )
    return said if kind.usable else kind  # scaled values are no counts, whoever says so


def _best(file: CellFile, kinds: Mapping[str, ValueKind]) -> str:
    """Return the matrix to use: counts before logarithms, all genes before some, then as listed."""

    def place(matrix: Matrix) -> tuple[int, int, int]:
        scale = kinds[matrix.name].scale
        if scale is None:
            return len(_ORDER) + 1, 0, 0
        order = _ORDER.index(scale) if scale in _ORDER else len(_ORDER)
        return order, -len(matrix.genes), LATE.get(matrix.name.rsplit("/", 1)[-1].lower(), 0)

    return min((m for m in file.matrices if m.name in kinds), key=place).name


def _column(chosen: str | None, file: CellFile, guess) -> str | None:
    if chosen is None:
        return guess(file.columns)
    return None if chosen == NONE else require(chosen, file.columns, "column of cells")


def totals_tell(kind: ValueKind, measured: bool) -> bool:
    """Return whether sums over a file's genes are those of whole cells: of counts always taken so,
    of logarithms only where cells were brought to one sum over many genes."""
    if kind.scale in LINEAR:
        return True
    return measured and kind.whole and kind.scale is not ValueScale.LOG1P_COUNTS


def with_types(recognised: Recognised) -> np.ndarray | None:
    """Return the type of each cell as text, None where there are none."""
    if recognised.cell_types is None:
        return None
    return cell_columns.as_text(recognised.file.columns[recognised.cell_types])


__all__ = ["Choices", "Recognised", "recognise", "replace", "totals_tell", "with_types"]
