"""The form over a file of cells: every guess filled in, every choice changeable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from ugrn_core.data.gene_lists import genes_from_text
from ugrn_core.data.own import cell_columns, naming
from ugrn_core.data.own.cell_columns import NONE
from ugrn_core.data.own.panel import PanelChoice, listed_panel, panel_choice
from ugrn_core.data.own.recognition import Choices, Recognised
from ugrn_core.experiment.catalog.own_data import CellsGiven

_PANELS = {"tfs+500": "TFs + 500", "tfs+1000": "TFs + 1,000", "list": "A list of mine"}
_GUESSED = "as recognised"
_VALUES = {
    _GUESSED: "As recognised",
    "counts": "Raw counts",
    "linear": "TPM, FPKM or other without logarithm",
    "log1p-cp10k": "log(1 + counts per 10,000)",
    "log1p": "Other natural logarithm",
    "log2": "Logarithm to base 2",
}
_NO_COLUMN = "none"


def choose(given: CellsGiven, key: str) -> tuple[Recognised, Choices]:
    """Draw the form; return what the file is under the choices made, and these.

    Raises InputError where it cannot be used so. key: of this file, for the widgets.
    """
    guess = given.recognised()
    left, right = st.columns(2, gap="medium")
    with left:
        matrix = _select("Values from", _matrices(given, guess), guess.matrix.name, f"{key}_matrix")
        said = _select("They are", _VALUES, _GUESSED, f"{key}_values")
        symbols = _symbols(given, matrix, guess, key)
        species = st.segmented_control(
            "Species",
            ["human", "mouse"],
            default=guess.naming.species,
            required=True,
            key=f"{key}_species",
        )
    with right:
        types = _column("Cell types", cell_columns.type_columns, guess.cell_types, given, key)
        time = _column("Pseudotime", cell_columns.time_columns, guess.pseudotime, given, key)
        keep = _keep(given, types, key)
        panel = _panel(key)
    choices = Choices(
        species=species,
        matrix=matrix,
        values=None if said == _GUESSED else said,
        symbols=symbols,
        cell_types=types,
        pseudotime=time,
        keep=keep,
        panel=panel,
    )
    return given.recognised(replace(choices, panel=PanelChoice())), choices


def _select(label: str, titles: dict[str, str], first: str, key: str) -> str:
    names = list(titles)
    return st.selectbox(
        label, names, index=names.index(first), format_func=lambda n: titles.get(n, n), key=key
    )


def _matrices(given: CellsGiven, guess: Recognised) -> dict[str, str]:
    return {
        m.name: f"{m.name}: {guess.kinds[m.name].words}" if m.name in guess.kinds else m.name
        for m in given.content.matrices
    }


def _symbols(given: CellsGiven, matrix: str, guess: Recognised, key: str) -> str:
    chosen = next(m for m in given.content.matrices if m.name == matrix)
    columns = naming.columns_to_choose(chosen)
    titles = {c: "The matrix' own names" if c == naming.INDEX else c for c in columns}
    first = guess.naming.column if guess.naming.column in titles else naming.INDEX
    return _select("Gene names", titles, first, f"{key}_symbols_{matrix}")


def _column(label: str, offered, guess: str | None, given: CellsGiven, key: str) -> str:
    names = offered(given.content.columns)
    titles = {NONE: _NO_COLUMN} | {n: n for n in names}
    first = guess if guess in titles else NONE
    return _select(label, titles, first, f"{key}_{label.split()[0].lower()}")


def _keep(given: CellsGiven, types: str, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Draw which types to keep, all unless some are chosen."""
    if types == NONE:
        return ()
    levels: Sequence[str] = cell_columns.levels(given.content.columns[types]) or ()
    chosen = st.multiselect(
        "Only cells of", levels, key=f"{key}_keep_{types}", placeholder="All of them"
    )
    return ((types, tuple(chosen)),) if chosen else ()


def _panel(key: str) -> PanelChoice:
    name = st.segmented_control(
        "Genes to ask about",
        list(_PANELS),
        default="tfs+500",
        format_func=_PANELS.__getitem__,
        required=True,
        key=f"{key}_panel",
        help="Transcription factors that at least 10 % of the cells, or of those of one type, "
        "express, and the most variable other genes, as BEELINE chooses them",
    )
    if name != "list":
        return panel_choice(name)
    text = st.text_area("Gene symbols", key=f"{key}_list", height=90, placeholder="SPI1, GATA1 ...")
    return listed_panel(genes_from_text(text[:200_000]).genes, "the page")
