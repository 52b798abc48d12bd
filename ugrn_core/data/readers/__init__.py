"""Data sets one can choose: a reader lists them from headers alone, and opens the one asked for.

A new reader is one module with a frozen dataclass keeping the contract of `base.DatasetReader`,
and one line here.
"""

from __future__ import annotations

from ugrn_core.data.readers.base import DatasetReader
from ugrn_core.registry import Registry

READERS: Registry[type[DatasetReader]] = Registry(
    "data set reader",
    {
        "pbmc68k": "ugrn_core.data.readers.pbmc68k:PBMC68k",
        "krumsiek2011": "ugrn_core.data.readers.krumsiek2011:Krumsiek2011",
        "beeline": "ugrn_core.data.readers.beeline:Beeline",
        "own": "ugrn_core.data.readers.own:OwnCells",
    },
)
