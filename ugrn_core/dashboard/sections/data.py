"""The Data page's parts: a file in, what it was taken for, adding it, and the data sets added."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.charts.own_cells import cells_by_type, genes_known, value_histogram
from ugrn_core.dashboard.sections.own import cell_form
from ugrn_core.dashboard.shell import navigation, own_sets, page
from ugrn_core.dashboard.shell.browser_mark import owner
from ugrn_core.dashboard.shell.sentences import sentences
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import undo
from ugrn_core.dashboard.widgets.metric_tiles import Tile, metric_tiles
from ugrn_core.data.own import adding, store
from ugrn_core.data.own.formats.given import Given, of_bytes
from ugrn_core.data.own.recognition import Choices, Recognised, with_types
from ugrn_core.data.own.store import OwnDataset
from ugrn_core.experiment.catalog import own_data
from ugrn_core.experiment.catalog.own_data import CellsGiven
from ugrn_core.experiment.contexts import jobs as context_jobs
from ugrn_core.experiment.runs import limits
from ugrn_core.markdown import literal
from ugrn_core.quantities import size
from ugrn_core.removed import CELLS, Removed
from ugrn_core.settings import Settings

_OPENED = "ugrn_cells"  # (what was given, CellsGiven) of this session
_ADDED = "ugrn_added"
_ROUND = "ugrn_upload_round"  # a new uploader, emptied, after a file was added
ORIENTATIONS = {"auto": "Told by the names", "rows": "Genes in rows", "columns": "Genes in columns"}
READ = (
    "Counts, and if there is one the table of what is said of their cells. "
    "**h5ad** (X, raw or layers), **10x** HDF5, **10x folder** (its three files together, or as "
    ".zip or .tar.gz), **loom**, **csv, tsv, txt** (also packed), **parquet**, **xlsx**. Seurat: "
    "`DropletUtils::write10xCounts('cells', GetAssayData(x, layer = 'counts'), version = '3')`."
)


def file_in(view: View) -> CellsGiven | None:
    """Draw how a file comes in; return the cells given, None where nothing is yet."""
    round_ = st.session_state.setdefault(_ROUND, 0)
    limit = int(st.get_option("server.maxUploadSize"))
    files = st.file_uploader(
        f"A file of cells, up to {size(limit * 1_000_000)}",
        accept_multiple_files=True,
        key=f"ugrn_upload_{round_}",
        help="The limit is a setting of the server: --server.maxUploadSize, in MB",
    )
    path = _path_box(view.settings)
    st.caption(READ)
    if files:
        uploads = tuple(of_bytes(file.name, file.getvalue()) for file in files)
        key = tuple((file.file_id, file.size) for file in files)
        return _opened(view, key, uploads[0].name, lambda how: own_data.open_uploads(uploads, how))
    if path:
        real = own_data.allowed_path(path, view.settings, local=own_sets.is_local())
        return _opened(
            view, (str(real), _stamp(real)), real.name, lambda how: own_data.open_path(real, how)
        )
    st.session_state.pop(_OPENED, None)
    return None


def _path_box(settings: Settings) -> str:
    if not own_sets.is_local() and not settings.data:
        return ""
    where = "" if own_sets.is_local() else " below " + ", ".join(map(str, settings.data))
    return st.text_input(
        f"Or a path on this machine{where}",
        key="ugrn_cells_path",
        placeholder="/data/atlas.h5ad",
        help="Read where it lies, some cells at a time: for files larger than an upload or memory",
    ).strip()


def _stamp(path: Path) -> object:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns


def _opened(view: View, key: object, name: str, read: Callable[[str], CellsGiven]) -> CellsGiven:
    """Return the opened file, once a session; tables may be turned."""
    how = "auto"
    if _is_table(name):
        how = st.segmented_control(
            "Layout",
            list(ORIENTATIONS),
            default="auto",
            format_func=ORIENTATIONS.__getitem__,
            required=True,
            key="ugrn_cells_layout",
        )
    known = st.session_state.get(_OPENED)
    if known is None or known[0] != (key, how):
        st.session_state.pop(_OPENED, None)  # before another takes memory
        limits.begin(view.settings)
        with st.spinner(f"Looking at {literal(name[:60])}"):
            known = (key, how), read(how)
        st.session_state[_OPENED] = known
    return known[1]


def _is_table(name: str) -> bool:
    return Given(name, 0, lambda: None).suffix in (".csv", ".tsv", ".txt", ".parquet", ".xlsx")


def form(view: View, given: CellsGiven) -> None:
    """Draw what was recognised, as a form, then pictures, then the button that adds it."""
    st.header("What it was taken for", anchor=False)
    key = f"cells_{abs(hash((given.name, given.content.cells[:3], len(given.content.cells))))}"
    recognised, choices = cell_form.choose(given, key)
    _notes(recognised)
    summary(recognised)
    name = st.text_input(
        "Name of the data set",
        value=store.suggested_name(given.name),
        key=f"{key}_name",
        max_chars=48,
    )
    if st.button("Add", type="primary", icon=":material/add:", key="add_cells"):
        _add(view, name, given, choices)


def _notes(recognised: Recognised) -> None:
    for note in (*recognised.file.notes, *recognised.naming.notes)[:8]:
        st.caption(literal(note))


def summary(recognised: Recognised) -> None:
    """Draw a file's numbers and pictures: cells by type, values, genes known and lost."""
    named, colours = recognised.naming, page.colours()
    lost = len(recognised.matrix.genes) - named.known
    distinct = len({s for s in named.symbols if s})
    types = with_types(recognised)
    counts = {} if types is None else dict(pd.Series(types).value_counts())
    metric_tiles(
        [
            Tile("Cells", f"{recognised.matrix.cells:,}", recognised.file.kind[:40]),
            Tile(
                "Genes known", f"{distinct:,}", f"of {len(recognised.matrix.genes):,} in the file"
            ),
            Tile("Cell types", f"{len(counts):,}" if counts else "none", recognised.cell_types),
            Tile("Values", recognised.kind.scale.name.replace("_", " ").lower(), None),
        ]
    )
    st.caption(f"Values of {literal(recognised.matrix.name)}: {literal(recognised.kind.words)}.")
    left, right = st.columns(2, gap="medium")
    with left:
        if counts:
            st.markdown("**Cells by type**")
            figure = cells_by_type(counts, colours)
            st.plotly_chart(figure, config=CONFIG, key="types", alt="Cells of each type")
        else:
            st.info("No column of cell types is chosen: the panel is chosen over all cells.")
    with right:
        st.markdown("**Values of some cells**")
        values = recognised.matrix.some.data
        figure = value_histogram(values[values > 0], colours)
        st.plotly_chart(figure, config=CONFIG, key="values", alt="How often each size of value is")
    with right if counts else left:
        st.markdown("**Genes**")
        figure = genes_known(named.known, named.known - distinct, lost, colours)
        st.plotly_chart(figure, config=CONFIG, key="genes", alt=f"{named.known} known, {lost} lost")
    _lost(recognised)


