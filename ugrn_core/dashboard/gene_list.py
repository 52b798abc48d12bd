"""A pasted gene list: checked, and kept under its checksum so that a link can name it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from ugrn_core.errors import InputError, MissingDataError, PanelError, StorageError
from ugrn_core.experiment.catalog.gene_lists import genes_from_text

LONGEST = 200_000  # characters; 20,000 genes are about 140,000
MOST_GENES = 5_000
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@:()+-]{0,39}")
_MARK = re.compile(r"[0-9a-f]{16}")


def read_gene_list(text: str) -> tuple[str, ...]:
    """Return the symbols of `text`, repeats dropped; stricter than for files.

    Raises PanelError for lists that are too long, too short, or hold what no gene symbol looks
    like (markup, formulas, paths).
    """
    if len(text) > LONGEST:
        raise PanelError(
            f"A gene list has at most {LONGEST:,} characters; this one has {len(text):,}. "
            "Paste the gene symbols alone."
        )
    genes = tuple(dict.fromkeys(genes_from_text(text)))
    wrong = [g for g in genes if not _SYMBOL.fullmatch(g)]
    if wrong:
        shown = ", ".join(f"'{g[:30]}'" for g in wrong[:3])
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise PanelError(
            f"{len(wrong)} of {len(genes)} entries do not look like gene symbols: {shown}{more}. "
            "Paste symbols such as SPI1, GATA1, separated by spaces, commas or lines."
        )
    if len(genes) > MOST_GENES:
        raise PanelError(
            f"A panel here has at most {MOST_GENES:,} genes; {len(genes):,} came. "
            "Leave out the genes you do not need, or use the command line."
        )
    if len(genes) < 2:
        raise PanelError(
            f"A panel needs at least two genes; {len(genes)} came. "
            "Paste a regulator and the genes it may act on."
        )
    return genes


def keep(folder: Path, genes: tuple[str, ...]) -> str:
    """Write `genes` below `folder` and return the 16 letters a link names them by."""
    content = "\n".join(genes) + "\n"
    mark = hashlib.sha256(content.encode()).hexdigest()[:16]
    path = folder / "panels" / f"{mark}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(prefix=".panel.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        os.replace(scratch, path)
    except OSError as error:
        raise StorageError(
            f"The gene list could not be kept in '{folder}': {error.strerror}. "
            "Free some space, or set UGRN_HOME to a folder that can be written."
        ) from error
    return mark


def kept(folder: Path, mark: str) -> tuple[str, ...]:
    """Return the genes kept as `mark`; raise MissingDataError when there is none."""
    path = folder / "panels" / f"{mark}.txt"
    if not _MARK.fullmatch(mark) or not path.is_file():
        raise MissingDataError(
            "This link names a gene list that is not on this machine. Paste the list again."
        )
    try:
        return read_gene_list(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, InputError) as error:
        raise MissingDataError(
            "The gene list of this link cannot be read any more. Paste the list again."
        ) from error
