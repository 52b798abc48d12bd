"""A table of known edges as people have it: text of every habit, packed or not, or a workbook.

Read: `source, target[, sign][, weight]` by the names of the columns, in any order and beside
others; two or three bare columns; Cytoscape's `.sif` (source, relation, target).
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ugrn_core.data.gene_lists.tables import MOST_ROWS as MOST_WORKBOOK_ROWS
from ugrn_core.data.gene_lists.tables import workbook_rows
from ugrn_core.data.gene_names import meanings
from ugrn_core.data.own.formats.given import ARCHIVES, Given, damaged, members
from ugrn_core.data.references import other_shapes
from ugrn_core.data.text import decoded
from ugrn_core.errors import TableError
from ugrn_core.quantities import size

MOST_BYTES = 400_000_000  # of the text
MOST_ROWS = 3_000_000
SOURCES = (
    *("source", "source genesymbol", "regulator", "tf", "transcription factor", "tf name"),
    *("tf symbol", "tf gene", "source gene", "gene1", "from", "regulatory gene", "regulatorgene"),
    *("gene 1", "gene a", "regulator symbol"),
)
TARGETS = (
    *("target", "target genesymbol", "target gene", "target symbol", "target name", "gene2", "to"),
    *("tg", "targetgene", "regulated gene", "gene 2", "gene b", "gene", "gene symbol"),
)
# Pairs without a direction: STRING's and BioGRID's names of columns.
PARTNERS = (
    ("node1", "node2"),
    ("protein1", "protein2"),
    ("preferredname a", "preferredname b"),
    ("official symbol interactor a", "official symbol interactor b"),
)
BOTH_WAYS = "its edges have no direction: each is taken both ways"
SIGNS = (
    *("sign", "mor", "mode of regulation", "effect", "regulation", "direction", "mode"),
    *("regulation type", "type", "interaction", "relation", "action"),
)
PLAIN_SIGNS = SIGNS[:3]  # columns that hold nothing but signs: another word in them is refused
STIMULATES = ("is stimulation", "is inhibition")  # as OmniPath writes signs
DECIDED, NOBODY = "sign decision", "default activation"  # CollecTRI: a sign that nobody has seen
WEIGHTS = ("weight", "score", "confidence score", "combined score", "likelihood", "importance")
_UP = "+ 1 +1 up activates activate activation activating activator activated induces induction"
_UP += " stimulation stimulates positive pos -> upregulates upregulation enhances"
_DOWN = "- -1 \u2212 \u22121 down represses repress repression repressing repressor repressed"
_DOWN += " inhibition inhibits inhibitor negative neg -| downregulates downregulation silences"
_NONE = "0 ? unknown both dual ambiguous undefined unclear unspecified na nan none null . regulates"
WORDS = {w: s for s, text in ((1, _UP), (-1, _DOWN), (0, _NONE)) for w in text.split()} | {"": 0}
NUMBER = re.compile(r"[-+\u2212]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?")
MISSING = {"", "na", "nan", "n/a", "null", "none", ".", "-"}


@dataclass(frozen=True, eq=False)
class RawEdges:
    """A table's lines as given. name: of the file. sources, targets: (N,) names. signs: (N,) int8,
    0 unknown. weights: (N,) float64, NaN for none. notes: how it was read, in words."""

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    signs: np.ndarray
    weights: np.ndarray
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Columns:
    source: int
    target: int
    sign: int | None = None
    weight: int | None = None
    plain: bool = True  # the sign's column holds nothing but signs
    skip: int = 1  # rows of headings
    decided: int | None = None  # how a sign was found
    directed: bool = True


def read_edges(file: Given) -> RawEdges:
    """Return the edges of a file; raise TableError that names the first row that cannot be used."""
    file = _inside(file)
    content = _content(file)
    if content.startswith(b"PK"):
        lines, notes = _workbook(content, file.shown)
    else:
        lines, notes = _text_rows(decoded(content, file.shown), file.shown), ()
    if not lines:
        raise TableError(f"{file.shown} is empty. Give a table with the columns source and target.")
    lines = _with_sign(lines)
    at = _columns([row for _, row in lines[:200]], file.shown)
    lines = lines[at.skip :]
    if not lines:
        raise TableError(f"{file.shown} has no line below its header. Give a line for each edge.")
    return _edges(lines, at, file.shown, notes)


def _inside(file: Given) -> Given:
    """Return the one table in an archive; the file itself where it is none."""
    if not file.name.lower().endswith(ARCHIVES):
        return file
    inside = members(file)
    if len(inside) != 1:
        raise TableError(f"{file.shown} holds {len(inside)} files. Give the one table of edges.")
    return inside[0]


def _content(file: Given) -> bytes:
    with damaged(file.shown), file.open() as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TableError(
            f"{file.shown} has more than {size(MOST_BYTES)} of text. Give fewer edges."
        )
    if content.startswith((b"\x89HDF", b"PAR1", b"\xd0\xcf\x11\xe0")):
        raise TableError(
            f"{file.shown} is no text and no .xlsx. Save the edges as csv, tsv or xlsx, with the "
            "columns source and target."
        )
    return content


def _workbook(content: bytes, name: str) -> tuple[list[tuple[int, list[str]]], tuple[str, ...]]:
    """Return (number of the row, its cells) of a workbook's first filled sheet, and notes."""
    note, rows = workbook_rows(content, name)
    if len(rows) >= MOST_WORKBOOK_ROWS:
        raise TableError(
            f"{name} has {MOST_WORKBOOK_ROWS:,} rows or more, of which a workbook's first are read "
            "alone. Save it as csv, which is read whole."
        )
    return list(enumerate(rows, 1)), (note,) if note else ()


