"""The Many genes page's parts: the list, the regulators that explain it, its network, its sets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.enrichment import dots
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.queries.best_targets import best_targets
from ugrn_core.dashboard.queries.target_ranks import target_ranks
from ugrn_core.dashboard.sections import network
from ugrn_core.dashboard.shell import address, navigation
from ugrn_core.dashboard.shell.sidebar import View, use_list
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets import add_genes
from ugrn_core.dashboard.widgets.download_buttons import rows_button
from ugrn_core.data.gene_lists import GeneList, genes_from_bytes, genes_from_text
from ugrn_core.data.gene_sets import shipped_sets
from ugrn_core.enrichment.explaining import FEWEST, Explained
from ugrn_core.errors import InputError, PanelError
from ugrn_core.experiment.atlas import scoring
from ugrn_core.experiment.biology import drives, listed
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

BOX, FILE, MARK = "many_box", "many_file", "list"
_PROBLEM = "ugrn_many_problem"
MOST = 5_000
_WINNERS = 5  # regulators whose network is drawn
CUT = 0.05  # q


def chosen_list(view: View, results: Results) -> tuple[str, ...]:
    """Draw where a list is given, and return the entries of the one that is asked about."""
    address.restore("list", MARK, lambda text: True, None)
    with st.expander("Your genes", expanded=not st.session_state[MARK], icon=":material/list:"):
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(literal(problem), icon=":material/error:")
        st.text_area(
            "Gene symbols, 20 to 500",
            key=BOX,
            height=110,
            placeholder="HBB, ALAS2, KLF1, ... the differential genes of an experiment",
            help="Separated by blanks, commas or lines; previous symbols, aliases and Ensembl ids "
            "are taken, too",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button(
                "Find their regulators",
                type="primary",
                icon=":material/manage_search:",
                on_click=_take,
                args=(view, lambda: genes_from_text(st.session_state.get(BOX) or "")),
            )
            name, genes = example(results, view)
            if genes:
                st.button(
                    f"An example: {name}",
                    icon=":material/lightbulb:",
                    on_click=_take,
                    args=(view, lambda: GeneList(genes)),
                )
        st.file_uploader(
            "Or a file",
            type=["txt", "csv", "tsv", "xlsx", "gmt", "gz"],
            key=FILE,
            max_upload_size=1,
            on_change=_take,
            args=(view, _from_file),
        )
    mark = address.keep(MARK)
    return gene_lists.kept(view.settings.home, mark) if mark else ()


def example(results: Results, view: View) -> tuple[str, tuple[str, ...]]:
    """Return the hallmark set with most genes in the panel, by its name; no genes where none has
    ten."""
    study = run_spec.prepare(view.settings, view.spec).study
    here = set(drives.symbols(study).values())
    sets = shipped_sets("hallmark").sets
    name = max(sets, key=lambda s: len(here & set(sets[s])))
    genes = tuple(g for g in sets[name] if g in here)
    return name.removeprefix("HALLMARK_").replace("_", " ").capitalize(), genes * (len(genes) >= 10)


def _from_file() -> GeneList:
    file = st.session_state.get(FILE)
    if file is None:
        raise PanelError("No file came. Choose one again.")
    return genes_from_bytes(file.getvalue(), f"The file '{file.name[:60]}'")


def _take(view: View, read: Callable[[], GeneList]) -> None:
    """Keep the list that `read` gives and choose it, or keep why it cannot be used."""
    try:
        genes = tuple(dict.fromkeys(read().genes))
        if not FEWEST <= len(genes) <= MOST:
            raise PanelError(
                f"A list to explain has {FEWEST} to {MOST:,} genes; {len(genes):,} came."
            )
        address.choose(MARK, gene_lists.keep(view.settings.home, genes))
    except InputError as error:
        st.session_state[_PROBLEM] = str(error)


def explained(view: View, results: Results, entries: tuple[str, ...]) -> Explained:
    """Return the regulators of this run that explain a list."""
    return _explained(view.run_id, entries, (view, results))


@st.cache_resource(max_entries=2, show_spinner=False)
def atlas_names(run: tuple[str, str], _view: View) -> dict[str, str]:
    """Return symbol shown -> approved symbol of all genes of an atlas."""
    return drives.symbols(run_spec.prepare(_view.settings, _view.spec).study)


@st.cache_data(max_entries=64, show_spinner="Asking every regulator")
def _explained(run_id: str, entries: tuple[str, ...], _what: tuple) -> Explained:
    view, results = _what
    if not results.whole:
        named = atlas_names((str(view.settings.home), view.run_id), view)
        return listed.explained_by_best(entries, best_targets(results), named=named)
    ranks = target_ranks(results)
    study = run_spec.prepare(view.settings, view.spec).study
    level = listed.expression_of(study.dataset, ranks.genes)
    return listed.explained(entries, ranks, named=drives.symbols(study), expression=level)


def coverage(view: View, answer: Explained, entries: tuple[str, ...], whole: bool) -> None:
    """Say how many of the list were used, and offer to probe the rest. whole: whether the run is of
    one panel, not of all genes."""
    absent = answer.absent
    again = len(entries) - len(answer.genes) - len(absent)
    more = (
        "" if again <= 0 else f"; {again:,} {'name' if again == 1 else 'names'} of the same again"
    )
    st.markdown(
        f"**{len(answer.genes):,} of {len(entries) - again:,} genes** of your list are asked "
        f"about{more}."
    )
    if not absent:
        return
    one = len(absent) == 1
    kind, where = ("target", "this panel") if whole else ("gene", "this atlas")
    title = f"{len(absent):,} {'is' if one else 'are'} no {kind}{'' if one else 's'} of {where}"
    with st.expander(title, icon=":material/info:"):
        st.markdown(", ".join(literal(g) for g in absent[:200]))
        if not whole:
            return
        st.button(
            "A panel with them, too",
            icon=":material/playlist_add:",
            on_click=_join,
            args=(view, absent),
            help="A list of your own with all genes of this panel and of your list; it is probed "
            "when you say so",
        )


def _join(view: View, absent: tuple[str, ...]) -> None:
    try:
        joined = gene_lists.checked(GeneList(add_genes.entries(view, absent)))
        use_list(view.settings, joined)
    except InputError as error:
        st.session_state[_PROBLEM] = str(error)


def headline(table: pd.DataFrame) -> str:
    """Return which regulators explain the list, in one sentence."""
    passed = table[table["q"] < CUT]
    first = table.iloc[0]
    if passed.empty:
        return (
            f"**No regulator explains this list** better than random lists as popular (q < "
            f"{CUT:g}); {literal(first['regulator'])} comes first, with q {first['q']:.2g}."
        )
    names = ", ".join(f"**{literal(r)}**" for r in passed["regulator"].head(3))
    return (
        f"{len(passed):,} of {len(table):,} regulators explain the list better than random lists "
        f"as popular (q < {CUT:g}): {names} before all."
    )


def how_compared(results: Results) -> str:
    """Return what the numbers of the table are held against, in words."""
    said = "Popular genes are everybody's targets, so the plain overlap finds someone for any list "
    said += "of them; q compares with random lists that are as popular"
    if results.whole:
        said += " and, where there are cells, as much expressed, gene by gene"
    else:
        said += (
            f", exactly. The atlas keeps the {scoring.BEST_TARGETS} best targets of each of its "
            f"{len(results.regulators):,} regulators, and these are what counts as its own, "
            f"against all {len(results.genes):,} genes"
        )
    return f"{said}. Click a row for the regulator's targets."


def winners(table: pd.DataFrame, colours: Palette, key: str) -> None:
    """Draw the regulators as dots and as a table; a click leads to a regulator's targets."""
    rows = pd.DataFrame(
        {
            "name": table["regulator"],
            "value": -np.log10(np.maximum(table["q"].fillna(1.0), 1e-300)),
            "own": table["q"] < CUT,
            "size": table["overlap"],
            "hover": [
                f"{r.regulator}: q {r.q:.2g}, {r.overlap} of its best targets in the list, "
                f"{r.expected:.1f} expected"
                for r in table.itertuples()
            ],
        }
    )
    names = ("better than lists as popular", "not")
    st.plotly_chart(
        dots(rows, colours, "−log10 q", -np.log10(CUT), names=names),
        config=CONFIG,
        key="many_dots",
        alt="Regulators that explain the list, by their q",
    )
    event = st.dataframe(
        table.drop(columns=["p_overlap", "p", "in_list"]),
        hide_index=True,
        height=390,
        key=f"explained-{key}",
        on_select="rerun",
        selection_mode="single-cell",
        column_config=_columns(),
        alt=f"Table of {len(table)} regulators",
    )
    if cells := event["selection"]["cells"]:
        gene = str(table.iloc[cells[0][0]]["regulator"])
        navigation.go("regulators", gene=gene, side="targets")


