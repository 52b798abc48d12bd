"""Gene lists as people paste and keep them: from text, code, tables and workbooks to entries.

The one reader of the dashboard, the command line and the Python door. It knows no vocabulary: it
tells entries from what stands around them (quotes, brackets, bullets, numbers, comments, other
columns), and says of an entry that cannot be a gene why not (`why_no_gene`). Nothing is dropped
without a word: an entry is used or listed, and `notes` say how the text was taken.
"""

from __future__ import annotations

import gzip
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ugrn_core.data.gene_lists.tables import gene_column, gene_sets, workbook_rows
from ugrn_core.data.gene_lists.words import (
    HEADERS,
    MISSING,
    is_known,
    phrase_parts,
    symbols_of_date,
    why_no_gene,
)
from ugrn_core.data.text import decoded
from ugrn_core.errors import MissingDataError, PanelError, TableError
from ugrn_core.files import read_at_most
from ugrn_core.quantities import size

LARGEST_LIST = 2_000_000  # bytes of text; the longest human gene list is a tenth of it
LARGEST_WORKBOOK = 20_000_000
_MARK = "[-*+•◦▪▫‣·●○■□–—→>✓]"
# - GATA1, 1. GATA1, (2) GATA1, a) GATA1; R prints [1] "GATA1"
BULLET = re.compile(
    rf"^\s*(?:{_MARK}\s*(?=[^\W_])|\(?\d{{1,5}}\s*[.):\]]\s*(?=[^\W\d_])"
    r"|\(?[A-Za-z][.)]\s+(?=[^\W\d_])|\[\d{1,5}\]\s+(?=[\w\"']))"
)
# name <- c(..., name = [..., "name": [...
ASSIGNMENT = re.compile(
    r"^[\s{]*[\"']?[A-Za-z_][\w.$]*[\"']?\s*(?:<-|:?=|:)\s*(?=[\[({]|\w+\(|[\"'])"
)
CALL = re.compile(r"(?<!\w)(?:c|list|set|tuple|frozenset|array|vector|Index|Series)\s*\(")
# what pandas and numpy print behind the values: dtype='object', name='gene', length=5
DTYPE = re.compile(r",\s*(?:dtype|name|length)\s*=\s*[\"']?\w+[\"']?")
SERIES = re.compile(r"^(?:Name: .*, )?(?:Length: \d+, )?dtype: \w+$")
SEPARATORS = re.compile(r"[,;|\t\n]|/{2,}|(?<=\s)(?:/|&|\+|→|[-=]+>)(?=\s)")
ERRORS = re.compile(r"#(?:N/A|NAME\?|REF!|VALUE!|NULL!|NUM!|DIV/0!)", re.IGNORECASE)
COMMENT = re.compile(r"#.*|(?:(?<=\s)|^)//(?!/).*")  # /// separates symbols of one probe
QUOTES = "\"'`"
EDGES = " \t\"'`[](){}<>.,;:"
EMPHASIS = re.compile(r"(?<!\w)([*_`]{1,3}|~~)(?=\S)([^*_`~\n]+)(?<=\S)\1(?!\w)")  # Markdown's
JOINED = re.compile(r"[-=]*>|[/&+→]")  # between symbols, without blanks
_FOLDED = str.maketrans(
    {
        **{chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)},  # of full width
        **dict.fromkeys([*map(chr, range(0x20)), "\x7f", "\x85", "\u2028", "\u2029"], "\n"),
        "\t": "\t",
        **dict.fromkeys("\u2018\u2019\u201a\u2032\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2212", "-"),
        **dict.fromkeys([*"\u00a0\u1680\u202f\u205f\u3000", *map(chr, range(0x2000, 0x200B))], " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u061c\u200e\u200f"),
        **dict.fromkeys(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))),  # directions
        "\u3001": ",",
    }
)


@dataclass(frozen=True)
class GeneList:
    """entries: as given, in order, repeats kept. notes: how the text was taken, for people."""

    entries: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def genes(self) -> tuple[str, ...]:
        """The entries that may be genes, repeats kept."""
        return tuple(e for e in self.entries if why_no_gene(e) is None)

    @property
    def no_genes(self) -> tuple[tuple[str, str], ...]:
        """(entry, why it is no gene) of the others."""
        whys = ((e, why_no_gene(e)) for e in self.entries)
        return tuple((entry, why) for entry, why in whys if why is not None)


def genes_from_text(text: str) -> GeneList:
    """Return what a pasted or typed text lists; raise PanelError when it is too large.

    Read are lists separated by lines, commas, semicolons, bars or blanks, with quotes, bullets or
    numbers; Python's and R's vectors; the gene column of a table; GMT. From # on a line is comment.
    """
    if len(text) > LARGEST_LIST:
        raise PanelError(
            f"A gene list is at most {size(LARGEST_LIST)} of text; "
            f"{size(len(text))} came. Give the gene symbols alone."
        )
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_FOLDED))
    text = EMPHASIS.sub(r"\2", text)
    if (sets := gene_sets(text)) is not None:
        names, entries = sets
        shown = ", ".join(names[:3])[:80]
        return GeneList(tuple(entries), (f"The genes of {len(names)} gene sets are read: {shown}",))
    lines = [_without_comment(line) for line in text.split("\n")]
    lines = [line for line in lines if line.strip() and not SERIES.fullmatch(line.strip())]
    if (column := gene_column(lines)) is not None:
        entries = [part for cell in column.cells for part in _entries_of(cell)]
        return GeneList(tuple(entries), (column.note,) if column.note else ())
    return _from_lines(lines)


