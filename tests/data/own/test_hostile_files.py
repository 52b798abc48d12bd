"""Files made to hurt: they are refused, in bounded time and memory, and touch nothing."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import stat
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

from tests.data.own import odd_files as odd
from ugrn_core.data.own.formats import given, hdf5, ten_x
from ugrn_core.data.own.formats.given import of_bytes, of_path
from ugrn_core.data.own.formats.opening import read_cells, read_path
from ugrn_core.errors import TableError


def test_members_that_lead_out_are_read_as_what_they_hold_and_written_nowhere(tmp_path):
    comma = odd.FRAME.to_csv().encode()
    path = odd.zipped(tmp_path / "a.zip", {"../../evil/cells.csv": comma})
    before = set(tmp_path.rglob("*"))
    assert read_path(path).cells == odd.CELLS
    assert set(tmp_path.rglob("*")) == before
    assert not (tmp_path.parent / "evil").exists()


def test_links_and_devices_in_archives_are_no_members(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind in (("cells.csv", tarfile.SYMTYPE), ("b.csv", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    with pytest.raises(TableError, match="no file of cells here"):
        read_path(tmp_path / "a.tar")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("cells.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(TableError, match="no file of cells here"):
        read_path(tmp_path / "a.zip")


@pytest.mark.parametrize("pack", [gzip.compress, lambda b: _zip(b)])
def test_a_bomb_ends_in_a_sentence(tmp_path, pack, monkeypatch):
    monkeypatch.setattr(given, "MOST_UNPACKED", 1 << 20)
    bomb = b",c1,c2\n" + b"GATA1,0,0\n" * 300_000
    name = "b.csv.gz" if pack is gzip.compress else "b.zip"
    (tmp_path / name).write_bytes(pack(bomb))
    with pytest.raises(TableError, match=r"unpacks to more than 1(\.0)? MB"):
        read_path(tmp_path / name)


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.csv", content)
    return buffer.getvalue()


def test_too_many_members(tmp_path, monkeypatch):
    monkeypatch.setattr(given, "MOST_MEMBERS", 3)
    path = odd.zipped(tmp_path / "a.zip", {f"{k}.csv": b"x" for k in range(5)})
    with pytest.raises(TableError, match="over 3 files"):
        read_path(path)


def test_an_archive_with_a_password_says_so(tmp_path):
    path = odd.zipped(tmp_path / "a.zip", {"cells.csv": b"x"})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(TableError, match="protected by a password"):
        read_path(path)


def test_pipes_and_devices_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "cells.csv")
    with pytest.raises(TableError, match="no plain file"):
        read_path(tmp_path / "cells.csv")
    assert of_path(tmp_path) == ()
    with pytest.raises(TableError, match="no plain file"):
        read_path(type(tmp_path)("/dev/zero"))


def test_pickles_are_not_unpickled(tmp_path):
    class Mark:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "ran"),))

    content = pickle.dumps(Mark())
    for name in ("x.pkl", "x.npz", "x.npy", "x.h5ad", "x.csv", "x.parquet"):
        with pytest.raises(TableError):
            read_cells([of_bytes(name, content)])
    assert not (tmp_path / "ran").exists()


def plain_h5ad(path):
    odd.annotated().write_h5ad(path)
    return path


@pytest.mark.parametrize("way", ["link", "storage", "virtual", "obs"])
def test_hdf5_that_reads_other_files_is_refused(tmp_path, way):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["X"] = odd.COUNTS
    path = plain_h5ad(tmp_path / "x.h5ad")
    with h5py.File(path, "a") as file:
        if way == "obs":
            file["obs"]["stolen"] = h5py.ExternalLink(str(secret), "X")
        else:
            del file["X"]
        if way == "link":
            file["X"] = h5py.ExternalLink(str(secret), "X")
        elif way == "storage":
            outside = [(str(secret), 0, 6 * 8 * 4)]
            file.create_dataset("X", (6, 8), "f4", external=outside)
        elif way == "virtual":
            layout = h5py.VirtualLayout((6, 8), "f4")
            layout[:] = h5py.VirtualSource(str(secret), "X", (6, 8))
            file.create_virtual_dataset("X", layout)
    with pytest.raises(TableError, match="another file"):
        read_path(path)


def test_hdf5_in_a_circle_ends(tmp_path):
    path = plain_h5ad(tmp_path / "x.h5ad")
    with h5py.File(path, "a") as file:
        file["obs"]["up"] = h5py.SoftLink("/")
        file["uns"]["self"] = file["uns"]
    with pytest.raises(TableError):
        read_path(path)


def test_sizes_are_checked_before_memory_is_asked_for(tmp_path):
    path = plain_h5ad(tmp_path / "x.h5ad")
    with h5py.File(path, "a") as file:
        del file["X"]
        file.create_dataset("X", (10**9, 10**6), "f4", chunks=(1000, 1000))  # nothing is stored
    with pytest.raises(TableError, match="up to 6,000,000 and"):
        read_path(path)
    with h5py.File(path, "a") as file:
        file["obs"].create_dataset("long", (10**10,), "f8", chunks=(1000,))
    with pytest.raises(TableError, match=r"names over|up to"):
        read_path(path)


@pytest.mark.parametrize("part", ["indices", "indptr"])
def test_sparse_matrices_that_point_outside_are_refused(tmp_path, part):
    import scipy.sparse as sp

    path = tmp_path / "x.h5ad"
    odd.annotated(sp.csr_matrix(odd.COUNTS)).write_h5ad(path)
    with h5py.File(path, "a") as file:
        stored = file["X"][part]
        stored[1] = 10**6
    with pytest.raises(TableError, match="Write it again"):
        list(read_path(path).matrices[0].all_blocks())


def test_a_market_header_that_promises_too_much(tmp_path):
    folder = odd.write_10x_folder(tmp_path / "cells", zipped=False)
    banner = "%%MatrixMarket matrix coordinate integer general\n"
    for sizes, said in (
        ("8 6 900000000000", "up to"),
        ("900000000 900000000 1", "up to"),
        ("8 6 20", "no matrix in Matrix Market format"),
        ("7 6 1", "7 by 6; there are 8 features and 6 barcodes"),
    ):
        (folder / "matrix.mtx").write_text(f"{banner}{sizes}\n1 1 1\n")
        with pytest.raises(TableError, match=said):
            read_path(folder)


def test_a_cut_market_file_does_not_end_the_process(tmp_path):
    folder = odd.write_10x_folder(tmp_path / "cells")
    path = folder / "matrix.mtx.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match="damaged or cut short"):
        read_path(folder)


def test_a_damaged_h5ad_is_a_sentence_wherever_the_damage_is(tmp_path):
    whole = plain_h5ad(tmp_path / "x.h5ad").read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(40):
        raw = bytearray(whole)
        for at in rng.integers(0, len(raw), 30):
            raw[at] = rng.integers(256)
        try:
            file = read_cells([of_bytes("x.h5ad", bytes(raw))])
            for matrix in file.matrices:
                list(matrix.all_blocks())
        except TableError:
            pass


def test_a_workbook_that_unpacks_to_too_much(tmp_path, monkeypatch):
    from ugrn_core.data.own.formats import tables

    odd.FRAME.to_excel(tmp_path / "t.xlsx")
    monkeypatch.setattr(tables, "MOST_WORKBOOK", 1000)
    with pytest.raises(TableError, match="unpacks to too much"):
        read_path(tmp_path / "t.xlsx")


def test_too_many_values(tmp_path, monkeypatch):
    from ugrn_core.data.own.formats import tables

    odd.FRAME.to_csv(tmp_path / "x.csv")
    monkeypatch.setattr(tables, "MOST_HELD", 5)
    with pytest.raises(TableError, match="over 5 values"):
        read_path(tmp_path / "x.csv")
    monkeypatch.setattr(ten_x, "MOST_HELD", 5)
    with pytest.raises(TableError, match="up to 5 can be read from text"):
        read_path(odd.write_10x_folder(tmp_path / "cells"))
    monkeypatch.setattr(hdf5, "MOST_OBJECTS", 2)
    with pytest.raises(TableError, match="over 2 objects"):
        read_path(plain_h5ad(tmp_path / "x.h5ad"))