def _columns() -> dict:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "regulator": text("Regulator", pinned=True),
        "mean_rank": number("Mean rank", format="%.1f", help="Of the orders by overlap and place"),
        "overlap": number("Overlap", help="Genes of the list among its best targets"),
        "expected": number("Expected", format="%.1f", help="By chance"),
        "q_overlap": number(
            "q, overlap",
            format="%.2g",
            help="Hypergeometric, Benjamini-Hochberg: popular genes make it small for everybody",
        ),
        "expected_alike": number(
            "Expected, alike", format="%.1f", help="Of random lists as popular; q is against these"
        ),
        "place": number("Place", format="%.3f", help="Mean place of the list; 1 is the best"),
        "place_alike": number("Place, alike", format="%.3f", help="Of random lists as popular"),
        "z": number("z", format="%.2f", help="Between the two"),
        "q": number(
            "q",
            format="%.2g",
            help="Against random lists as popular, Benjamini-Hochberg over regulators",
        ),
        "degree": number("Degree", help="Its pairs among the best 5 % of all"),
        "genes": text("Genes", width="large"),
    }


def drawing(results: Results, answer: Explained, colours: Palette, key: str) -> None:
    """Draw the network of the first regulators and their genes of the list."""
    first = answer.table.head(_WINNERS)
    pairs = tuple(
        (str(row.regulator), gene) for row in first.itertuples() for gene in row.genes.split()
    )
    if not pairs:
        st.caption("The first regulators have no gene of the list among their best targets.")
        return
    table = edges.shown_edges(results, pairs)
    colour_by = "sign" if results.signs_shown else "score"
    placed = network.placed(table, None, frozenset(results.regulators), colour_by)
    network.show(placed, colours, f"{key}-many", frozenset(results.regulators))
    st.caption(
        f"The first {len(first)} regulators with the genes of your list among their best targets."
    )


def take_along(answer: Explained, results: Results, entries: tuple[str, ...], key: str) -> None:
    """Draw the download of the whole table."""
    told = {"given": list(entries), "used": list(answer.genes), "absent": list(answer.absent)}
    about = results.provenance | {"listed": told}
    rows_button(lambda: answer.table, about, f"ugrn-explained-{key[:8]}", "All regulators, CSV")


def sets_of_list(view: View, results: Results, answer: Explained, sets) -> pd.DataFrame:
    """Return the gene sets over-represented in the list, against the panel."""
    return _sets(view.run_id, sets.checksum, answer.genes, (view, results, sets))


@st.cache_data(max_entries=64, show_spinner="Asking gene sets")
def _sets(run_id: str, checksum: str, genes: tuple[str, ...], _what: tuple) -> pd.DataFrame:
    from ugrn_core.enrichment.membership import membership
    from ugrn_core.enrichment.overrepresentation import overrepresented

    view, results, sets = _what
    named = drives.symbols(run_spec.prepare(view.settings, view.spec).study)
    members = membership([named.get(g, g) for g in results.genes], sets.sets)
    chosen = {named.get(g, g) for g in genes}
    return overrepresented(members, np.array([g in chosen for g in members.genes]))
