"""Names: tables of implementations imported on first use, and "did you mean" for everybody."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Generic, TypeVar

from ugrn_core.errors import OptionError, UnknownNameError, did_you_mean

T = TypeVar("T")
_ID = re.compile(r"\d{5}")  # of a numbered name the next number is another thing, no misspelling


def near_matches(name: str, known: list[str], most: int = 3) -> list[str]:
    """Return up to `most` names of `known` that resemble `name`, case ignored, best first; of a
    numbered name, such as an Ensembl id, none."""
    if _ID.search(name):
        return []
    by_fold = {k.casefold(): k for k in reversed(known)}
    hits = difflib.get_close_matches(name.casefold()[:64], list(by_fold), n=most, cutoff=0.6)
    return [by_fold[h] for h in hits]


def hint(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean a or b?", or an empty text where no known name resembles `name`."""
    return offered(near_matches(name, list(known)))


def offered(near: Sequence[str]) -> str:
    """Return " Did you mean a or b?", or an empty text where there is nothing near."""
    return f" D{did_you_mean(near)[1:]}" if near else ""


def require(
    name: str,
    known: Iterable[str],
    kind: str,
    where: str = "",
    *,
    none: str = "none",
    also: str = "",
) -> str:
    """Return `name` as `known` spells it, case forgiven where that leaves no doubt.

    Raises UnknownNameError with near matches: "There is no <kind> named '<name>'<where>." none:
    what is said to be known where nothing is; also: said after the known names.
    """
    names = list(known)
    if name in names:
        return name
    folded = [n for n in names if n.casefold() == name.casefold()]
    if len(folded) == 1:
        return folded[0]
    raise UnknownNameError(
        f"There is no {kind} named '{name[:60]}'{where}.{hint(name, names)} "
        f"Known: {', '.join(names) or none}{also}."
    )


def require_all(
    text: str, known: Iterable[str], kind: str, groups: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Return the names in comma-separated `text`, a group as its members, each once.

    groups: such as `all`, by name. Raises UnknownNameError with near matches, OptionError when
    nothing is named.
    """
    members = {k: (k,) for k in known} | {k: tuple(v) for k, v in groups.items()}
    names = [n.strip() for n in text.split(",") if n.strip()]
    if not names:
        raise OptionError(f"Name a {kind}, or more with commas between: {', '.join(members)}.")
    spelled = [require(n, members, kind) for n in names]
    return tuple(dict.fromkeys(k for n in spelled for k in members[n]))


class Registry(Generic[T]):
    """A table of `name -> "package.module:attribute"`; a module loads when it is asked for."""

    def __init__(self, kind: str, entries: dict[str, str]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def register(self, name: str, target: str) -> None:
        """Add `name`, pointing at `"package.module:attribute"`; raise ValueError if it is taken."""
        if name in self._entries:
            raise ValueError(f"{self.kind} '{name}' is registered already.")
        self._entries[name] = target

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> T:
        """Return the implementation; raise UnknownNameError with near matches."""
        if name not in self._entries:
            raise UnknownNameError(
                f"There is no {self.kind} named '{name[:60]}'.{hint(name, self)} "
                f"Known: {', '.join(self)}."
            )
        module, _, attribute = self._entries[name].partition(":")
        return getattr(import_module(module), attribute)
