"""The typed tables come back whole through readers that are not ours."""

from __future__ import annotations

import csv
import io
import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.reading import unguarded
from ugrn_core.errors import TableError
from ugrn_core.experiment.evaluation.shipped import benchmark_table
from ugrn_core.export import FORMATS
from ugrn_core.export.delimited import delimited, guarded
from ugrn_core.settings import read_settings

ORDER = [
    *("source", "target", "probability", "rank", "sign", "vvp_effect", "n_backbones"),
    *("in_STRING", "dataset", "run_id", "note"),
]
TEXT = ("source", "target", "dataset", "run_id", "note")


def assert_same(got: pd.DataFrame, edges: pd.DataFrame) -> None:
    assert list(got.columns) == ORDER
    for name in ORDER:
        want = edges[name].astype(object).where(edges[name].notna(), None).tolist()
        seen = got[name].astype(object).where(got[name].notna(), None).tolist()
        if name == "vvp_effect":  # float32 comes back from text as the nearest double
            seen = [None if v is None else np.float32(v) for v in seen]
        assert seen == want, name


def unguarded_table(table: pd.DataFrame) -> pd.DataFrame:
    columns = {n: table[n].map(unguarded, na_action="ignore") for n in TEXT}
    return table.assign(**columns)


def test_tsv_is_read_by_pandas_with_provenance_as_comments(edges, provenance):
    data = FORMATS["tsv"].write(edges, provenance)
    table = pd.read_csv(io.BytesIO(data), sep="\t", comment="#", float_precision="round_trip")
    assert_same(unguarded_table(table), edges)
    comments = [line[2:] for line in data.decode().splitlines() if line.startswith("# ")]
    read = {key: json.loads(value) for key, _, value in (c.partition(": ") for c in comments)}
    assert read == {
        "backbone": "embedded",
        "grid": [0.5, 1.0],
        "baseline": 0.25,
        "seeds": [1, 2],
        "cls": None,
        "loss": None,
        "note": provenance["note"],
    }


def test_csv_is_read_by_the_standard_library_with_a_sidecar(edges, provenance):
    data = FORMATS["csv"].write(edges, provenance).decode()
    rows = list(csv.DictReader(io.StringIO(data, newline="")))
    assert list(rows[0]) == ORDER
    assert [unguarded(r["target"]) for r in rows] == edges["target"].tolist()
    assert [float(r["probability"]) for r in rows] == edges["probability"].tolist()
    assert [r["in_STRING"] for r in rows] == ["true", "false", "true", "false", "false"]
    sidecar = json.loads(FORMATS["csv"].sidecar(provenance))
    assert sidecar["grid"] == [0.5, 1.0]
    assert sidecar["note"] == provenance["note"]


def test_parquet_is_read_by_duckdb_with_types_and_metadata(edges, provenance, tmp_path):
    path = tmp_path / "edges.parquet"
    path.write_bytes(FORMATS["parquet"].write(edges, provenance))
    with duckdb.connect() as base:
        table = base.execute("SELECT * FROM read_parquet(?)", [str(path)]).df()
        metadata = base.execute(
            "SELECT key, value FROM parquet_kv_metadata(?)", [str(path)]
        ).fetchall()
        types = dict(
            base.execute(
                "SELECT name, type FROM parquet_schema(?) WHERE type IS NOT NULL", [str(path)]
            ).fetchall()
        )
    assert_same(table, edges)  # a typed file: no guards
    assert types["rank"] == "INT64"
    assert types["vvp_effect"] == "FLOAT"
    assert json.loads(dict(metadata)[b"ugrn"])["baseline"] == 0.25


def test_parquet_refuses_a_column_of_mixed_types(edges, provenance):
    mixed = edges.assign(note=[1, "a", 2.0, "b", None])
    with pytest.raises(TableError, match="mixes types"):
        FORMATS["parquet"].write(mixed, provenance)


@pytest.mark.parametrize("name", ["tsv", "csv"])
def test_no_text_cell_starts_a_formula_and_symbols_are_unharmed(name, edges):
    data = FORMATS[name].write(edges, {}).decode()
    separator = "\t" if name == "tsv" else ","
    rows = list(csv.reader(io.StringIO(data, newline=""), delimiter=separator))
    text = [rows[0].index(c) for c in TEXT]
    assert not [c for r in rows[1:] for c in (r[k] for k in text) if c[:1] in tuple("=+-@\t\r")]
    assert [r[1] for r in rows[1:3]] == ["MARCH1", "SEPT1"]
    assert [r[0] for r in rows[1:]] == edges["source"].tolist()
    assert rows[2][rows[0].index("vvp_effect")] == "-2.5"  # a number is no formula


@given(st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_guard_is_reversible_and_safe(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    "text",
    [
        *("\n=1+1", "\r\n=1", "\u00a0=1", "\ufeff=1", "\ufeff\u00a0 =1", "\u200b@SUM(A1)", " =1"),
        *("\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "\ufe661", "\u3000\uff1d1"),
        *("\x0b=1", "\x1f-1", "\n", "\nGATA1", "'=1", "'\uff1d1"),
    ],
)
def test_no_disguise_makes_a_formula(text):
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text
    rows = list(
        csv.reader(io.StringIO(delimited(pd.DataFrame({"source": [text]}), ","), newline=""))
    )
    assert rows[1] == [f"'{text}"]


@pytest.mark.parametrize("text", ["GATA1", " padded ", "\u00e4=1", "1-Mar", "\u202eabc", "", "A=B"])
def test_what_is_no_formula_is_left_as_it_is(text):
    assert guarded(text) == text


def test_curves_within_a_row_are_one_cell_each():
    frame = pd.DataFrame({"method": ["a", "b"], "precision": [np.array([1.0, np.nan]), None]})
    rows = list(csv.reader(io.StringIO(delimited(frame, ",")), strict=True))
    assert rows == [["method", "precision"], ["a", "[1.0, null]"], ["b", ""]]


def test_the_shipped_benchmark_is_a_csv(tmp_path):
    table, _ = benchmark_table(read_settings({"UGRN_HOME": str(tmp_path)}))
    read = pd.read_csv(io.StringIO(delimited(table, ",")), low_memory=False)
    assert len(read) == len(table)
    np.testing.assert_allclose(read["auprc"], table["auprc"])


CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=8)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from(["\t", ","]))
@settings(max_examples=150, deadline=None)
def test_any_text_survives_a_csv_reader(rows, separator):
    frame = pd.DataFrame(rows, columns=["source", "target"])
    lines = io.StringIO(delimited(frame, separator), newline="")
    read = list(csv.reader(lines, delimiter=separator, strict=True))[1:]
    assert [tuple(unguarded(c) for c in row) for row in read] == rows


def test_numbers_come_back_exact():
    values = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-250, 250)
    frame = pd.DataFrame({"source": "A", "target": "B", "probability": values})
    data = FORMATS["csv"].write(frame, {}).decode()
    read = [float(line.split(",")[2]) for line in data.splitlines()[1:]]
    assert read == values.tolist()
