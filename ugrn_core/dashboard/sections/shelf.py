"""The Runs page's shelf: finished results, their names, what they take on disk, and deleting."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell import own_sets, page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import undo
from ugrn_core.experiment.runs import run_list
from ugrn_core.experiment.shelf import disk, labels
from ugrn_core.experiment.shelf.labels import Label
from ugrn_core.quantities import size
from ugrn_core.removed import RUN, Removed
from ugrn_core.settings import Settings

_FEW = 8  # results up to which nobody needs to filter
_DONE = "ugrn_shelf_done"  # what was done, to say on the next page


def said() -> None:
    """Draw what was done just now."""
    if sentence := st.session_state.pop(_DONE, None):
        st.success(sentence, icon=":material/check:")


def results(view: View) -> pd.DataFrame:
    """Return the finished results that this session may know of: not those of another's own
    cells."""
    every = run_list.results(view.settings)
    return every[[_is_listed(view, run) for run in every["run"]]].reset_index(drop=True)


def _is_listed(view: View, run: str) -> bool:
    spec = run_list.spec_of(view.settings, run)
    return spec is None or own_sets.may_see(spec.dataset, view.settings)


def table(view: View) -> pd.DataFrame:
    """Return one row a finished result that passes the filter, with its name and note first."""
    every = results(view)
    given = [labels.read(view.settings, run) for run in every["run"]]
    every.insert(0, "name", [label.name for label in given])
    every["note"] = [label.note for label in given]
    every["origin"] = ["ships with UGRN" if ships else "yours" for ships in every["ships"]]
    if len(every) <= _FEW:
        return every
    wanted = st.text_input(
        "Filter", key="ugrn_runs_filter", placeholder="A name, dataset, backbone, note or run"
    )
    return every[_matches(every, wanted)].reset_index(drop=True)


def columns() -> dict:
    """Return what the columns of the table are called, and how they are shown."""
    config = st.column_config
    return {
        "name": config.TextColumn("Name"),
        "dataset": config.TextColumn("Dataset"),
        "backbone": config.TextColumn("Backbone"),
        "regulators": config.NumberColumn("Regulators", format="localized"),
        "pairs": config.NumberColumn("Pairs", format="localized"),
        "date": config.DatetimeColumn("Finished", format="YYYY-MM-DD HH:mm"),
        "bytes": config.TextColumn("Edge table"),
        "run": config.TextColumn("Run"),
        "note": config.TextColumn("Note"),
        "origin": config.TextColumn("From"),
    }


def _matches(every: pd.DataFrame, wanted: str) -> pd.Series:
    """Return which rows hold every word of `wanted`, case ignored, in any column of text."""
    columns = ["name", "dataset", "backbone", "note", "run", "origin"]
    text = every[columns].astype(str).agg(" ".join, axis=1).str.casefold()
    keep = pd.Series(True, index=every.index)
    for word in wanted.casefold().split():
        keep &= text.str.contains(word, regex=False)
    return keep


def title(row: pd.Series) -> str:
    """Return what a result is called in a list of them."""
    what = row["name"] or row["dataset"]
    return f"{what}, {row['backbone']}, run {row['run'][:8]}"


def manage(view: View, rows: pd.DataFrame) -> None:
    """Draw the form that names a result, and the button that deletes one."""
    with st.expander("Name, note or delete a result", icon=":material/edit:"):
        titles = {row["run"]: title(row) for _, row in rows.iterrows()}
        run = st.selectbox("Result", list(titles), format_func=titles.get, key="ugrn_shelf_run")
        if run is None:
            return
        label = labels.read(view.settings, run)
        with st.form(f"label_{run}", border=False):
            name = st.text_input("Name", label.name, max_chars=labels.LONGEST_NAME)
            note = st.text_area("Note", label.note, max_chars=labels.LONGEST_NOTE, height=90)
            if st.form_submit_button("Save", icon=":material/save:"):
                with page.sentences():
                    labels.write(view.settings, run, Label(name, note))
                    st.rerun()
        if bool(rows.set_index("run").loc[run, "ships"]):
            st.caption("This result ships with UGRN and stays.")
        else:
            _delete(view, run)


def _delete(view: View, run: str) -> None:
    takes = size(disk.size_of(view.settings, run))
    sure = st.checkbox(
        f"I want to delete it: table, curves and job, {takes}", key=f"ugrn_sure_{run}"
    )
    st.button(
        "Delete",
        icon=":material/delete:",
        disabled=not sure,
        key=f"delete_{run}",
        on_click=undo.remove,
        args=(_bin(view.settings), partial(disk.delete, view.settings, run)),
    )


def way_back(view: View) -> None:
    """Draw the way back to the results that were deleted within a day."""
    undo.offer(_bin(view.settings))


def _bin(settings: Settings) -> undo.Bin:
    def may(one: Removed) -> bool:
        return own_sets.may_see(one.about.get("dataset", ""), settings)

    return undo.Bin(settings.home, RUN, may, more=" Table, curves and job are put aside.")


def on_disk(view: View) -> None:
    """Draw what curves and results take, and the budget."""
    now = _usage(str(view.settings.home), view)
    st.caption(
        f"On disk: curves {size(now.curves)} of {size(now.budget)} (UGRN_DISK), tables "
        f"{size(now.runs)}, removed within a day {size(now.removed)}. When a run ends and curves "
        "are above their budget, what was removed goes first, then those used longest ago, never "
        "those of a result with a name; they can be computed again."
    )
    if now.curves + now.removed > now.budget and st.button(
        "Clear now", icon=":material/cleaning_services:"
    ):
        freed = disk.clear(view.settings)
        _usage.clear()
        st.session_state[_DONE] = f"Cleared {size(freed)}."
        st.rerun()


@st.cache_data(ttl=20, max_entries=4, show_spinner=False)
def _usage(home: str, _view: View) -> disk.Usage:
    """home: each visitor has his own."""
    return disk.usage(_view.settings)
