"""Gene lists from files and text boxes, checked before anything is computed."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.data.gene_names import meanings, previous_symbols
from ugrn_core.errors import (
    InputError,
    MissingDataError,
    PanelError,
    StorageError,
    TableError,
    UnknownGeneError,
)
from ugrn_core.registry import near_matches
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

LARGEST_LIST = 2_000_000  # bytes of text; the longest human gene list is a tenth of it
LONGEST_SYMBOL = 64


def genes_from_text(text: str) -> tuple[str, ...]:
    """Return the symbols of a pasted or typed list: one a line, or separated by , ; or blanks.

    Lines beginning with # are left out. Raises PanelError when too large or not symbols.
    """
    if len(text) > LARGEST_LIST:
        raise PanelError(
            f"A gene list is at most {LARGEST_LIST // 1_000_000} MB of text; "
            f"{len(text) / 1e6:.1f} MB came. Paste gene symbols only, one a line."
        )
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    symbols = " ".join(lines).replace(",", " ").replace(";", " ").split()
    odd = [s for s in symbols if len(s) > LONGEST_SYMBOL or not s.isprintable() or set(s) & _MARKUP]
    if odd:
        raise PanelError(
            f"{odd[0][:40]!a} is not a gene symbol ({len(odd)} such entries). "
            "Give symbols such as GATA1, one a line."
        )
    return tuple(symbols)


_MARKUP = set("<>\"'`\\={}|")


def read_gene_list(path: Path, what: str) -> tuple[str, ...]:
    """Return the symbols of a text file, one a line; `what` names the list in messages.

    Raises MissingDataError, TableError (not text) or PanelError (empty, not symbols).
    """
    try:
        with path.open("rb") as file:  # bounded: it may be a pipe or a device without end
            content = file.read(LARGEST_LIST + 1)
        if len(content) > LARGEST_LIST:
            raise PanelError(
                f"The {what} file '{path}' is larger than {LARGEST_LIST // 1_000_000} MB. "
                "Give a text file with one gene symbol a line."
            )
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(
            f"The {what} file '{path}' is not text. Give one gene symbol a line."
        ) from error
    except OSError as error:
        raise MissingDataError(
            f"The {what} file '{path}' cannot be read ({error.strerror}). Check the path."
        ) from error
    symbols = genes_from_text(text)
    if not symbols:
        raise PanelError(f"The {what} file '{path}' names no gene. Put one symbol on each line.")
    return symbols


def checked_panel(genes: tuple[str, ...], backbone: Backbone) -> Panel:
    """Return the panel of `genes` as spelled, every one known to `backbone`, each token once.

    Raises PanelError or UnknownGeneError (with near matches).
    """
    panel = Panel(genes)
    backbone.vocabulary.ids(panel.genes)
    tokens = Counter(backbone.vocabulary.find(g).token for g in panel.genes)
    twice = [t for t, n in tokens.items() if n > 1]
    if twice:
        raise PanelError(
            f"The panel names {', '.join(twice[:5])} under two spellings. Keep one of them."
        )
    return panel


def current_symbols(
    genes: tuple[str, ...], backbone: Backbone
) -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """Return `genes` with names the backbone lacks replaced by a current or previous symbol it has.

    Second: (given, used, why) of each that was replaced. Names that may mean several genes of the
    vocabulary stay as they are; so do unknown ones.
    """
    used, changed, held = [], [], set(genes)
    for gene in genes:
        symbol = gene
        if backbone.vocabulary.find(gene).token is None:
            named = {m.symbol: m.words for m in meanings(gene)}
            named |= {p: f"the current symbol of what was {p}" for p in previous_symbols(gene)}
            here = [name for name in named if backbone.vocabulary.find(name).token]
            if len(here) == 1:
                symbol = here[0]
                again = "; your list holds it already" if symbol in held else ""
                held.add(symbol)
                changed.append((gene, symbol, f"{named[symbol]}{again}"))
        used.append(symbol)
    return tuple(used), tuple(changed)


def known_spellings(
    genes: tuple[str, ...], backbone: Backbone
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the known genes as spelled, each token once, and (gene, reason) for those left out."""
    kept, left_out = known_and_unknown(genes, backbone)
    return tuple(kept.values()), left_out


def known_and_unknown(
    genes: tuple[str, ...], backbone: Backbone
) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Return token -> gene as spelled, each token once, and (gene, reason) for those left out."""
    kept: dict[str, str] = {}
    left_out: list[tuple[str, str]] = []
    for gene in dict.fromkeys(genes):
        match = backbone.vocabulary.find(gene)
        if match.token is None:
            near = f"; near: {', '.join(match.near)}" if match.near else ""
            left_out.append((gene[:LONGEST_SYMBOL], f"not in the vocabulary{near}"))
        elif match.token in kept:
            left_out.append((gene[:LONGEST_SYMBOL], f"same gene as {kept[match.token]}"))
        else:
            kept[match.token] = gene
    return kept, tuple(left_out)


def panel_members(
    genes: tuple[str, ...], panel: Panel, backbone: Backbone
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the panel's genes that `genes` are, by token and each once, and those that are none.

    A list may spell a gene otherwise than the panel does.
    """
    spelled = {backbone.vocabulary.find(g).token: g for g in panel.genes}
    members = {g: spelled.get(backbone.vocabulary.find(g).token) for g in dict.fromkeys(genes)}
    found = dict.fromkeys(m for m in members.values() if m is not None)
    return tuple(found), tuple(g for g, m in members.items() if m is None)


def require_in_panel(sources: tuple[str, ...], panel: Panel, what: str) -> None:
    """Raise UnknownGeneError unless all `sources` are in `panel`, PanelError if one is repeated."""
    missing = [s for s in sources if s not in panel]
    if missing:
        near = {s: near_matches(s, list(panel.genes)) for s in missing[:5]}
        raise UnknownGeneError(missing, f"the panel ({what} must be panel genes)", near)
    twice = [s for s, n in Counter(sources).items() if n > 1]
    if twice:
        raise PanelError(
            f"The {what} name {', '.join(map(repr, twice[:5]))} more than once. Remove the repeats."
        )


LONGEST = 200_000  # characters; 20,000 genes are about 140,000


MOST_GENES = 5_000


_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@:()+-]{0,39}")


_MARK = re.compile(r"[0-9a-f]{16}")


def read_pasted(text: str) -> tuple[str, ...]:
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
        return read_pasted(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, InputError) as error:
        raise MissingDataError(
            "The gene list of this link cannot be read any more. Paste the list again."
        ) from error