def _without_comment(line: str) -> str:
    """Return a line up to its comment; a spreadsheet's error (#N/A) is none, but missing."""
    return COMMENT.sub("", ERRORS.sub("NA", line))


def _from_lines(lines: list[str]) -> GeneList:
    text = "\n".join(ASSIGNMENT.sub("", _without_bullet(line)) for line in lines)
    text = DTYPE.sub("", CALL.sub(" ", text))
    cells = [c for c in SEPARATORS.split(text) if c.strip(EDGES)]
    notes: tuple[str, ...] = ()
    # TF is a gene, too (transferrin): above a list of one a line it is taken for its header.
    if len(cells) > 2 and len(cells) == len(lines) and cells[0].strip(EDGES).upper() in HEADERS:
        header = cells.pop(0).strip(EDGES)
        notes = (f"The first line, '{header}', is taken for a header.",)
    return GeneList(tuple(part for cell in cells for part in _entries_of(cell)), notes)


def _without_bullet(line: str) -> str:
    """Return a line without what makes it one of a list; 1. Mrz, of a German table, is a date."""
    return line if symbols_of_date(line.strip(EDGES)) is not None else BULLET.sub("", line)


def _entries_of(cell: str) -> list[str]:
    """Return the entries in what stands between two separators: words, or a phrase as a whole."""
    cell = _without_bullet(cell)
    whole = " ".join(cell.strip(EDGES).split())
    if whole.casefold() in MISSING:
        return [whole]
    words = [w for word in cell.split() for w in _symbols_of(_trimmed(word)) if w]
    return words if len(words) < 2 else phrase_parts(words)


def _symbols_of(word: str) -> list[str]:
    """Return the symbols that a word joins (SPI1/GATA1), where each is known; else the word."""
    parts = JOINED.split(word)
    return parts if len(parts) > 1 and all(map(is_known, parts)) else [word]


def _trimmed(word: str) -> str:
    """Return `word` without quotes, brackets and the punctuation after it."""
    inner = word.strip(EDGES)
    # Brackets within a name belong to it: E(spl)m8. A missing value may be a dot or a dash.
    closed = inner + ")" if inner.count("(") == inner.count(")") + 1 and ")" in word else inner
    return closed or (word if word.strip(QUOTES) in MISSING else "")


def read_gene_list(path: Path, what: str) -> GeneList:
    """Return what a file lists: text in any encoding (.txt .csv .tsv .gmt, also .gz), or .xlsx.

    The content tells the kind, not the name. `what` names the list in messages. Raises
    MissingDataError, TableError (neither text nor a workbook) or PanelError (no gene in it).
    """
    try:
        with path.open("rb") as file:  # bounded: it may be a pipe or a device without end
            content = read_at_most(file, LARGEST_WORKBOOK)
    except OSError as error:
        raise MissingDataError(
            f"The {what} file '{path}' cannot be read ({error.strerror}). Check the path."
        ) from error
    except ValueError as error:
        raise _too_large(f"The {what} file '{path}'") from error
    listed = genes_from_bytes(content, f"The {what} file '{path}'")
    if not listed.genes:
        others = ", ".join(f"'{e[:30]}' ({why})" for e, why in listed.no_genes[:3])
        raise PanelError(
            f"The {what} file '{path}' names no gene{f': {others}' if others else ''}. "
            "Put one symbol on each line."
        )
    return listed


def _too_large(name: str) -> PanelError:
    return PanelError(
        f"{name} is larger than {size(LARGEST_LIST)}. Give a text file with one gene symbol a line."
    )


def genes_from_bytes(content: bytes, name: str) -> GeneList:
    """Return what the content of a file or an upload lists; `name` begins the messages.

    Raises TableError for what is neither text nor a workbook, PanelError for too large a text.
    """
    if len(content) > LARGEST_WORKBOOK:
        raise _too_large(name)
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(content)) as file:
                content = read_at_most(file, LARGEST_LIST)
        except (OSError, EOFError, ValueError) as error:
            raise TableError(
                f"{name} cannot be unpacked ({str(error)[:80]}). Unpack it first."
            ) from error
    if content.startswith(b"PK\x03\x04"):
        sheet, rows = workbook_rows(content, name)
        column = gene_column(rows)
        cells = column.cells if column else [cell for row in rows for cell in row if cell.strip()]
        listed = GeneList(tuple(part for cell in cells for part in _entries_of(cell)))
        notes = (sheet, column.note if column else "")
        return GeneList(listed.entries, tuple(n for n in notes if n))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableError(f"{name} is a workbook of old Excel (.xls). Save it as .xlsx or as text.")
    if len(content) > LARGEST_LIST:
        raise _too_large(name)
    return genes_from_text(decoded(content, name))