def _lost(recognised: Recognised) -> None:
    reasons = recognised.naming.reasons
    if not reasons:
        return
    table = pd.DataFrame(list(reasons.items()), columns=["gene", "reason"])
    with st.expander(f"{len(table):,} genes without a known symbol", icon=":material/help:"):
        st.dataframe(table.head(2_000), hide_index=True, alt="Genes lost, and why")
        st.download_button(
            "TSV",
            data=lambda: table.to_csv(sep="\t", index=False),
            file_name="genes-lost.tsv",
            mime="text/tab-separated-values",
            key="lost_genes",
            on_click="ignore",
            icon=":material/download:",
        )


def _add(view: View, name: str, given: CellsGiven, choices: Choices) -> None:
    bar = st.progress(0.0, text="reading cells")
    words = {adding.READING: "reading all cells (1 of 2)", adding.KEEPING: "their panel (2 of 2)"}

    def progress(done: int, total: int, phase: str) -> None:
        share = (done + total * (phase == adding.KEEPING)) / (2 * max(total, 1))
        bar.progress(min(share, 1.0), text=f"{words[phase]}: {done:,} of {total:,}")

    with sentences():
        limits.check_disk(view.settings)
        added = own_data.add(view.settings, name, given, choices, progress, owner=owner())
        st.session_state[_ADDED] = added.id
        st.session_state.pop(_OPENED, None)
        st.session_state[_ROUND] += 1
        st.session_state.pop("ugrn_cells_path", None)
        st.rerun()
    bar.empty()


