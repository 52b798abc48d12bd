"""Which finished runs hold a gene: asked when the panel at hand does not."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ugrn_core.dashboard.queries.database import opened


@st.cache_data(max_entries=256, show_spinner=False)
def holding(tables: tuple[Path, ...], gene: str) -> tuple[Path, ...]:
    """Return those of the edge tables in which `gene` regulates or is regulated."""
    return tuple(path for path in tables if _holds(path, gene))


def _holds(path: Path, gene: str) -> bool:
    with opened({"t0": path}) as link:
        sql = "SELECT 1 FROM t0 WHERE target = ? OR source = ? LIMIT 1"
        return bool(link.execute(sql, [gene, gene]).fetchall())
