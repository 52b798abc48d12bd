"""Genes of a file as approved symbols: from symbols, Ensembl ids, both in one, of human or mouse.

Every column of a matrix gets a symbol or a reason why it has none; nothing is dropped silently.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from ugrn_core.data.gene_names import ENSEMBL, meanings, orthologs_path, undotted
from ugrn_core.data.orthologs import SPECIES, human_partner, read_orthologs
from ugrn_core.data.own import foreign_ids
from ugrn_core.data.own.formats.contract import Matrix
from ugrn_core.data.own.mixed_species import genes_of_another
from ugrn_core.data.symbols import DAMAGED, repair_symbols
from ugrn_core.data.tfs import tf_names
from ugrn_core.errors import OptionError, TableError
from ugrn_core.registry import require

INDEX = "names of the matrix"  # the column that is none
SAMPLE = 3_000
LEAST = 0.05  # of the names are known genes, or these are none
ANY_ENSEMBL = re.compile(r"ENS([A-Z]{0,4})G\d{11}(?:\.\d+)?(?:_PAR_Y)?", re.IGNORECASE)
PREFIX = re.compile(r"^(?:GRCh|GRCm|hg|mm)\d{1,3}\w{0,3}?_+(?=\S)")
MISSING = {"nan", "NaN", "NA", "None", "none", "null", "<NA>"}  # NA was a symbol of XK, once
LOCUS = re.compile(r"__chr\w{1,4}$|\|\d+$")  # of CEL-Seq's tools GATA1__chrX, of TCGA GATA1|2623
ISO_DATE = re.compile(r"(?:19|20)\d\d-(\d\d)-(\d\d)(?: 00:00:00)?")
MADE_UNIQUE = re.compile(r"(.+?)[-.](\d{1,2})$")
MONTHS = {"03": "Mar", "09": "Sep", "12": "Dec"}
EXCEL_EPOCH = date(1899, 12, 30)
FISH = re.compile(r"(?:si|zgc|im|wu|zmp):|\S+\.[LS]$")
FISH_NAMES = 0.02  # of the names
IN_LOWER_CASE = "its symbols are in lower case, as those of fish and frogs are: taken as human"
FEW_NUMBERS = 0.02  # of the names: more of them are ids
HOW = ("symbol", "previous", "ensembl", "alias")
TWO_SPECIES = (
    "genes of {own} and {other} are in it: the {count:,} of {other} were left out (--species "
    "{other} takes those); keep the cells of {own} alone (--keep)"
)
SPIKE = re.compile(r"ERCC[-_.]?\d{5}")
NO_GENE = "an ERCC spike-in, no gene"
NO_ORTHOLOG = "a mouse gene without a known human ortholog: backbones know human genes"


@dataclass(frozen=True)
class Naming:
    """symbols: of each column, "" where it has none: approved ones of human genes, the file's own
    of mouse genes. reasons: name in the file -> why it has none. column: where the names were read.
    kinds: how many names were of which kind, in words. renamed: name in the file -> symbol, where
    they differ."""

    symbols: tuple[str, ...]
    species: str
    column: str
    kinds: Mapping[str, int]
    reasons: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> int:
        """How many columns have a symbol."""
        return sum(map(bool, self.symbols))


def name_genes(matrix: Matrix, column: str | None = None, species: str | None = None) -> Naming:
    """Return the symbols of a matrix' columns. column: of its gene columns, None for the best.

    Raises TableError where hardly any name is that of a human or mouse gene, UnknownNameError for
    a column that is not there, OptionError for another species.
    """
    if species is not None and species not in SPECIES:
        raise OptionError(f"The species is one of {', '.join(SPECIES)}; not '{species[:40]}'.")
    columns = {INDEX: matrix.genes, **matrix.gene_columns}
    chosen = _best(columns) if column is None else require(column, columns, "column of gene names")
    raw = [str(v) for v in columns[chosen]]
    names, notes = _cleaned(raw)
    shown = species or _species(names)
    others = genes_of_another(raw, names, shown)
    own = ["" if foreign else n for n, foreign in zip(names, others)]
    symbols, reasons = _symbols(own, shown, None if others.any() else _ids_beside(columns, chosen))
    if others.any():
        other = SPECIES[1 - SPECIES.index(shown)]
        reasons |= {n: f"a gene of {other}" for n, foreign in zip(names, others) if foreign}
        notes = (*notes, TWO_SPECIES.format(own=shown, count=others.sum(), other=other))
    if shown == "human" and _in_lower_case(names):
        notes = (*notes, IN_LOWER_CASE)
    if spikes := sum(map(is_spike, matrix.genes)):
        notes = (*notes, f"{spikes:,} ERCC spike-ins: no genes, and no part of a cell's total")
    if sum(map(bool, symbols)) < max(2, LEAST * min(len(names), SAMPLE)):
        _refuse(names, symbols)
    given = [str(v) for v in matrix.genes]
    pairs = zip(given, symbols, names)
    return Naming(
        symbols=tuple(symbols),
        species=shown,
        column=chosen,
        kinds=_kinds(names),
        reasons={g: reasons[n] for g, s, n in pairs if not s},
        renamed={g: s for g, s in zip(given, symbols) if s and g != s},
        notes=notes,
    )


def symbols_of(
    names: Sequence[str], species: str | None = None
) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return (species, name -> symbol, name -> why it has none) of names of genes, as cells' are
    named. species: None for the one that the names tell. Raises OptionError, TableError for genes
    of another species."""
    if species is not None and species not in SPECIES:
        raise OptionError(f"The species is one of {', '.join(SPECIES)}; not '{species[:40]}'.")
    given = list(dict.fromkeys(names))
    plain, _ = _cleaned(given)
    shown = species or _species(plain)
    symbols, reasons = _symbols(plain, shown, None)
    named = {g: s for g, s in zip(given, symbols) if s}
    return shown, named, {g: reasons.get(n, "") for g, n in zip(given, plain) if g not in named}


