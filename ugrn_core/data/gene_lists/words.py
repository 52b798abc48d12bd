"""Which entries of a gene list cannot be genes, and why: missing values, headers, dates, words."""

from __future__ import annotations

import re

from ugrn_core.data.gene_names import ENSEMBL, meanings

MISSING = frozenset(
    {
        *("na", "n/a", "n.a.", "n.a", "#n/a", "nan", "null", "none", "nil", "missing", "<na>"),
        *("unknown", "undefined", "unmapped", "unannotated", "not available", "not found"),
        *("no symbol", "no gene", "no match", "-", "--", "---", "?", "??", ".", "..", "nd", "n.d."),
        *("#name?", "#ref!", "#value!", "#null!", "#num!", "#div/0!", "inf", "-inf", "empty"),
    }
)
# What columns of genes are called; of these words none is a gene.
GENE_HEADERS = frozenset(
    {
        *("gene", "genes", "gene_symbol", "gene_symbols", "symbol", "symbols", "gene_name"),
        *("gene_names", "genename", "genesymbol", "gene_id", "geneid", "gene_short_name"),
        *("hgnc_symbol", "hgnc", "mgi_symbol", "feature", "features", "feature_name", "marker"),
        *("markers", "regulator", "regulators", "target", "targets", "tf", "tfs", "source"),
        *("official_symbol", "approved_symbol", "external_gene_name", "gene_list", "genelist"),
        *("transcription_factor", "transcription_factors", "human_symbol", "names", "name"),
    }
)
HEADERS = frozenset({"TF", "TFS", "NAMES", "NAME", "ID", "IDS"})  # some are symbols, too
# Words of sentences and columns, some of them aliases of genes: in lower case not taken for them.
WORDS = frozenset(
    {
        *("a", "all", "also", "an", "and", "any", "as", "at", "be", "by", "cell", "cells", "down"),
        *("false", "for", "from", "has", "have", "high", "human", "in", "is", "it", "low", "mouse"),
        *("no", "not", "of", "off", "on", "or", "other", "out", "see", "than", "that", "the"),
        *("this", "to", "true", "type", "up", "was", "were", "with", "yes", "group", "cluster"),
        *("list", "pathway", "protein", "upregulated", "downregulated", "significant"),
    }
)
JOINING = frozenset({"and", "or", "und", "oder", "et", "ou", "y", "plus", "e.g", "i.e"})
NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:e[-+]?\d+)?\s*%?", re.IGNORECASE)
SYMBOL = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._/@:()+*-]{0,39}")
WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-])*[.,:]?")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(" + "|".join(MONTHS) + r")[a-zä]*\.?"
_DAY, _YEAR = r"(?P<day>\d{1,2})", r"\d{2,4}"
_DATES = tuple(  # day and month, as spreadsheets of several languages show them
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_DAY}[-. /]+(?P<month>{_MONTH})(?:[-. /]+{_YEAR})?",
        rf"(?P<month>{_MONTH})[-. /]+{_DAY}(?:[-. /,]+{_YEAR})?",
        rf"\d{{4}}-(?P<month>\d{{1,2}})-{_DAY}(?:[T ][\d:.]+)?",
        rf"(?P<month>\d{{1,2}})/{_DAY}/{_YEAR}",
        rf"{_DAY}\.(?P<month>\d{{1,2}})\.{_YEAR}",
    )
)
_FAMILIES = {  # of symbols that spreadsheets turn into the dates of a month
    2: ("FEB",),
    3: ("MARCH", "MARC"),
    4: ("APR",),
    9: ("SEPT", "SEP"),
    10: ("OCT",),
    12: ("DEC",),
}
_GERMAN = {"mrz": "mar", "mär": "mar", "mai": "may", "okt": "oct", "dez": "dec"}


def why_no_gene(entry: str) -> str | None:
    """Return why `entry` of a gene list is no gene's name, in words; None where it may be one."""
    text = " ".join(entry.split())
    folded = text.casefold()
    if not text or folded in MISSING:
        return "a missing value"
    if (date := _date(text)) is not None:
        return date
    if NUMBER.fullmatch(text):
        made = ", which a spreadsheet may have made of a name" if "e" in folded else ""
        return f"a number{made}"
    if folded.replace(" ", "_") in GENE_HEADERS and text not in HEADERS:
        return "a column's header"
    if " " in text:
        return "words, not a symbol"
    if folded in WORDS and text != text.upper():
        return "a word"
    if not SYMBOL.fullmatch(text):
        return "no symbol: symbols are letters and digits, such as GATA1"
    return None


def symbols_of_date(text: str) -> tuple[str, ...] | None:
    """Return the genes' names that a spreadsheet may have made this date of; None for what is no
    date. MARCH1 and MARC1 both become 1-Mar, SEPT15 and SEP15 both 15-Sep.
    """
    local = re.sub(
        r"[a-zä]{3}", lambda m: _GERMAN.get(m[0].casefold(), m[0]), text, count=1, flags=re.I
    )
    match = next((m for m in (d.fullmatch(local) for d in _DATES) if m), None)
    if match is None:
        return None
    month = match["month"].casefold()[:3]
    number = int(month) if month.isdigit() else MONTHS.index(month) + 1
    names = (f"{family}{int(match['day'])}" for family in _FAMILIES.get(number, ()))
    return tuple(name for name in names if meanings(name))


def _date(text: str) -> str | None:
    """Return that `text` is a date, and of what: it is not guessed which. None where it is none."""
    names = symbols_of_date(text)
    if not names:
        return None if names is None else "a date"
    others = [m.symbol for name in names for m in meanings(name) if m.symbol not in names]
    now = f" (today {' or '.join(dict.fromkeys(others))})" if others else ""
    return f"a date: {' or '.join(names)}{now}? Give the symbol"


def is_symbol(word: str) -> bool:
    """Return whether a word looks like a symbol: digits in it, or capitals alone."""
    if not SYMBOL.fullmatch(word) or NUMBER.fullmatch(word):
        return False
    return any(c.isdigit() for c in word) or (len(word) > 2 and word == word.upper())


def is_known(word: str) -> bool:
    """Return whether a word of a sentence is a gene's name there: a symbol of at least three
    letters; of other names only those that no sentence holds."""
    if len(word) < 3 or why_no_gene(word) is not None:
        return False
    by_symbol = any(
        m.how in ("symbol", "mouse", "ensembl", "mouse ensembl") for m in meanings(word)
    )
    return by_symbol or (is_symbol(word) and bool(meanings(word)))


def phrase_parts(words: list[str]) -> list[str]:
    """Return the entries in words that blanks alone separate: each, where they are a list of genes;
    the first and the rest as one, where text follows a gene; else all as one phrase."""
    if words[0].casefold() in JOINING:  # the last of an enumeration
        return [words[0], *(phrase_parts(words[1:]) if len(words) > 2 else words[1:])]
    plain = [w for w in words if not is_symbol(w) and not is_known(w)]
    known = sum(map(is_known, words))
    # Missing values, numbers and formulas among genes are no sentence: words are.
    odd = [w for w in plain if w.casefold() not in MISSING and WORD.fullmatch(w)]
    if not odd or 2 * known > len(words):
        return words
    first = words[0]
    if len(first) > 2 and (is_known(first) or is_symbol(first) or ENSEMBL.fullmatch(first)):
        rest = words[1:]
        return [first, *(phrase_parts(rest) if rest[0].casefold() in JOINING else [" ".join(rest)])]
    return [" ".join(words)]
