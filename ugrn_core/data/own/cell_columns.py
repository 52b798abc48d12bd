"""What is said of each cell: its type, its pseudotime, and whether it is to be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.registry import require

NONE = "none"  # no such column is wanted
MOST_TYPES = 200
NO_NUMBER = {"", "na", "nan", "none", "null", "<na>", "n/a"}
UNNAMED = "unnamed"  # the type of cells without one
# In the order in which they are preferred: names of types before numbers of clusters.
TYPE_NAMES = (
    *("cell_type", "celltype", "cell_types", "cell_ontology_class", "author_cell_type"),
    *("cell_type_annotation", "celltype_annotation", "celltype_major", "predicted_celltype"),
    *("bulk_labels", "annotation", "annotations", "cell_label", "cell_labels", "labels", "label"),
    *("cell_identity", "identity", "ident", "lineage", "cluster_name", "clusters_named"),
    *("clusters", "cluster", "seurat_clusters", "leiden", "louvain", "phenograph", "kmeans"),
    *("stage", "timepoint", "time_point", "day", "condition", "sample"),
)
TIME_NAMES = (
    *("dpt_pseudotime", "pseudotime", "palantir_pseudotime", "velocity_pseudotime", "latent_time"),
    *("monocle_pseudotime", "monocle3_pseudotime", "slingpseudotime_1", "slingshot", "dpt"),
    *("pseudotime1", "pseudo_time", "ct_pseudotime", "cytotrace_pseudotime"),
)


def plain_heading(name: str) -> str:
    """Return the name of a column in lower case, its words parted by _: n_count_rna."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[\s.\-]+", "_", text).casefold()


def type_columns(columns: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the columns that may be cell types, the likeliest first: of 2 to MOST_TYPES values."""
    fits = [c for c in columns if (names := levels(columns[c])) is not None and len(names) > 1]
    order = {name: k for k, name in enumerate(TYPE_NAMES)}
    tight = {name.replace("_", ""): k for name, k in order.items()}

    def place(column: str) -> tuple[int, int]:
        plain = plain_heading(column)
        rank = order.get(plain, tight.get(plain.replace("_", "")))
        if rank is None:
            rank = len(order) + (0 if "type" in plain or "cluster" in plain else 1)
        return rank, list(columns).index(column)

    return tuple(sorted(fits, key=place))


def guessed_type(columns: Mapping[str, np.ndarray]) -> str | None:
    """Return the column of cell types by its name, None where none is called so."""
    tight = {name.replace("_", "") for name in TYPE_NAMES}
    for column in type_columns(columns):
        plain = plain_heading(column).replace("_", "")
        if plain in tight or "celltype" in plain or re.match(r"(leiden|louvain)", plain):
            return column
    return None


def time_columns(columns: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the columns of numbers that may be a pseudotime, the likeliest first."""
    numeric = [
        c
        for c, v in columns.items()
        if np.asarray(v).dtype.kind == "f" or (_is_time(c) and as_numbers(v) is not None)
    ]
    order = {name: k for k, name in enumerate(TIME_NAMES)}

    def place(column: str) -> int:
        plain = plain_heading(column)
        return order.get(plain, len(order) + ("time" not in plain))

    return tuple(sorted(numeric, key=place))


def guessed_time(columns: Mapping[str, np.ndarray]) -> str | None:
    """Return the column of pseudotime by its name, None where none is called so."""
    column = next(iter(time_columns(columns)), None)
    return column if column and _is_time(column) else None


def lineages(columns: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the columns that are each the pseudotime of a lineage, by their names and a number at
    their end, such as slingPseudotime_1 and _2; nothing where there are fewer than two."""
    times = [c for c in time_columns(columns) if re.search(r"\d$", c) and _is_time(c)]
    times = sorted(times, key=list(columns).index)
    stems = {re.sub(r"\d+$", "", plain_heading(c)) for c in times}
    return tuple(times) if len(times) > 1 and len(stems) == 1 else ()


def _is_time(column: str) -> bool:
    plain = plain_heading(column)
    return plain in TIME_NAMES or "pseudotime" in plain


def as_numbers(values: np.ndarray) -> np.ndarray | None:
    """Return a column as float64, NaN where nothing stands; numbers written as text, too. None for
    words, and for nothing but missing values."""
    values = np.asarray(values)
    if values.dtype.kind == "f":
        return values
    out = np.full(len(values), np.nan)
    for k, value in enumerate(values):
        text = str(value).strip()
        if text.casefold() in NO_NUMBER:
            continue
        try:
            out[k] = float(text)
        except ValueError:
            return None
    return None if np.isnan(out).all() else out


def levels(values: np.ndarray) -> tuple[str, ...] | None:
    """Return the different values of a column as text, sorted; None for over MOST_TYPES, and for
    numbers that are no numbers of clusters."""
    values = np.asarray(values)
    if values.dtype.kind == "f":
        finite = values[np.isfinite(values)]
        if not len(finite) or (finite != np.round(finite)).any():
            return None
    different = set()
    for value in as_text(values):
        different.add(value)
        if len(different) > MOST_TYPES:
            return None
    return tuple(sorted(different, key=_by_number))


def _by_number(text: str) -> tuple[int, float, str]:
    return (0, float(text), "") if re.fullmatch(r"\d{1,9}", text) else (1, 0.0, text)


def as_text(values: np.ndarray) -> np.ndarray:
    """Return a column as text, UNNAMED where there is nothing, whole numbers without a point."""
    values = np.asarray(values)
    if values.dtype.kind == "f":
        return np.array([UNNAMED if np.isnan(v) else f"{v:g}" for v in values], dtype=object)
    return np.array([str(v).strip() or UNNAMED for v in values], dtype=object)


def parse_keep(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (column, values) of 'COLUMN=VALUE,VALUE,COLUMN=VALUE'; raise OptionError."""
    wanted: list[tuple[str, list[str]]] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        column, sign, value = part.partition("=")
        if sign:
            wanted.append((column.strip(), [value.strip()]))
        elif wanted:
            wanted[-1][1].append(part)
        else:
            raise OptionError(f"Cells to keep are given as COLUMN=VALUE,VALUE; '{text[:60]}' came.")
    return tuple((column, tuple(values)) for column, values in wanted)


def kept_cells(
    columns: Mapping[str, np.ndarray], keep: Sequence[tuple[str, Sequence[str]]], count: int
) -> np.ndarray:
    """Return which of the `count` cells have one of the values wanted in every column, (count,)
    bool. Raises UnknownNameError with near matches, OptionError where no cell is left."""
    chosen_cells = np.ones(count, dtype=bool)
    for column, values in keep:
        column = require(column, columns, "column of cells")
        here = as_text(columns[column])
        known = sorted(set(here.tolist()), key=_by_number)
        chosen = {require(v, known[:2000], "value", f" in '{column[:40]}'") for v in values}
        chosen_cells &= np.isin(here, list(chosen))
    if not chosen_cells.any():
        raise OptionError("No cell has all the values that are to be kept. Ask for fewer.")
    return chosen_cells
