"""The Network page's parts: controls, counts, legend, the drawing with its card, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.network import figure, mount, svg, visjs, web_page
from ugrn_core.dashboard.network import legend as network_legend
from ugrn_core.dashboard.network.drawing import STATUSES, Drawing, frame
from ugrn_core.dashboard.network.layout import communities, positions
from ugrn_core.dashboard.queries import edges as queries
from ugrn_core.dashboard.queries.neighbourhood import Cut, Neighbourhood
from ugrn_core.dashboard.sections.drawn import card
from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.address import slider, step, switch
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.text import sign_word
from ugrn_core.dashboard.theme import LIGHT, Palette
from ugrn_core.dashboard.widgets.download_buttons import figure_buttons, safe_stem
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

REACH = {"1": "Neighbours", "2": "Two steps", "all": "Whole network"}
MOST = (10, 25, 50, 100, 250, 500, 1000, 2000)
_SEED = 0


def extent() -> str:
    """Draw and return how far to go: `1` or `2` steps from the gene, or `all`."""
    return switch("Reach", "reach", REACH)


def cut_controls(scored: bool) -> tuple[str, float, int]:
    """Draw the cut; return the score it is on, its value, and the most edges to draw."""
    how_many, how_good = st.columns([2, 3])
    with how_good:
        if scored:
            least = slider(
                "Lowest score",
                "cut",
                (0.0, 1.0),
                0.5,
                step=0.01,
                help="Edges the translator scores below this are left out",
            )
        else:
            least = slider(
                "Lowest percentile",
                "cut_percentile",
                (0.0, 100.0),
                95.0,
                step=0.5,
                help="No translator: edges go by GDT peak, or by VVP effect",
            )
    with how_many:
        most = step(
            "Draw at most",
            "most",
            MOST,
            50,
            help="The best edges first. Files hold what is drawn; the page Downloads has all pairs",
        )
    return ("probability" if scored else "percentile"), least, most


def counts(neighbourhood: Neighbourhood, cut: Cut, colour_by: str) -> None:
    """Draw live counts at the cut, and precision and recall where a reference exists."""
    drawn = predicted(neighbourhood.edges)
    with st.container(horizontal=True):
        every = "the strongest of" if len(drawn) < neighbourhood.above else "all of"
        st.badge(
            f"{len(drawn):,} drawn, {every} {neighbourhood.above:,} edges above the cut",
            icon=":material/filter_alt:",
        )
        below = len(neighbourhood.edges) - len(drawn)
        if colour_by == "known" and below < neighbourhood.missed:
            st.badge(
                f"{below:,} of {neighbourhood.missed:,} known edges below the cut drawn",
                icon=":material/more_horiz:",
                color="gray",
            )
        if cut.reference is not None:
            precision = (
                f"{neighbourhood.hits / neighbourhood.judged:.0%}" if neighbourhood.judged else "–"
            )
            recall = (
                f"{neighbourhood.hits / neighbourhood.known:.0%}" if neighbourhood.known else "–"
            )
            st.badge(
                f"{cut.reference}: precision {precision}, recall {recall} "
                f"({neighbourhood.hits:,} of {neighbourhood.known:,} known edges)",
                icon=":material/fact_check:",
                color="gray",
                help="Precision counts only regulators that the reference covers",
            )


def nothing(view: View, results: Results, cut: Cut) -> None:
    """Say why there is nothing to draw: how far below the cut the gene's best edge is."""
    best = None if cut.centre is None else queries.best_of(view.run_id, results, cut.centre)
    if best is None:
        st.info("No edge passes the cut here. Lower it, or choose another gene.")
        return
    pairs = queries.summary(view.run_id, results)["pairs"]
    st.info(
        f"{literal(cut.centre)} was probed, but all its edges are below the cut. The best is "
        f"{literal(str(best['source']))} → {literal(str(best['target']))}: rank "
        f"{int(best['rank']):,} of {pairs:,} pairs, {cut.score} {float(best[cut.score]):.3g}, cut "
        f"{cut.least:.3g}. Lower the cut, or choose another gene.",
        icon=":material/filter_alt_off:",
    )


def colour_choice(reference: str | None, signs: bool) -> str:
    """Draw and return what the colours say: `community`, `sign` where signs are shown, or `known`
    under a reference."""
    known = {"known": f"Known in {reference}"} if reference is not None else {}
    sign = {"sign": "Proposed sign"} if signs else {}
    return switch("Colour by", "colour", known | {"community": "Community"} | sign)


def drawing(
    neighbourhood: Neighbourhood, cut: Cut, regulators: frozenset[str], colour_by: str
) -> Drawing:
    """Return what to draw of a neighbourhood; missed edges only where their colour says so.

    Genes have their places among all edges, so that no colouring moves one.
    """
    above = predicted(neighbourhood.edges)
    edges = neighbourhood.edges if colour_by == "known" else above
    drawn = placed(edges, cut.centre, regulators, colour_by, neighbourhood.edges)
    scores = above["probability"].dropna()
    ends = (float(scores.min()), float(scores.max())) if len(scores) else None
    return replace(drawn, scores=ends)


def predicted(edges: pd.DataFrame) -> pd.DataFrame:
    """Return the edges above the cut: those that only the reference holds are no prediction."""
    return edges[edges["status"] != "missed"] if "status" in edges else edges


