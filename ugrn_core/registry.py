"""Names to implementations, imported on first use."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from importlib import import_module
from typing import Generic, TypeVar

from ugrn_core.errors import UnknownNameError

T = TypeVar("T")


def near_matches(name: str, known: list[str], most: int = 3) -> list[str]:
    """Return up to `most` names of `known` that resemble `name`, case ignored, best first."""
    by_fold = {k.casefold(): k for k in reversed(known)}
    hits = difflib.get_close_matches(name.casefold()[:64], list(by_fold), n=most, cutoff=0.6)
    return [by_fold[h] for h in hits]


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
            near = near_matches(name, list(self._entries))
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise UnknownNameError(
                f"There is no {self.kind} named '{name[:60]}'.{hint} "
                f"Known: {', '.join(self._entries)}."
            )
        module, _, attribute = self._entries[name].partition(":")
        return getattr(import_module(module), attribute)
