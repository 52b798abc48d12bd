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
    """Draw `tiles` side by side, all of one height; their room is kept until they are there."""
    columns = st.container(key=f"tiles_{tiles[0].label}").columns(len(tiles))
    for column, tile in zip(columns, tiles):
        column.metric(
            tile.label,
            tile.value,
            delta=tile.note,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
