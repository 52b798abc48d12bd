"""Every file of this run and of the product, by what it is for; checksums on request."""

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


def of_run(view: View, sums: bool) -> None:
    """Draw the files of the run in view, or the way to have one."""
    results = probe_now.results_or_offer(view)
    if results is None:
        return
    st.markdown(f"**{literal(view.title)}**, {literal(view.backbone.title)}, run `{view.run_id}`")
    downloads.draw_groups(view, downloads.of_run(view, results), "run", sums)
    with st.expander("What the columns of an edge table hold", icon=":material/table:"):
        st.table(pd.Series(methods.COLUMNS, name="what it holds").rename_axis("column"))
        worth.caption(results.worth, edges.summary(view.run_id, results))
        st.caption(
            "Formats without room for provenance go with the provenance file. Each download of "
            "this run gives the same bytes, until another backbone is asked about the same genes "
            "(n_backbones); a run made again has another date in them."
        )


def translators(view: View, sums: bool) -> None:
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
            downloads.draw(view, artefacts, "translator", sums)
            return


def of_product(view: View, sums: bool) -> None:
    """Draw what comes with UGRN or was made for a backbone, each kind in a box that opens."""
    with st.expander("Benchmark: every number", icon=":material/fact_check:"):
        measured = downloads.in_folder(view.settings.assets / "results")
        if measured:
            downloads.draw(view, measured, "benchmark", sums)
        else:
            st.info("No benchmark table is here. The page Probe benchmark says how it is made.")
    with st.expander("Translators of this backbone", icon=":material/function:"):
        translators(view, sums)
    with st.expander("The backbone itself: weights and model card", icon=":material/memory:"):
        if view.settings.assets.resolve() in view.backbone.folder.resolve().parents:
            downloads.draw(view, downloads.in_folder(view.backbone.folder), "backbone", sums)
        else:
            st.info("This checkpoint is yours; its files stay where they are.")


@page.page("Downloads", "Which files can I take away, and how do I know that they are the same?")
def draw(view: View) -> None:
    sums = downloads.checksums()
    st.header("This run", anchor=False)
    of_run(view, sums)
    st.header("What comes with UGRN", anchor=False)
    of_product(view, sums)
    navigation.link("methods", "What the columns mean", ":material/menu_book:")
