"""Files of torch.save, read by torch's reader that runs no code."""

from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch

READABLE = (2, 3)  # the pickle protocols that torch's reader knows
UNKNOWN = re.compile(r"(?:GLOBAL |class |function )`?([\w.]{1,120})")


def read_torch(path: Path) -> object:
    """Return what torch.save wrote: tensors, plain types and numbers of numpy (a loss, a step).

    Raises pickle.UnpicklingError for anything more, and whatever a damaged file brings up.
    """
    zipped = zipfile.is_zipfile(path)
    if zipped:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > 4 * path.stat().st_size + 1_000_000:
            raise ValueError("compressed archive")  # torch.save stores plainly
    torch.serialization.add_safe_globals(_numbers_of_numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's advice on pickle protocols says nothing to users
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)


def _numbers_of_numpy() -> list:
    """What a pickled number of numpy asks for: the two functions that Geneformer's dictionaries
    ask for, too, under both of numpy's spellings, and the types of numbers."""
    scalar = np.float64(0).__reduce__()[0]
    names = [f"numpy.{core}.multiarray.scalar" for core in ("core", "_core")]
    kinds = {type(np.dtype(kind)) for kind in "?bBhHiIlLqQefd"}
    return [*((scalar, name) for name in names), np.dtype, *kinds]


def not_only_tensors(path: Path, error: Exception) -> str:
    """Return a sentence for a file that torch's reader refused with `error`."""
    protocol, unknown = _protocol(path), UNKNOWN.search(str(error))
    if protocol is not None and protocol not in READABLE:
        return (
            f"{path} was saved with pickle protocol {protocol}; UGRN reads "
            f"{' and '.join(map(str, READABLE))}, torch.save's own, and nothing that "
            "could run code. Save the plain state dict again without pickle_protocol: "
            "torch.save(model.state_dict(), ...)."
        )
    what = f" (it asks for {unknown[1]})" if unknown else ""
    return (
        f"{path} holds more than tensors{what}, or is damaged: UGRN does not load weight files "
        "that could run code. Save the plain state dict again: torch.save(model.state_dict(), ...)."
    )


def _protocol(path: Path) -> int | None:
    """Return the pickle protocol that the file itself states, None where it states none."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            pickles = [n for n in archive.namelist() if n.endswith("data.pkl")]
            if not pickles:
                return None
            with archive.open(pickles[0]) as content:
                head = content.read(2)
    else:
        with path.open("rb") as content:
            head = content.read(2)
    return head[1] if len(head) == 2 and head[0] == 0x80 else None