def columns_to_choose(matrix: Matrix) -> tuple[str, ...]:
    """Return the columns in which names of genes are, the matrix' own names first."""
    return (INDEX, *(c for c, v in matrix.gene_columns.items() if _share(v) > LEAST))


def bare(name: str) -> str:
    """Return a name without quotation marks, a genome before it, a chromosome or a number of NCBI
    behind, with R's dots as dashes again; "" for a missing one."""
    name = LOCUS.sub("", PREFIX.sub("", name.strip().strip("\"'")))
    return "" if name in MISSING else undotted(name)


def _best(columns: Mapping[str, Sequence[str]]) -> str:
    """Return the column of symbols: the index, unless another names clearly more by symbol."""
    own = columns[INDEX]
    if _share(own) > 0.5 and _ids(own) < 0.5:
        return INDEX
    text = {c: v for c, v in columns.items() if np.asarray(v[:1]).dtype.kind in "OUS"}
    text = {c: v for c, v in text.items() if c == INDEX or len(set(v)) > 0.5 * len(v)}
    score = {c: _share(v) - 0.5 * _ids(v) for c, v in text.items()}
    best = max(score, key=score.__getitem__)
    return best if score[best] > score[INDEX] + 0.05 else INDEX


def _some(names: Sequence[str]) -> list[str]:
    return [str(n) for n in list(names)[:: max(1, len(names) // SAMPLE)][:SAMPLE]]


def _share(names: Sequence[str]) -> float:
    some = _some(names)
    return sum(bool(meanings(n)) for n in {bare(n) for n in some}) / max(1, len(some))


def _ids(names: Sequence[str]) -> float:
    some = _some(names)
    return sum(bool(ANY_ENSEMBL.search(n)) for n in some) / max(1, len(some))


def _cleaned(names: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return names without a genome before them, both-in-one parted, and dates repaired."""
    names = [_dated(bare(n)) for n in names]
    days = _serial_dates(names)
    names = [days.get(n, n) for n in names]
    if not any(DAMAGED.fullmatch(n) for n in names):
        return names, ()
    repaired, notes = repair_symbols(names)
    return list(repaired), notes


def _serial_dates(names: Sequence[str]) -> dict[str, str]:
    """Return number -> date of the names that are days as Excel counts them (44075 is 1-Sep), where
    few names are numbers: MARCH, SEPT and DEC genes have been made so."""
    numbers = {n for n in names if n.isdecimal()}
    if len(numbers) > FEW_NUMBERS * len(names):
        return {}
    days = {n: EXCEL_EPOCH + timedelta(int(n)) for n in numbers if re.fullmatch(r"[34]\d{4}", n)}
    months = {int(k): name for k, name in MONTHS.items()}
    return {n: f"{d.day}-{months[d.month]}" for n, d in days.items() if d.month in months}


def _dated(name: str) -> str:
    match = ISO_DATE.fullmatch(name)
    return f"{int(match[2])}-{MONTHS[match[1]]}" if match and match[1] in MONTHS else name


def _ids_beside(columns: Mapping[str, Sequence[str]], chosen: str) -> Sequence[str] | None:
    """Return another column that holds Ensembl ids, for names that are none."""
    for column, values in columns.items():
        if column != chosen and _ids(values) > 0.5:
            return values
    return None


def _species(names: Sequence[str]) -> str:
    """Return human or mouse by ids and by the case of symbols; raise TableError for another."""
    codes = Counter(m[1].upper() for n in _some(names) if (m := ANY_ENSEMBL.search(n)))
    if codes and codes.total() > 0.5 * len(_some(names)):
        code, _ = codes.most_common(1)[0]
        if code not in ("", "MUS"):
            raise TableError(
                f"Its genes are those of another species (ids ENS{code}G...): human and mouse can "
                "be read. Give human orthologs in their place."
            )
        return "mouse" if code == "MUS" else "human"
    known = [n for n in _some(names) if meanings(n) and any(c.isalpha() for c in n)]
    if _in_lower_case(names) and sum(map(_of_a_fish, _some(names))) > FISH_NAMES * len(
        _some(names)
    ):
        raise TableError(
            "Its genes are named as those of zebrafish or frogs are, in lower case and by halves "
            "of a double genome (gata1a, gata1.L): human and mouse can be read. Give human "
            "orthologs in their place."
        )
    lower = sum(n != n.upper() and n[:1].isupper() and not _frame(n) for n in known)
    return "mouse" if lower > 0.5 * len(known) else "human"


def _in_lower_case(names: Sequence[str]) -> bool:
    known = [n for n in _some(names) if meanings(n) and any(c.isalpha() for c in n)]
    return bool(known) and sum(n == n.lower() for n in known) > 0.5 * len(known)


def _of_a_fish(name: str) -> bool:
    """Whether a name is of a kind that zebrafish and frogs alone have: si:ch211-1, gata1a, gata1.L;
    of an unknown name, since some of man end so, too."""
    if FISH.match(name):
        return True
    return not meanings(name) and name[-1:] in ("a", "b") and bool(meanings(name[:-1]))


def _frame(name: str) -> bool:
    return "orf" in name


def _symbols(
    names: Sequence[str], species: str, ids: Sequence[str] | None
) -> tuple[list[str], dict[str, str]]:
    find = _human if species == "human" else _mouse
    present, reasons, out = set(names), {}, []
    for k, name in enumerate(names):
        symbol, why = find(name)
        if not symbol and (made := MADE_UNIQUE.fullmatch(name)) and made[1] in present:
            symbol, why = find(made[1])  # GATA1-1: what anndata and R call the second GATA1
        if not symbol and ids is not None:
            symbol = find(str(ids[k]))[0]
        if not symbol:
            reasons[name] = NO_GENE if is_spike(name) else why
        out.append(symbol)
    return out, reasons


@lru_cache(maxsize=200_000)
def _human(name: str) -> tuple[str, str]:
    """Return the approved symbol that a name means, or "" and why it has none."""
    match = ANY_ENSEMBL.search(name)
    if match:
        rest = (name[: match.start()] + name[match.end() :]).strip("_|:;-. ")
        if rest and meanings(rest):
            return _human(rest)
        name = match[0].upper().removesuffix("_PAR_Y")
    readings = [m for m in meanings(name) if m.how in HOW]
    if len({m.symbol for m in readings}) == 1:
        return readings[0].symbol, ""
    if readings:
        return "", f"may mean {' or '.join(sorted({m.symbol for m in readings})[:4])}"
    if DAMAGED.fullmatch(name):
        return "", "a date: a spreadsheet damaged it, and several genes fit"
    if match:
        return "", "an Ensembl id of no gene with an approved symbol"
    mouse = bool(meanings(name))
    return "", "a mouse gene in human data" if mouse else "no name of a gene that HGNC approves"


@lru_cache(maxsize=200_000)
def _mouse(name: str) -> tuple[str, str]:
    """Return the mouse symbol that a name means and that has a human ortholog, or "" and why."""
    orthologs = read_orthologs(orthologs_path())
    match = ANY_ENSEMBL.search(name)
    if match:
        rest = (name[: match.start()] + name[match.end() :]).strip("_|:;-. ")
        if rest and human_partner(rest, orthologs):
            return rest, ""
        symbols = {m.symbol for m in meanings(match[0].upper()) if m.how == "mouse ensembl"}
        return (
            (_mouse_names().get(min(symbols), min(symbols)), "") if symbols else ("", NO_ORTHOLOG)
        )
    if human_partner(name, orthologs):
        return name, ""
    symbols = {m.symbol for m in meanings(name) if m.how == "symbol"}
    if symbols:  # spelled as the human gene, or case apart
        return name, ""
    return "", NO_ORTHOLOG


@lru_cache(maxsize=1)
def _mouse_names() -> dict[str, str]:
    """Return human symbol -> the mouse symbol of its ortholog, of several that of its name."""
    names: dict[str, str] = {}
    for folded, partners in read_orthologs(orthologs_path()).items():
        for human in partners:
            if human not in names or folded == human.casefold():
                names[human] = folded.capitalize()
    return names


def is_spike(name: str) -> bool:
    """Return whether a name is that of an ERCC spike-in, RNA that was put in by hand."""
    return bool(SPIKE.fullmatch(bare(str(name)).upper()))


def is_regulator(symbol: str, species: str) -> bool:
    """Return whether a gene, or a mouse gene's human ortholog, is a transcription factor."""
    if species == "mouse":
        partner = human_partner(symbol, read_orthologs(orthologs_path()))
        symbol = partner or symbol
    return symbol.upper() in tf_names()


def _kinds(names: Sequence[str]) -> dict[str, int]:
    ids = sum(bool(ANY_ENSEMBL.search(n)) for n in names)
    both = sum(bool(ANY_ENSEMBL.search(n)) and not ENSEMBL.fullmatch(n) for n in names)
    kinds = {"Ensembl ids": ids - both, "Ensembl ids with more": both}
    return {k: n for k, n in (kinds | {"symbols": len(names) - ids}).items() if n}


def _refuse(names: Sequence[str], symbols: Sequence[str]) -> None:
    shown = ", ".join(f"'{n[:24]}'" for n in names[:4])
    known = sum(map(bool, symbols))
    what = foreign_ids.told(names) or "Give symbols or Ensembl ids of human or mouse."
    column = "A column that holds such names can be named (--symbols)."
    raise TableError(
        f"Of {len(names):,} names of genes {known:,} are known as human or mouse genes: {shown}. "
        f"{what} {column}"
    )
