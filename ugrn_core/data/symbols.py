"""Gene symbols that a spreadsheet turned into dates (`SEPT1` -> `1-SEP`), and their repair."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

DAMAGED = re.compile(r"(?:(\d{1,2})-(MAR|SEP|DEC)|(MAR|SEP|DEC)-(\d{1,2}))", re.IGNORECASE)
FAMILIES = {
    "MAR": ("MARCH{}", "MARC{}", "MARCHF{}", "MTARC{}"),
    "SEP": ("SEPT{}", "SEP{}", "SEPTIN{}", "SELENOF"),
    "DEC": ("DEC{}", "DELEC{}"),
}


def respelled(symbols: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return symbol -> how `known` spells it where that differs in case alone.

    Left out: what `known` holds as it is, and what it holds in several spellings.
    """
    known = set(known)
    by_fold: dict[str, list[str]] = {}
    for name in known:
        by_fold.setdefault(name.casefold(), []).append(name)
    spellings = {s: by_fold.get(s.casefold(), []) for s in set(symbols) - known}
    return {s: spelled[0] for s, spelled in spellings.items() if len(spelled) == 1}


def repair_symbols(
    symbols: Sequence[str], known: Collection[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return `symbols` with dates turned back into symbols, and a note for every damaged one.

    Excel writes MARCH2 and MARC2 alike as `2-Mar`, SEPT15 and SEP15 as `15-Sep`. A date becomes a
    symbol of `known` when exactly one fits that is not among `symbols` already; without a fitting
    known symbol only where one reading existed (SEPT1-14, SEP15, MARCH3-11, DEC1). Others stay.
    """
    present = set(symbols)
    by_fold = {k.casefold(): k for k in known}
    out, notes = [], []
    for symbol in symbols:
        match = DAMAGED.fullmatch(symbol)
        if match is None:
            out.append(symbol)
            continue
        repaired = _reading(match, by_fold, present)
        if repaired is None:
            notes.append(f"{symbol} is a damaged symbol that fits no single gene; left as it is")
        else:
            notes.append(f"{symbol} repaired to {repaired}")
            present.add(repaired)
        out.append(repaired or symbol)
    return tuple(out), tuple(notes)


def _reading(match: re.Match, by_fold: dict[str, str], present: set[str]) -> str | None:
    number = int(match[1] or match[4])
    family = (match[2] or match[3]).upper()
    names = [name.format(number) for name in FAMILIES[family]]
    if family == "SEP" and number != 15:
        names.remove("SELENOF")
    fitting = [by_fold[n.casefold()] for n in names if n.casefold() in by_fold]
    if fitting:
        free = [f for f in fitting if f not in present]
        return free[0] if len(free) == 1 else None
    only = None
    if family == "SEP" and 1 <= number <= 15:
        only = "SEP15" if number == 15 else f"SEPT{number}"
    elif family == "MAR" and 3 <= number <= 11:
        only = f"MARCH{number}"
    elif family == "DEC" and number == 1:
        only = "DEC1"
    return only if only not in present else None
