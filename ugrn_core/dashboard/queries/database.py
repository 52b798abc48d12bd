"""Parquet files as tables of one shared DuckDB database in memory."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import streamlit as st


@contextmanager
def opened(files: Mapping[str, Path | str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection of the caller's own on which each of `files` is the table of its name."""
    with _database().cursor() as link:
        for name, path in files.items():
            file = str(path).replace("'", "''")
            link.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet('{file}')")
        yield link


@st.cache_resource(show_spinner=False)
def _database() -> duckdb.DuckDBPyConnection:
    """To open one takes as long as four queries; what a cursor of it makes TEMP is its own."""
    # Let go before the interpreter is taken down: threads that still run then would keep it, and
    # the library prints a page about what was never freed.
    atexit.register(_database.clear)
    return duckdb.connect(config={"threads": 2})
