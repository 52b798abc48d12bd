"""What disks, copies and strangers do to a file, drawn from a seed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

KINDS = ("flip", "cut", "empty", "longer", "noise", "fifo", "folder", "device", "nowhere", "gone")


def flip(rng: np.random.Generator, path: Path) -> None:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes())
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
    elif kind in ("device", "nowhere"):
        path.symlink_to({"device": "/dev/zero", "nowhere": path.with_name("not there")}[kind])
    elif kind != "gone":
        noise = rng.bytes(1 + int(rng.integers(2 * len(content))))
        cut = content[: int(rng.integers(len(content)))]
        path.write_bytes(
            {"cut": cut, "empty": b"", "longer": content + noise, "noise": noise}[kind]
        )
    return kind
