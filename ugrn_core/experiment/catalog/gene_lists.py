"""Gene lists against a backbone's vocabulary: what is used, as which symbol, and what is not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.data.gene_lists import LARGEST_LIST, GeneList, genes_from_text, why_no_gene
from ugrn_core.data.gene_names import ENSEMBL, SHORT, current_symbol, meanings, previous_symbols
from ugrn_core.errors import (
    MissingDataError,
    PanelError,
    StorageError,
    UnknownGeneError,
    did_you_mean,
)
from ugrn_core.files import check_format, read_bounded, sealed, unsealed, write_own
from ugrn_core.registry import near_matches
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

LONGEST = 200_000  # characters of a pasted list; 20,000 genes are about 140,000
LONGEST_SYMBOL = 64
MOST_GENES = 5_000
FORMAT = 1  # of a list that is kept
OTHER_ID = re.compile(r"ENS[A-Z]{1,8}\d{6,}(?:\.\d+)?", re.IGNORECASE)  # of transcripts, of rats
_MARK = re.compile(r"[0-9a-f]{16}")

Reasons = tuple[tuple[str, str], ...]  # (entry as given, why it is not used)


@dataclass(frozen=True)
class ListedGene:
    """One gene of a list: the first entry that names it, its token in the vocabulary, its approved
    symbol, and why the entry means it ("" where the vocabulary spells it so, case ignored)."""

    as_given: str
    token: str
    symbol: str
    why: str = ""


@dataclass(frozen=True)
class ResolvedList:
    """A gene list as a backbone knows it. used + twice + unknown + no_gene are all entries given.

    twice: entries that name a gene again, under any name. unknown: names the vocabulary lacks, or
    that may mean several of its genes. no_gene: words, dates, missing values.
    """

    used: tuple[ListedGene, ...]
    twice: Reasons = ()
    unknown: Reasons = ()
    no_gene: Reasons = ()

    @property
    def left_out(self) -> Reasons:
        """Every entry that is not used, with its reason."""
        return (*self.unknown, *self.no_gene, *self.twice)

    @property
    def renamed(self) -> tuple[tuple[str, str, str], ...]:
        """(as given, symbol, why) of the genes that came under another name than their symbol."""
        return tuple((g.as_given, g.symbol, _why(g)) for g in self.used if g.as_given != g.symbol)

    @property
    def as_given(self) -> dict[str, str]:
        """Symbol -> how the list names it."""
        return {g.symbol: g.as_given for g in self.used}

    @property
    def symbols(self) -> dict[str, str]:
        """Token -> symbol."""
        return {g.token: g.symbol for g in self.used}

    @property
    def counts(self) -> str:
        """The count of entries, and what became of them, in words."""
        parts = (
            (self.twice, "the same gene twice"),
            (self.unknown, "unknown"),
            (self.no_gene, "no gene"),
        )
        given = len(self.used) + len(self.left_out)
        rest = "".join(f" + {len(entries):,} {what}" for entries, what in parts if entries)
        return f"{given:,} given = {len(self.used):,} used{rest}"

    def panel(self) -> Panel:
        """Return the tokens as a panel; raise PanelError, with the reasons, for fewer than two."""
        if len(self.used) < 2:
            shown = "; ".join(f"{entry[:40]!a}: {why}" for entry, why in self.left_out[:5])
            raise PanelError(
                f"A panel needs at least two genes; of this list {len(self.used)} can be used "
                f"({self.counts}).{f' {shown[:400]}.' if shown else ''} "
                "Give human gene symbols, one a line."
            )
        return Panel(tuple(g.token for g in self.used))


def _why(gene: ListedGene) -> str:
    if gene.why:
        return gene.why
    if gene.as_given.casefold() == gene.symbol.casefold():
        return f"spelled {gene.symbol}"
    return f"a previous symbol of {gene.symbol}"


def resolve(entries: Iterable[str], backbone: Backbone) -> ResolvedList:
    """Return what of `entries` (as `GeneList.entries`) the backbone knows, each gene once.

    A gene is what has one approved symbol: its previous symbols, aliases and Ensembl ids are the
    same gene. Never raises: one bad entry refuses no other.
    """
    used: dict[str, ListedGene] = {}
    twice: list[tuple[str, str]] = []
    unknown: list[tuple[str, str]] = []
    no_gene: list[tuple[str, str]] = []
    for entry in entries:
        shown = entry[:LONGEST_SYMBOL]
        if (reason := why_no_gene(entry)) is not None:
            no_gene.append((shown, reason))
            continue
        token, why = _token(entry, backbone)
        if token is None:
            unknown.append((shown, why))
            continue
        gene = ListedGene(entry, token, current_symbol(token), why)
        first = used.setdefault(gene.symbol, gene)
        if first is not gene:
            same = "named before" if entry == first.as_given else f"same gene as {first.as_given}"
            twice.append((shown, same))
    return ResolvedList(tuple(used.values()), tuple(twice), tuple(unknown), tuple(no_gene))


def _token(entry: str, backbone: Backbone) -> tuple[str | None, str]:
    """Return the token of a name, and why it is that one or why there is none."""
    vocabulary = backbone.vocabulary
    match = vocabulary.find(entry)
    named = {m.symbol: m.words for m in meanings(entry)}
    # A token that differs in case alone: of one or two letters it may be an alias, as T of TBXT.
    short = len(entry) <= SHORT and match.how == "case-insensitive" and not named
    if match.token is not None and not short:
        return match.token, ""
    symbols = tuple(named)
    named |= {p: f"the current symbol of what was {p}" for p in previous_symbols(entry)}
    for symbol in symbols:  # a vocabulary may know the gene by a symbol it had before
        named |= {p: named[symbol] for p in previous_symbols(symbol) if p not in named}
    here = {t: name for name in named if (t := vocabulary.token(name)) is not None}
    genes = {current_symbol(t) for t in here}
    if len(genes) == 1:
        token, name = next(iter(here.items()))
        return token, named[name]
    if genes:
        return None, f"may mean {' or '.join(sorted(genes))}: give one of them"
    if symbols:
        return None, f"{next(iter(named.values()))}, which {backbone.name} does not know"
    if ENSEMBL.fullmatch(entry):
        return None, "an Ensembl id of no gene in the table of gene names"
    if OTHER_ID.fullmatch(entry):
        return None, "no Ensembl id of a human or mouse gene (ENSG..., ENSMUSG...): give the gene's"
    if len(entry) <= SHORT and meanings(entry.upper()):
        return None, f"not known; {entry.upper()} is {meanings(entry.upper())[0].words}"
    near = f"; {did_you_mean(match.near)}" if match.near else ""
    return None, f"not in the vocabulary of {backbone.name}{near}"


def panel_members(listed: ResolvedList, panel: Panel) -> tuple[tuple[str, ...], Reasons]:
    """Return the tokens of the panel's genes that `listed` names, under any name, and its entries
    that are not used or no gene of the panel."""
    tokens = {current_symbol(token): token for token in panel.genes}
    members = tuple(tokens[g.symbol] for g in listed.used if g.symbol in tokens)
    others = [
        (g.as_given, "not a gene of the panel") for g in listed.used if g.symbol not in tokens
    ]
    return members, (*others, *listed.left_out)


def gene_count(entries: Iterable[str]) -> int:
    """Return how many different names of genes are among the entries of a list."""
    return len({entry for entry in entries if why_no_gene(entry) is None})


def read_pasted(text: str) -> GeneList:
    """Return what a pasted text lists, for a panel in the dashboard.

    Raises PanelError for lists that are too long, or name fewer than two genes.
    """
    if len(text) > LONGEST:
        raise PanelError(
            f"A gene list has at most {LONGEST:,} characters; this one has {len(text):,}. "
            "Paste the gene symbols alone."
        )
    return checked(genes_from_text(text))


def checked(listed: GeneList) -> GeneList:
    """Return a list that the dashboard may keep; raise PanelError for too many or too few genes."""
    genes = dict.fromkeys(listed.genes)
    if len(genes) > MOST_GENES or len(listed.entries) > 4 * MOST_GENES:
        raise PanelError(
            f"A panel here has at most {MOST_GENES:,} genes; {len(genes):,} came. "
            "Leave out the genes you do not need, or use the command line."
        )
    if len(genes) < 2:
        odd = "; ".join(f"{entry[:30]!a}: {why}" for entry, why in listed.no_genes[:3])
        raise PanelError(
            f"A panel needs at least two genes; {len(genes)} came{f' ({odd})' if odd else ''}. "
            "Paste a regulator and the genes it may act on."
        )
    return listed


def keep(folder: Path, entries: tuple[str, ...]) -> str:
    """Write the `entries` of a list below `folder`; return the 16 letters a link names them by.

    A list that is kept already needs no disk that can be written. Raises StorageError.
    """
    mark, place = _mark_of(entries), folder / "panels"
    with suppress(MissingDataError):
        kept(folder, mark)
        return mark
    content = sealed({"format": FORMAT, "entries": list(entries)})
    try:
        write_own(place / f"{mark}.json", content)
    except StorageError as error:
        why = getattr(error.__cause__, "strerror", None) or "the disk refused"
        raise StorageError(
            f"This gene list cannot be kept, so it cannot be probed: '{place}' cannot be written "
            f"({why}). Make room or allow writing there, or start UGRN with UGRN_HOME naming a "
            "folder that you may write to. What is computed already can still be read."
        ) from error
    return mark


def kept(folder: Path, mark: str) -> tuple[str, ...]:
    """Return the entries kept as `mark`, as given; raise MissingDataError when there is none, or
    it is not what the mark was made of."""
    path, of_before = (folder / "panels" / f"{mark}.{suffix}" for suffix in ("json", "txt"))
    if not _MARK.fullmatch(mark) or not (path.is_file() or of_before.is_file()):
        raise MissingDataError(
            "This link names a gene list that is not on this machine. Paste the list again."
        )
    try:
        entries = _entries(path) if path.is_file() else _entries_of_before(of_before)
        if _mark_of(entries) != mark:
            raise ValueError("damaged")
    except (StorageError, ValueError, KeyError, TypeError) as error:
        raise MissingDataError(
            "The gene list of this link cannot be read any more. Paste the list again."
        ) from error
    return entries


def _entries(path: Path) -> tuple[str, ...]:
    content = unsealed(read_bounded(path, 8 * LARGEST_LIST))
    check_format(content, FORMAT, f"The gene list {path.name}")
    return tuple(content["entries"])


def _entries_of_before(path: Path) -> tuple[str, ...]:
    """Return a list kept before lists had a format: its entries as text, one a line."""
    return tuple(read_bounded(path, LARGEST_LIST).decode().split("\n"))[:-1]


def _mark_of(entries: tuple[str, ...]) -> str:
    return hashlib.sha256(("\n".join(entries) + "\n").encode()).hexdigest()[:16]


def gene_among(typed: str, names: Iterable[str], where: str) -> str:
    """Return the one of `names` (symbols as they are shown) that a gene under any of its names
    means; raise UnknownGeneError, with `where` for what they are and near matches."""
    names, typed = list(dict.fromkeys(names)), typed.strip()
    by_name = {current_symbol(n).casefold(): n for n in names} | {n.casefold(): n for n in names}
    symbols = [typed] if typed.casefold() in by_name else [m.symbol for m in meanings(typed)]
    matches = {by_name[s.casefold()] for s in symbols if s.casefold() in by_name}
    if len(matches) != 1:  # an alias may be one of several genes
        raise UnknownGeneError(
            [typed], where, {typed: sorted(matches) or near_matches(typed, names)}
        )
    return matches.pop()