def placed(
    edges: pd.DataFrame,
    centre: str | None,
    regulators: frozenset[str],
    colour_by: str,
    among: pd.DataFrame | None = None,
) -> Drawing:
    """Return a drawing of `edges`, placed (cached by the edges themselves) among those of `among`,
    else among themselves."""
    whole = edges if among is None else among
    places = _places(tuple(zip(whole["source"], whole["target"])), centre)
    drawn = {*edges["source"], *edges["target"]}
    groups = _communities(edges) if colour_by == "community" else {}
    return Drawing(
        edges=edges,
        positions={gene: at for gene, at in places.items() if gene in drawn},
        regulators=frozenset(drawn) & regulators,
        centre=centre,
        colour_by=colour_by,
        groups=groups,
        places=places,
    )


@st.cache_data(max_entries=64, show_spinner="Placing the genes")
def _places(pairs: tuple[tuple[str, str], ...], centre: str | None) -> dict:
    return positions(pairs, centre, _SEED)


@st.cache_data(max_entries=64, show_spinner=False)
def _grouped(rows: tuple[tuple[str, str, float], ...]) -> dict[str, int]:
    return communities(pd.DataFrame(rows, columns=["source", "target", "probability"]), _SEED)


def _communities(edges: pd.DataFrame) -> dict[str, int]:
    # As a tuple: Streamlit hashes it whole, while of a long table it takes a sample.
    weight = edges["probability"].fillna(1.0).astype(float)
    return _grouped(tuple(zip(edges["source"], edges["target"], weight)))


def show(
    what: Drawing,
    colours: Palette,
    run_id: str,
    regulators: frozenset[str],
    more: Callable[[str], None] | None = None,
    *,
    moved: Callable[[Mapping], None] | None = None,
) -> None:
    """Draw legend, drawing and the card of what is picked in it. more: draws further ways of a
    picked gene. moved: is told the genes that somebody moved, gene -> {"x", "y"}, in a callback."""
    legend(what, colours)
    with st.container(key="network_with_card"):
        left, right = st.columns([13, 5], gap="small")
    with right, st.container(border=True, key="network_card"):
        picked = card.draw(what, regulators, more)
    with left, st.container(key="network_drawing"):
        draw(what, colours, run_id, picked, moved)


def legend(what: Drawing, colours: Palette) -> None:
    """Draw the legend of a drawing above it."""
    st.container(key="legend").html(network_legend.as_list(what, colours))


def draw(
    what: Drawing,
    colours: Palette,
    run_id: str,
    picked: tuple[str, ...] = (),
    moved: Callable[[Mapping], None] | None = None,
) -> None:
    """Mount the drawing; clicks go to the card, moved genes to `moved`."""
    net = visjs.graph(what, colours)
    seen = [c for c in ("source", "target", "rank", "status") if c in what.edges]
    rows = tuple(what.edges[seen].itertuples(index=False, name=None))
    looks = what.colour_by, what.centre, what.label_scale, what.scores, colours.surface
    places = what.places or what.positions
    scene = mount.Scene(
        mark=f"{run_id}:{hash((rows, looks))}",
        alt=f"Network of {len(what.positions)} genes and {len(what.edges)} edges",
        layout=f"{run_id}:{hash(tuple(places.items()))}",
        frame=frame(places | what.positions),  # what was moved out of it is seen, too
        centre=what.centre,
        label_scale=what.label_scale,
        picked=picked,
        pinned=None if moved is None else tuple(sorted(what.pinned)),
    )
    mount.mounted(net, scene, card.pick, moved)


def picture_downloads(what: Drawing, stem: str, about: str, provenance: Mapping) -> None:
    """Draw buttons for the drawing as a figure for print and as one page that opens offline.

    about: one line under the figure; provenance: its metadata. Both are made after a click.
    """
    with st.container(horizontal=True):
        figure_buttons(
            lambda kind, width: figure.figure(what, kind, width, about, provenance),
            f"ugrn-network-{stem}",
        )
        st.download_button(
            "Drawing, SVG",
            data=lambda: svg.svg(what, LIGHT, about, provenance),
            file_name=f"{safe_stem(f'ugrn-network-{stem}')}.svg",
            mime="image/svg+xml",
            on_click="ignore",
            icon=":material/image:",
            help="Vector graphics on white, with its legend; text stays text in Inkscape and "
            "Illustrator, provenance is in the metadata",
        )
        st.download_button(
            "Drawing as a web page",
            data=lambda: web_page.page(what, LIGHT, about, provenance),
            file_name=f"{safe_stem(f'ugrn-network-{stem}')}.html",
            mime="text/html",
            on_click="ignore",
            icon=":material/download:",
            help="Opens in any browser, without a connection; legend and provenance are in it",
        )


def edge_table(edges: pd.DataFrame, colour_by: str) -> None:
    """Draw `edges` of a Drawing as a table; a click leads to the pair."""
    with st.expander("The drawn edges as a table", icon=":material/table:"):
        shown = edges[["source", "target", "probability", "rank"]]
        if colour_by == "sign":
            shown = shown.assign(sign=[sign_word(s) for s in edges["sign"]])
        if "status" in edges:
            shown = shown.assign(status=[STATUSES[s].words for s in edges["status"]])
        picked = st.dataframe(
            shown.dropna(axis=1, how="all"),
            hide_index=True,
            on_select="rerun",
            selection_mode="single-cell",
            key="drawn_rows",
            column_config={
                "source": "Regulator",
                "target": "Target",
                "probability": st.column_config.NumberColumn("Score", format="%.3f"),
                "rank": st.column_config.NumberColumn("Rank", format="localized"),
                "sign": "Proposed sign",
                "status": "Beside the reference",
            },
            alt=f"Table of the {len(shown)} drawn edges",
        )
    if picked.selection.cells:
        row = shown.iloc[picked.selection.cells[0][0]]
        navigation.go("gene_pair", source=row["source"], target=row["target"])