def added(view: View) -> None:
    """Draw, after a file was added, the way to probe it; after one was removed, the way back."""
    new = st.session_state.get(_ADDED)
    one = next((d for d in own_sets.mine(view.settings) if d.id == new), None)
    if one is not None:
        with st.container(border=True):
            st.success(f"**{literal(one.name)}** is added: {_facts(one)}.")
            if st.button("Probe it", type="primary", icon=":material/play_arrow:", key="probe_new"):
                st.session_state.pop(_ADDED, None)
                navigation.go("regulators", dataset=one.id)
    undo.offer(_bin(view.settings))


def _facts(one: OwnDataset) -> str:
    about = one.manifest
    return (
        f"{about['cells']:,} cells, {len(about['genes']):,} genes, {len(about['regulators']):,} of "
        f"them regulators, {about['species']}"
    )


def mine(view: View) -> None:
    """Draw the data sets that this browser may use, each with what one can do."""
    datasets = own_sets.mine(view.settings)
    if not datasets:
        st.info("Nothing is here yet. What you add is listed in this browser, and in no other.")
    for one in datasets:
        with st.container(border=True):
            words, ways = st.columns([3, 2], vertical_alignment="center")
            words.markdown(
                f"**{literal(one.name)}**  \n:small[{_facts(one)}; from "
                f"{literal(one.manifest['source']['name'][:60])}]"
            )
            with ways, st.container(horizontal=True, horizontal_alignment="right"):
                _ways(view, one)
            _details(one)


def _ways(view: View, one: OwnDataset) -> None:
    label = "Probe it" if view.spec.dataset != one.id else "Open"
    if st.button(label, key=f"probe_{one.mark}", icon=":material/play_arrow:"):
        navigation.go("regulators", dataset=one.id)
    with st.popover("Rename", icon=":material/edit:"):
        new = st.text_input("New name", value=one.name, key=f"name_{one.mark}", max_chars=48)
        if st.button("Rename", key=f"rename_{one.mark}"):
            with sentences():
                store.rename(view.settings.home, one.mark, new)
                st.rerun()
    st.button(
        "Remove",
        key=f"remove_{one.mark}",
        icon=":material/delete:",
        on_click=undo.remove,
        args=(_bin(view.settings), partial(_remove, view.settings, one)),
    )


def _bin(settings: Settings) -> undo.Bin:
    def may(one: Removed) -> bool:
        return own_sets.is_mine(one.about.get("owner", ""), settings)

    more = " Its runs stay."
    return undo.Bin(settings.home, CELLS, may, put_back=store.put_back, more=more)


def _remove(settings: Settings, one: OwnDataset) -> Removed:
    return store.remove(settings.home, one.mark, context_jobs.leaving(settings, one.id))


def _details(one: OwnDataset) -> None:
    with st.expander("What it is, and the genes of its panel"):
        for sentence in own_data.sentences(one.manifest):
            st.markdown(f"- {literal(sentence)}")
        for label, name in (("Panel", store.PANEL), ("Genes lost", store.LOST)):
            st.download_button(
                f"{label} (TSV)",
                data=lambda name=name: store.read_file(one, name),
                file_name=f"{one.name}-{name}",
                mime="text/tab-separated-values",
                key=f"{name}_{one.mark}",
                on_click="ignore",
                icon=":material/download:",
            )
