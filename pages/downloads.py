"""Every file of this run and of the product, with size, checksum and what it holds."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.sections import downloads, methods
from ugrn_core.dashboard.shell import navigation, page
from ugrn_core.dashboard.shell.address import choice
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import probe_now, worth
from ugrn_core.experiment.catalog import translators as translation
from ugrn_core.markdown import literal


def of_run(view: View) -> None:
    """Draw the files of the run in view, or the way to have one."""
    results = probe_now.results_or_offer(view)
    if results is None:
        return
    st.markdown(f"**{literal(view.title)}**, {literal(view.backbone.title)}, run `{view.run_id}`")
    facts = edges.summary(view.run_id, results)
    with st.expander("What the columns of an edge table hold", icon=":material/table:"):
        st.table(pd.Series(methods.COLUMNS, name="what it holds").rename_axis("column"))
        worth.caption(results.worth, facts)
    small = facts["kept"] <= downloads.SMALL
    write = st.toggle(
        "Show size and checksum of each",
        value=small,
        key=f"ugrn_checksums_{view.run_id}",
        help="Writes every format once, which takes some seconds for large runs",
    )
    downloads.draw(view, downloads.of_run(view, results), "run", write)
    st.caption(
        "Formats without room for provenance go with the provenance file. Each download of this "
        "run gives the same bytes, until another backbone is asked about the same genes "
        "(n_backbones); a run made again has another date in them."
    )


def translators(view: View) -> None:
    """Draw the files of one of the translators of the backbone in view."""
    name = view.backbone.name
    known = translation.translators(view.settings, name)
    if not known:
        st.info("There is no translator for this backbone. The benchmark command trains one.")
        return
    chosen = choice("Translator", "translator", {n: n for n in known})
    for root in (view.settings.home, view.settings.assets):
        artefacts = downloads.in_folder(
            root / "translators" / translation.folder_name(name) / translation.folder_name(chosen)
        )
        if artefacts:
            downloads.draw(view, artefacts, "translator")
            return


@page.page("Downloads", "Which files can I take away, and how do I know that they are the same?")
def draw(view: View) -> None:
    st.header("This run", anchor=False)
    of_run(view)
    st.header("Benchmark", anchor=False)
    measured = downloads.in_folder(view.settings.assets / "results")
    if measured:
        downloads.draw(view, measured, "benchmark")
    else:
        st.info("No benchmark table is here. The page Probe benchmark says how it is made.")
    st.header("Translators", anchor=False)
    translators(view)
    st.header("Backbone", anchor=False)
    if view.settings.assets.resolve() in view.backbone.folder.resolve().parents:
        downloads.draw(view, downloads.in_folder(view.backbone.folder), "backbone")
    else:
        st.info("This checkpoint is yours; its files stay where they are.")
    navigation.link("methods", "What the columns mean", ":material/menu_book:")
