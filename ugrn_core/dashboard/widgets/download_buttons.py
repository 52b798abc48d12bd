"""Download buttons: the file is written when asked for, never before."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.figures.pair import FORMATS as FIGURES
from ugrn_core.dashboard.figures.pair import WIDTHS
from ugrn_core.export import FORMATS
from ugrn_core.export.base import labelled, sidecar_json
from ugrn_core.export.delimited import delimited

TABLES = ("tsv", "csv", "parquet", "xlsx")


def table_buttons(
    table: Callable[[], pd.DataFrame],
    provenance: Mapping,
    stem: str,
    formats: tuple[str, ...] = ("tsv", "csv", "parquet"),
    *,
    key: str = "table",
    extent: tuple[int, bool] = (0, True),
) -> None:
    """Draw one button a format; `table` is read only after a click. stem: of the file name.

    extent: how many rows, and whether they have probabilities; formats that cannot hold such a
    table are left out.
    """
    with st.container(horizontal=True, key=f"{key}_downloads"):
        for name in (n for n in formats if FORMATS[n].fits(*extent)):
            style = FORMATS[name]
            st.download_button(
                name.upper() if name in TABLES else style.label,
                data=lambda style=style: style.write(labelled(table(), provenance), provenance),
                file_name=f"{safe_stem(stem)}{style.suffix}",
                mime=style.mime,
                key=f"{key}_{name}",
                on_click="ignore",
                icon=":material/download:",
                help=style.label,
            )
        sidecar = next((FORMATS[n].sidecar for n in formats if FORMATS[n].sidecar), None)
        if sidecar is not None:
            _provenance_button(lambda: sidecar(provenance), stem, key)


def edge_buttons(
    table: Callable[[], pd.DataFrame], provenance: Mapping, stem: str, extent: tuple[int, bool]
) -> None:
    """Draw buttons for drawn edges in every format: tables at once, other programs' folded away."""
    table_buttons(table, provenance, stem, TABLES, key="network", extent=extent)
    others = tuple(name for name in FORMATS if name not in TABLES)
    with st.expander("For Cytoscape, Gephi, NDEx, scanpy, BEELINE and others"):
        table_buttons(table, provenance, stem, others, key="network_more", extent=extent)


def safe_stem(stem: str) -> str:
    """Return `stem` as a file name that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", stem)[:80].strip("._-") or "ugrn"


def curve_buttons(table: Callable[[], pd.DataFrame], provenance: Mapping, stem: str) -> None:
    """Draw buttons for a pair's curve values: a small table, with its provenance beside it."""
    with st.container(horizontal=True, key="curve_downloads"):
        for name, separator, mime in (
            ("TSV", "\t", "text/tab-separated-values"),
            ("CSV", ",", "text/csv"),
        ):
            st.download_button(
                f"Curve values, {name}",
                data=lambda separator=separator: delimited(table(), separator).encode(),
                file_name=f"{safe_stem(stem)}.{name.lower()}",
                mime=mime,
                key=f"curve_{name}",
                on_click="ignore",
                icon=":material/download:",
            )
        _provenance_button(lambda: sidecar_json(provenance), stem, "curve")


def figure_buttons(figure: Callable[[str, str], bytes], stem: str) -> None:
    """Draw one button a format and width in a box that opens. figure: of a format and a width."""
    with st.popover("Figure: SVG, PDF, PNG", icon=":material/image:"):
        for width, millimetres in WIDTHS.items():
            st.markdown(f"One {width} wide, {millimetres:g} mm")
            with st.container(horizontal=True):
                for kind, mime in FIGURES.items():
                    st.download_button(
                        kind.upper(),
                        data=lambda kind=kind, width=width: figure(kind, width),
                        file_name=f"{safe_stem(stem)}-{width}.{kind}",
                        mime=mime,
                        key=f"figure_{width}_{kind}",
                        on_click="ignore",
                        icon=":material/download:",
                    )


def rows_button(
    table: Callable[[], pd.DataFrame], about: Mapping, stem: str, label: str = "All rows, CSV"
) -> None:
    """Draw buttons for a table that is no edge table: CSV, guarded for spreadsheets."""
    with st.container(horizontal=True, key=f"{stem}_downloads"):
        st.download_button(
            label,
            data=lambda: delimited(table(), ",").encode(),
            file_name=f"{safe_stem(stem)}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        _provenance_button(lambda: sidecar_json(about), stem, stem)


def _provenance_button(content: Callable[[], bytes], stem: str, key: str) -> None:
    """Draw the button of the file that says what made a table whose format has no room for it."""
    st.download_button(
        "Provenance",
        data=content,
        file_name=f"{safe_stem(stem)}.provenance.json",
        mime="application/json",
        key=f"{key}_provenance",
        on_click="ignore",
        icon=":material/receipt_long:",
        help="What made these numbers: backbone, panel, grid, checksums",
    )
