"""The exception tree. Every message says what was expected, what came, and what to do.

UGRNError
├── InputError               the user can mend it; exit code 2, a sentence on a page
│   ├── PanelError           empty or one-gene panel, duplicate symbols
│   ├── UnknownGeneError     symbols outside a vocabulary, with near matches
│   ├── GridError            probe values outside the backbone's range, or not a grid
│   ├── OptionError          readout, layout or dtype that this part does not offer
│   ├── UnknownNameError     no such backbone, probe, dataset ...: "did you mean"
│   ├── TableError           unreadable or ill-formed table (CSV, parquet, labels)
│   ├── CheckpointError      folder or file that is no checkpoint we can read
│   ├── MissingDataError     a file or data set that is not there, and how to get it
│   ├── StorageError         a store or disk that cannot be written or read
│   └── ClusterError         a scheduler that does not answer, or workers that cannot do the work
├── ComputationError         a result that must not be used (NaN, lost tangent)
└── Cancelled                somebody asked a running computation to stop
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence


def did_you_mean(near: Sequence[str]) -> str:
    """Return "did you mean a or b?"; near: names that resemble what was given, one at least."""
    return f"did you mean {' or '.join(near)}?"


class UGRNError(Exception):
    """Root of everything UGRN raises on purpose."""


class InputError(UGRNError):
    """Input the user can mend."""


class PanelError(InputError):
    """A panel that cannot be probed: empty, one gene, or duplicate symbols."""


class UnknownGeneError(InputError):
    """Symbols outside a vocabulary or panel.

    `missing` are the symbols as given, `suggestions` maps each to near matches (may be empty).
    """

    def __init__(
        self,
        missing: Sequence[str],
        where: str,
        suggestions: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.missing = tuple(missing)
        self.suggestions = {k: tuple(v) for k, v in (suggestions or {}).items()}
        shown = []
        for symbol in self.missing[:5]:
            near = self.suggestions.get(symbol, ())
            hint = f" ({did_you_mean(near)})" if near else ""
            shown.append(f"'{symbol[:40]}'{hint}")
        more = f" and {len(self.missing) - 5} more" if len(self.missing) > 5 else ""
        noun = "gene is" if len(self.missing) == 1 else "genes are"
        super().__init__(
            f"{len(self.missing)} {noun} not in {where}: {', '.join(shown)}{more}. "
            "Correct the spelling or leave them out."
        )


class GridError(InputError):
    """Probe values that the backbone cannot take."""


class OptionError(InputError):
    """An option this part does not offer."""


class UnknownNameError(InputError):
    """A name no registry holds."""


class TableError(InputError):
    """A table that cannot be read as what it should be."""


class CheckpointError(InputError):
    """A folder or file that is not a checkpoint UGRN can read."""


class MissingDataError(InputError):
    """A file or data set that is not on this machine."""


class StorageError(InputError):
    """A store or disk that cannot be written or read."""


class ClusterError(InputError):
    """A scheduler that does not answer, or workers that cannot do the work."""


class ComputationError(UGRNError):
    """A result that must not be used."""


class Cancelled(UGRNError):
    """A computation stopped because it was asked to; what it had finished is kept."""


NO_MEMORY = (
    "Memory ran out. Close other programs, raise the memory limit (ulimit -v), or use fewer "
    "processes (UGRN_WORKERS=1) or a shorter gene list."
)
_MEMORY_WORDS = (
    *("allocate memory", "bad_alloc", "out of memory", "failed to map segment"),
    *("can't start new thread", "cannot apply additional memory protection"),
)


def memory_ran_out(error: BaseException | None) -> bool:
    """Return whether an error, or one it came from, is that memory was not to be had. Libraries
    have no one class for it: some only say so."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if any(words in str(error).lower() for words in _MEMORY_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
