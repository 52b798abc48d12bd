"""What every registered format keeps, and the atomic save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ugrn_core.errors import (
    MissingDataError,
    OptionError,
    StorageError,
    TableError,
    UnknownNameError,
)
from ugrn_core.export import FORMATS
from ugrn_core.export.save import format_for, save

ALL = list(FORMATS)


@pytest.mark.parametrize("name", ALL)
def test_same_input_same_bytes_and_the_table_is_untouched(name, edges, provenance):
    before = edges.copy(deep=True)
    first = FORMATS[name].write(edges, provenance)
    assert first == FORMATS[name].write(edges, provenance)
    assert isinstance(first, bytes)
    pd.testing.assert_frame_equal(edges, before)


@pytest.mark.parametrize("name", ALL)
def test_every_edge_is_written(name):
    n = 300
    frame = pd.DataFrame(
        {
            "source": [f"TF{k % 7}" for k in range(n)],
            "target": [f"GENE{k}" for k in range(n)],
            "probability": np.linspace(1, 0, n),
        }
    )
    data = FORMATS[name].write(frame, {})
    # Compressed ones are read back in test_tables and test_exchange.
    if name not in ("parquet", "xlsx") and "h5ad" not in name:
        assert all(f"GENE{k}".encode() in data for k in range(n))


@pytest.mark.parametrize("name", ALL)
def test_an_empty_table_is_a_valid_file(name, tmp_path):
    frame = pd.DataFrame({"source": [], "target": [], "probability": []})
    (written, *_) = save(tmp_path / f"none{FORMATS[name].suffix}", frame, {"run": 1}, name)
    assert written.is_file()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"source": ["A"], "probability": [1.0]}), "'target'"),
        (pd.DataFrame(), "no columns"),
        (
            pd.DataFrame({"source": [None], "target": ["B"], "probability": [1.0]}),
            "empty cells",
        ),
        (
            pd.DataFrame(
                [["A", "B", "C", 0.5]], columns=["source", "target", "target", "probability"]
            ),
            "once",
        ),
    ],
)
def test_a_table_without_ends_is_refused(name, frame, message):
    with pytest.raises(TableError, match=message):
        FORMATS[name].write(frame, {})


@pytest.mark.parametrize("name", ALL)
def test_the_suffix_names_the_format(name, tmp_path):
    assert format_for(tmp_path / f"edges{FORMATS[name].suffix}") == name


def test_unknown_format_names_are_answered(tmp_path, edges):
    with pytest.raises(OptionError, match=r"\.tsv"):
        save(tmp_path / "edges.docx", edges, {})
    with pytest.raises(UnknownNameError, match="Did you mean parquet"):
        save(tmp_path / "edges.tsv", edges, {}, "parket")
    with pytest.raises(MissingDataError, match="does not exist"):
        save(tmp_path / "nowhere" / "edges.tsv", edges, {})
    assert list(tmp_path.iterdir()) == []


def test_save_replaces_whole_files_only(tmp_path, edges, provenance, monkeypatch):
    path = tmp_path / "edges.csv"
    assert save(path, edges, provenance) == (path, tmp_path / "edges.csv.provenance.json")
    whole = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("ugrn_core.files.os.replace", fail)
    with pytest.raises(StorageError, match="disk full"):
        save(path, edges.head(1), provenance)
    assert path.read_bytes() == whole
    assert len(list(tmp_path.iterdir())) == 2  # no scratch file left


@pytest.mark.parametrize("name", [n for n in FORMATS if FORMATS[n].sidecar])
def test_a_full_disk_leaves_no_provenance_without_its_table(
    name, tmp_path, edges, provenance, monkeypatch
):
    written, open_ = [], Path.open

    def full(path, *a, **k):
        if ".partial" in path.name:
            written.append(path)
            if len(written) == 2:  # the sidecar went first
                raise OSError(28, "No space left on device")
        return open_(path, *a, **k)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageError, match="disk is full"):
        save(tmp_path / f"edges{FORMATS[name].suffix}", edges, provenance)
    assert len(written) == 2
    assert list(tmp_path.iterdir()) == []


def test_saved_tables_say_which_run_they_are_of(tmp_path, edges):
    about = {"dataset": "other", "backbone": "ugrn-base", "run_id": "new", "probe": 3}
    save(tmp_path / "edges.csv", edges, about)
    table = pd.read_csv(tmp_path / "edges.csv")
    assert set(table["backbone"]) == {"ugrn-base"}
    assert set(table["run_id"]) == {"r1"}  # the table knew
    assert set(table["dataset"]) == {"hESC", "PBMC"}
    assert "probe" not in table.columns
    assert "backbone" not in edges.columns