def _with_sign(lines: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Return lines with a column of signs where OmniPath's two columns tell them."""
    heads = [_plain(head) for head in lines[0][1]]
    if not set(STIMULATES) <= set(heads) or _named(heads, PLAIN_SIGNS) is not None:
        return lines
    up, down = map(heads.index, STIMULATES)

    def yes(row: Sequence[str], k: int) -> bool:
        return k < len(row) and row[k].casefold() in ("1", "true", "yes")

    told = [(k, [*row, str(yes(row, up) - yes(row, down))]) for k, row in lines[1:]]
    return [(lines[0][0], [*lines[0][1], "sign"]), *told]


def _text_rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Return (number of the line, its cells) of a text; blank lines and comments left out."""
    every = list(enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1))
    lines = [(k, line) for k, line in every if line.strip() and not line.startswith(("#", "//"))]
    before = [(k, line) for k, line in every[: lines[0][0] - 1] if line.strip()] if lines else []
    if before and _names_columns(before[-1][1]):  # as STRING and BioGRID write it: #node1
        lines.insert(0, (before[-1][0], before[-1][1].lstrip("#")))
    if len(lines) > MOST_ROWS:
        raise TableError(f"{name} has over {MOST_ROWS:,} lines. Give the edges you trust most.")
    some = [line for _, line in lines[:50]]
    delimiter = next((d for d in "\t;,|" if all(d in line for line in some)), None)
    if delimiter is None:
        return [(k, line.split()) for k, line in lines]
    try:
        rows = csv.reader(io.StringIO("\n".join(line for _, line in lines)), delimiter=delimiter)
        cells = [[c.strip() for c in row] for row in rows]
    except csv.Error as error:
        raise TableError(f"{name} cannot be read as a table: {error}.") from error
    if len(cells) != len(lines):  # a quotation mark that is never closed swallows what follows
        raise TableError(
            f"{name} has a quotation mark that is not closed within its line. Save it again as csv."
        )
    return [(k, row) for (k, _), row in zip(lines, cells)]


def _names_columns(comment: str) -> bool:
    """Whether a line of comment holds the names of the columns."""
    heads = [_plain(head) for head in re.split(r"[\t,;]", comment)]
    both = _named(heads, SOURCES), _named(heads, TARGETS)
    return None not in both or _partners(heads) is not None


def _partners(heads: Sequence[str]) -> tuple[int, int] | None:
    """Return where the two ends of edges without a direction stand; None where they do not."""
    pair = next((p for p in PARTNERS if set(p) <= set(heads)), None)
    return None if pair is None else (heads.index(pair[0]), heads.index(pair[1]))


def _columns(rows: Sequence[Sequence[str]], name: str) -> _Columns:
    """Return where what stands: by the names of the columns, else by what is in them."""
    heads = [_plain(head) for head in rows[0]]
    # R writes names of rows without a heading above them.
    shift = int(len(rows) > 1 and len(rows[1]) == len(heads) + 1)
    source, target = (_of_genes(heads, names, rows[1:], shift) for names in (SOURCES, TARGETS))
    if source is None and (partners := _partners(heads)) is not None:
        weight = _named(heads, WEIGHTS)
        return _Columns(*partners, weight=weight, directed=False)
    if source is not None and target is not None:
        sign, weight = _named(heads, SIGNS), _named(heads, WEIGHTS)
        plain = sign is None or heads[sign] in PLAIN_SIGNS
        if not plain and not _mostly_signs([row[sign + shift : sign + shift + 1] for row in rows]):
            sign = None  # a column called type or interaction may say something else
        at = [None if k is None else k + shift for k in (source, target, sign, weight)]
        decided = heads.index(DECIDED) + shift if DECIDED in heads else None
        return _Columns(*at, plain=plain, decided=decided)
    if source is not None or target is not None:
        lacking = "target" if target is None else "source"
        raise TableError(
            f"{name} has no column {lacking}; it has {', '.join(rows[0][:6])[:100]}. Name the "
            "columns source and target, and sign and weight where there are."
        )
    return _bare(rows, name)


def _bare(rows: Sequence[Sequence[str]], name: str) -> _Columns:
    """Return the columns of a table without headings."""
    width = max(map(len, rows))
    genes = [k for k in range(min(width, 6)) if _share(rows, k) > 0.5]
    if len(genes) != 2 or width > 4:
        what = other_shapes.told(rows) or (
            "Give them as the names of the columns, and sign and weight where there are."
        )
        raise TableError(
            f"{name} begins with '{', '.join(rows[0])[:60]}': no column is named source, none "
            f"target. {what}"
        )
    others = [k for k in range(width) if k not in genes]
    values = {k: [row[k] for row in rows if k < len(row)] for k in others}
    sign = next((k for k in others if _are_signs(values[k])), None)
    numeric = (k for k in others if k != sign and all(map(_is_number, values[k])))
    weight = next(numeric, None)
    return _Columns(genes[0], genes[1], sign, weight, plain=False, skip=0)


def _share(rows: Sequence[Sequence[str]], k: int) -> float:
    cells = [row[k] for row in rows if k < len(row) and row[k]]
    genes = sum(bool(meanings(c)) and c.casefold() not in WORDS for c in cells)
    return genes / max(1, len(cells))


def _mostly_signs(cells: Sequence[Sequence[str]]) -> bool:
    body = [cell[0].casefold() for cell in cells[1:] if cell and cell[0]]
    return 2 * sum(c in WORDS or _is_number(c) for c in body) > len(body)


def _are_signs(cells: Sequence[str]) -> bool:
    return bool(cells) and all(c.casefold() in WORDS for c in cells)


def _is_number(cell: str) -> bool:
    return cell.casefold() in MISSING or bool(NUMBER.fullmatch(cell))


def _plain(head: str) -> str:
    return " ".join(re.sub(r"[_.\-\"']", " ", head.strip().lstrip("\ufeff#").casefold()).split())


def _named(heads: Sequence[str], names: Sequence[str]) -> int | None:
    return next((heads.index(n) for n in names if n in heads), None)


def _of_genes(
    heads: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[str]], shift: int
) -> int | None:
    """Return the column of `names` that holds names of genes, of several the first: OmniPath has
    ids of proteins under source. The first of all where none does."""
    there = [heads.index(n) for n in names if n in heads]
    genes = (k for k in there if _share(rows, k + shift) > 0.5)
    return next(genes, there[0] if there else None)


def _edges(
    lines: Sequence[tuple[int, Sequence[str]]], at: _Columns, name: str, notes: tuple[str, ...]
) -> RawEdges:
    least = 1 + max(at.source, at.target)
    for number, row in lines:
        short = len(row) < least or not row[at.source] or not row[at.target]
        if short:
            what = "target" if len(row) > at.source and row[at.source] else "source"
            raise TableError(
                f"Row {number} of {name} has no {what} ('{', '.join(row)[:50]}'). Every row names "
                "a regulator and a target."
            )
    cells = [row for _, row in lines]
    numbers = [number for number, _ in lines]
    weights = _weights(cells, numbers, at.weight, name)
    if at.sign is not None:
        signs, told = _signs(cells, numbers, at, name)
    elif np.nanmin(weights, initial=0.0) < 0:  # as decoupler writes: weight -1 represses
        signs, told = (
            np.sign(np.nan_to_num(weights)).astype(np.int8),
            ("signs are those of weight",),
        )
    else:
        signs, told = np.zeros(len(cells), np.int8), ()
    told = (*told, *_unseen(signs, cells, at))
    sources, targets = (tuple(row[k] for row in cells) for k in (at.source, at.target))
    if not at.directed:
        sources, targets = (*sources, *targets), (*targets, *sources)
        signs, weights, told = np.tile(signs, 2), np.tile(weights, 2), (*told, BOTH_WAYS)
    return RawEdges(
        name=name,
        sources=sources,
        targets=targets,
        signs=signs,
        weights=weights,
        notes=(*notes, *told),
    )


def _unseen(signs: np.ndarray, rows: Sequence[Sequence[str]], at: _Columns) -> tuple[str, ...]:
    """Take out of `signs` those that nobody has seen, where a column tells; return a note."""
    if at.decided is None:
        return ()
    unseen = np.array([row[at.decided : at.decided + 1] == [NOBODY] for row in rows])
    signs[unseen] = 0
    return (f"{int(unseen.sum()):,} signs are a {NOBODY}: taken as not known",)


def _weights(
    rows: Sequence[Sequence[str]], numbers: Sequence[int], k: int | None, name: str
) -> np.ndarray:
    out = np.full(len(rows), np.nan)
    for n, row in enumerate(rows if k is not None else ()):
        cell = row[k] if k < len(row) else ""
        if cell.casefold() in MISSING:
            continue
        value = _number(cell)
        if value is None or not math.isfinite(value):
            raise TableError(
                f"Row {numbers[n]} of {name}: the weight is '{cell[:24]}', not a number. Correct "
                "it, or leave the cell empty."
            )
        out[n] = value
    return out


def _number(cell: str) -> float | None:
    if not NUMBER.fullmatch(cell):
        return None
    return float(cell.replace(",", ".").replace("\u2212", "-"))


def _signs(
    rows: Sequence[Sequence[str]], numbers: Sequence[int], at: _Columns, name: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    out, odd = np.zeros(len(rows), dtype=np.int8), 0
    if {row[at.sign].strip() for row in rows if at.sign < len(row)} == {"->"}:
        return out, ("arrows alone, without any -|, tell a direction and no sign",)
    for n, row in enumerate(rows):
        cell = row[at.sign].strip().casefold() if at.sign < len(row) else ""
        sign = WORDS.get(cell)
        if sign is None and (value := _number(cell)) is not None:
            sign = int(np.sign(value))
        if sign is None and at.plain:
            raise TableError(
                f"Row {numbers[n]} of {name}: the sign is '{row[at.sign][:24]}'. Write +1 or "
                "activates, -1 or represses, or leave the cell empty where it is not known."
            )
        odd += sign is None
        out[n] = sign or 0
    return out, (f"{odd:,} lines with a sign in other words: taken as not known",) if odd else ()
