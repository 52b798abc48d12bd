"""A row of tiles: one number each, its name above and a note below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Tile:
    """label: what the number is. value: as it is shown. note: below it, None for none."""

    label: str
    value: str
    note: str | None = None


def metric_tiles(tiles: Sequence[Tile]) -> None:
    """Draw `tiles` side by side, all of one height."""
    for column, tile in zip(st.columns(len(tiles)), tiles):
        column.metric(
            tile.label,
            tile.value,
            delta=tile.note,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
