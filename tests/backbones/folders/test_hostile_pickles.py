"""Weight files whose pickles would run code, in every protocol: refused, and nothing has run."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import pytest

from tests.backbones import tiny
from ugrn_core.backbones import open_backbone
from ugrn_core.errors import CheckpointError


class Bomb:
    """What makes a folder where it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = str(target)

    def __reduce__(self):
        return os.mkdir, (self.target,)


def text(words: str) -> bytes:
    """The opcodes that push a text and note it: SHORT_BINUNICODE, MEMOIZE."""
    said = words.encode()
    return b"\x8c" + bytes([len(said)]) + said + b"\x94"


def by_hand(head: bytes, target: Path) -> bytes:
    """STACK_GLOBAL of posix.mkdir, called, after `head`: a protocol stated, or a lie about it."""
    call = text("posix") + text("mkdir") + b"\x93\x94" + text(str(target)) + b"\x85R."
    return head + call


def framed(target: Path) -> bytes:
    body = by_hand(b"", target)
    return b"\x80\x04\x95" + len(body).to_bytes(8, "little") + body


PICKLES = {
    **{f"protocol {n}": lambda t, n=n: pickle.dumps(Bomb(t), protocol=n) for n in range(6)},
    "a frame": framed,
    "says 2, is 4": lambda target: by_hand(b"\x80\x02", target),
    "says nothing, is 4": lambda target: by_hand(b"", target),
    "says 255": lambda target: by_hand(b"\x80\xff", target),
    "memo of 4 in 2": lambda target: b"\x80\x02}\x94h\x00.",
    "a buffer of 5 from elsewhere": lambda target: b"\x80\x05\x97.",
    "read-only, too": lambda target: b"\x80\x05\x97\x98.",
    "a buffer of 5, says 2": lambda target: b"\x80\x02\x97.",
    "bytes of 5": lambda target: b"\x80\x05\x96" + (1 << 62).to_bytes(8, "little") + b"x.",
    "a text without an end": lambda t: b"\x80\x04\x8d" + (1 << 62).to_bytes(8, "little") + b"x.",
    "a frame without an end": lambda t: b"\x80\x04\x95" + (1 << 62).to_bytes(8, "little") + b"N.",
}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kind", PICKLES)
def test_no_pickle_of_any_protocol_runs_code(kind, zipped, tmp_path):
    folder = tiny.write_checkpoint(tmp_path / "model", tiny.scgpt_state())
    weights, ran = folder / "best_model.pt", tmp_path / "ran"
    bad = PICKLES[kind](ran)
    if zipped:
        sound = zipfile.ZipFile(weights)
        parts = {entry.filename: sound.read(entry) for entry in sound.infolist()}
        sound.close()
        with zipfile.ZipFile(weights, "w", zipfile.ZIP_STORED) as archive:
            for name, content in parts.items():
                archive.writestr(name, bad if name.endswith("data.pkl") else content)
    else:
        weights.write_bytes(bad)
    with pytest.raises(CheckpointError):
        open_backbone(folder)
    assert not ran.exists()


def test_the_bombs_would_go_off_in_pythons_own_reader(tmp_path):
    for number, kind in enumerate(("protocol 0", "protocol 5", "a frame", "says 2, is 4")):
        pickle.loads(PICKLES[kind](tmp_path / str(number)))  # noqa: S301 - ours
        assert (tmp_path / str(number)).is_dir()
