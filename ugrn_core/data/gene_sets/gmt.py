"""GMT, the format that gene sets come in: a line a set, tabs between name, description and genes.

As the Broad Institute's GSEA reads it. What others wrote is bounded and checked: a name that is
too long, a set without genes or a file of something else is told, never guessed at.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ugrn_core.data.gene_names import current_symbol, meanings
from ugrn_core.data.text import decoded
from ugrn_core.errors import TableError
from ugrn_core.files import read_at_most

LARGEST = 20_000_000  # bytes of a file, unpacked
MOST_SETS = 50_000
LONGEST_NAME = 200
LONGEST_GENE = 64


@dataclass(frozen=True)
class GeneSets:
    """A collection of gene sets. sets: name -> approved symbols, each once, in the file's order.
    title: for people. source, licence: where it comes from, and its terms. notes: what of the file
    was not used."""

    name: str
    title: str
    sets: Mapping[str, tuple[str, ...]]
    source: str = ""
    licence: str = ""
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.sets)

    @cached_property
    def genes(self) -> frozenset[str]:
        """All genes of its sets."""
        return frozenset(gene for members in self.sets.values() for gene in members)

    @cached_property
    def checksum(self) -> str:
        """sha256 over sets and genes, hex."""
        return hashlib.sha256(gmt_text(self.sets).encode()).hexdigest()

    def about(self) -> dict:
        """Return what provenance says of it, as plain JSON types."""
        told = {"name": self.name, "title": self.title, "sets": len(self.sets)}
        return told | {"source": self.source, "licence": self.licence, "sha256": self.checksum}


def gmt_text(sets: Mapping[str, tuple[str, ...]]) -> str:
    """Return sets as the text of a GMT file, without descriptions."""
    return "".join("\t".join((name, "", *genes)) + "\n" for name, genes in sets.items())


def read_gmt(content: bytes, what: str) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the sets of a GMT file's `content` (also gzipped), and what of it was not used.

    Previous symbols and Ensembl ids become approved symbols. A name that comes twice: the first
    counts. Descriptions that are a gene in every line are genes: somebody left descriptions out.
    what: names the file in messages. Raises TableError for what is no GMT.
    """
    text = decoded(_unpacked(content, what), what)
    sets: dict[str, tuple[str, ...]] = {}
    empty, twice = [], []
    numbered = enumerate(text.splitlines(), 1)
    lines = [(n, line) for n, line in numbered if line.strip() and not line.startswith("#")]
    first = 1 if lines and all(_has_no_description(line) for _, line in lines) else 2
    for number, line in lines:
        name, genes = _parts(line, number, what, first)
        if not genes:
            empty.append(name)
        elif name in sets:
            twice.append(name)
        else:
            sets[name] = genes
        if len(sets) > MOST_SETS:
            raise TableError(f"{what} holds more than {MOST_SETS:,} sets. Give a part of it.")
    if not sets:
        raise TableError(
            f"{what} holds no gene set. A GMT file has a line a set: its name, a description and "
            "its genes, with tabs between them."
        )
    undescribed = "" if first == 2 else "no line has a description: what follows a name is a gene"
    notes = [_note(empty, "no gene"), _note(twice, "a name that came before"), undescribed]
    return sets, tuple(note for note in notes if note)


def _unpacked(content: bytes, what: str) -> bytes:
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(content)) as file:
                return read_at_most(file, LARGEST)
        except (OSError, EOFError, ValueError) as error:
            raise TableError(f"{what} cannot be unpacked ({str(error)[:80]}).") from error
    if len(content) > LARGEST:
        raise TableError(f"{what} is larger than {LARGEST // 1_000_000} MB. Give a part of it.")
    return content


def _has_no_description(line: str) -> bool:
    """Return whether a gene stands where a line's description is expected; not one that the set is
    named after, as tables of a regulator's targets have it."""
    name, described, *_ = (*line.split("\t", 2), "")
    described = described.strip()
    known = any(m.how in ("symbol", "ensembl") for m in meanings(described))
    return known and described.casefold() not in name.casefold()


def _parts(line: str, number: int, what: str, first: int) -> tuple[str, tuple[str, ...]]:
    """Return the name and the genes, from field `first` on, of a line; raise TableError where it is
    none of a GMT."""
    fields = line.split("\t")
    name = fields[0].strip()
    if len(fields) < 3 or not name:
        raise TableError(
            f"Line {number} of {what} is none of a GMT file: a name, a description and genes, with "
            f"tabs between them, are expected; {line[:60]!a} came."
        )
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise TableError(
            f"Line {number} of {what} begins with a name of {len(name):,} characters. A set's name "
            f"has at most {LONGEST_NAME}, all of them printable."
        )
    genes = (gene.strip().partition(",")[0] for gene in fields[first:])  # GSEA's: gene,weight
    fit = (g for g in genes if g and len(g) <= LONGEST_GENE and g.isprintable())
    return name, tuple(dict.fromkeys(current_symbol(g) for g in fit))


def _note(names: list[str], why: str) -> str:
    if not names:
        return ""
    return f"{len(names):,} lines have {why}, such as {names[0][:60]}: left out"
