"""What disks, copies and strangers do to a file, drawn from a seed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np

KINDS = ("flip", "cut", "empty", "longer", "noise", "fifo", "folder", "device", "nowhere", "gone")
LINKS = {"device": "/dev/zero", "nowhere": "not there"}
FOLDER_KINDS = ("file", "fifo", "empty", "gone", *LINKS)


def flip(rng: np.random.Generator, path: Path) -> None:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes() or b"\0")
    bit = int(rng.integers(8 * len(content)))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def damage(rng: np.random.Generator, path: Path) -> str:
    """Do one of KINDS to `path` and return which."""
    kind = str(rng.choice(KINDS))
    if kind == "flip":
        flip(rng, path)
        return kind
    content = path.read_bytes()
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind in LINKS:
        path.symlink_to(LINKS[kind])
    elif kind != "gone":
        noise = rng.bytes(1 + int(rng.integers(2 * len(content) + 1)))
        cut = content[: int(rng.integers(len(content) + 1))]
        path.write_bytes(
            {"cut": cut, "empty": b"", "longer": content + noise, "noise": noise}[kind]
        )
    return kind


def damage_folder(rng: np.random.Generator, path: Path) -> str:
    """Put something else in place of the folder `path` and return what."""
    kind = str(rng.choice(FOLDER_KINDS))
    shutil.rmtree(path)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "file":
        path.write_bytes(rng.bytes(20))
    elif kind in LINKS:
        path.symlink_to(LINKS[kind])
    elif kind == "empty":
        path.mkdir()
    return kind
