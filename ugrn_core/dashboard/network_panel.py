"""The Network page's parts: controls, counts, legend, drawing, and where a click leads."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard import navigation, network_figure, network_mount, network_view
from ugrn_core.dashboard.choices import switch
from ugrn_core.dashboard.downloads import safe_stem
from ugrn_core.dashboard.neighbourhood import Cut, Neighbourhood
from ugrn_core.dashboard.network_layout import communities, positions
from ugrn_core.dashboard.network_view import STATUSES, Drawing
from ugrn_core.dashboard.theme import LIGHT, Palette
from ugrn_core.dashboard.words import literal

REACH = {"1": "Neighbours", "2": "Two steps", "all": "Whole network"}
_SEED = 0


def extent() -> str:
    """Draw and return how far to go: `1` or `2` steps from the gene, or `all`."""
    return switch("Reach", "reach", REACH)


def cut_controls(scored: bool) -> tuple[str, float, int]:
    """Draw the cut; return the score it is on, its value, and the most edges to draw."""
    left, right = st.columns([3, 2])
    with left:
        if scored:
            least = st.slider(
                "Lowest score", 0.0, 1.0, 0.5, 0.01, key="cut", bind="query-params",
                help="Edges the translator scores below this are left out",
            )  # fmt: skip
        else:
            least = st.slider(
                "Lowest percentile", 0.0, 100.0, 95.0, 0.5, key="cut_percentile",
                bind="query-params", help="This backbone has no translator: edges go by GDT peak",
            )  # fmt: skip
    with right:
        most = st.select_slider(
            "Draw at most", [10, 25, 50, 100, 250, 500, 1000, 2000], 50, key="most",
            bind="query-params", help="The best edges first; table and download have all of them",
        )  # fmt: skip
    return ("probability" if scored else "percentile"), float(least), int(most)


def counts(found: Neighbourhood, cut: Cut) -> None:
    """Draw live counts at the cut, and precision and recall where a reference exists."""
    predicted = found.edges
    if "status" in predicted:
        predicted = predicted[predicted["status"] != "missed"]
    with st.container(horizontal=True):
        st.badge(f"{found.above:,} edges above the cut", icon=":material/filter_alt:")
        st.badge(f"{len(predicted):,} drawn", icon=":material/draw:", color="gray")
        if cut.reference is not None:
            precision = f"{found.hits / found.judged:.0%}" if found.judged else "–"
            recall = f"{found.hits / found.known:.0%}" if found.known else "–"
            st.badge(
                f"{cut.reference}: precision {precision}, recall {recall} "
                f"({found.hits:,} of {found.known:,} known edges)",
                icon=":material/fact_check:",
                color="green",
                help="Precision counts only regulators that the reference covers",
            )


def colour_choice(reference: str | None) -> str:
    """Draw and return what the colours say: `sign`, `community`, or `known` under a reference."""
    known = {"known": f"Known in {reference}"} if reference is not None else {}
    return switch(
        "Colour by", "colour", known | {"sign": "Proposed sign", "community": "Community"}
    )


def drawing(found: Neighbourhood, cut: Cut, regulators: frozenset[str], colour_by: str) -> Drawing:
    """Return what to draw of a neighbourhood."""
    return placed(found.edges, cut.centre, regulators, colour_by)


def placed(
    edges: pd.DataFrame, centre: str | None, regulators: frozenset[str], colour_by: str
) -> Drawing:
    """Return a drawing of `edges`, with positions (cached by the edges themselves)."""
    places = _places(tuple(zip(edges["source"], edges["target"])), centre)
    groups = communities(edges, _SEED) if colour_by == "community" else {}
    return Drawing(edges, places, frozenset(places) & regulators, centre, colour_by, groups)


@st.cache_data(max_entries=64, show_spinner="Placing the genes")
def _places(pairs: tuple[tuple[str, str], ...], centre: str | None) -> dict:
    return positions(pairs, centre, _SEED)


def legend(colour_by: str, colours: Palette) -> None:
    """Draw the legend: shapes always, then what the edges' colour and dash mean."""
    items = [
        _mark(f"background:{colours.regulator};transform:rotate(45deg)", "regulator"),
        _mark(f"background:{colours.gene};border-radius:50%", "other gene"),
        _mark(f"border:3px solid {colours.focus};border-radius:50%", "gene asked for"),
    ]
    for look in STATUSES.values() if colour_by in ("known", "compared") else ():
        if look.group == colour_by:
            items.append(_line(getattr(colours, look.colour), look.css, look.words))
    if colour_by in ("sign", "community"):
        items += [
            _line(colours.activates, "solid", "activation proposed (arrow)"),
            _line(colours.represses, "dashed", "repression proposed (bar)"),
        ]
    if colour_by == "community":
        items.append("<li>number and fill: community of genes (Louvain)</li>")
    st.html(f'<ul class="ugrn-legend">{"".join(items)}</ul>')


def _mark(style: str, words: str) -> str:
    return f'<li><span class="ugrn-mark" style="{style}"></span>{words}</li>'


def _line(colour: str, dash: str, words: str) -> str:
    return f'<li><span class="ugrn-line" style="border-top:3px {dash} {colour}"></span>{words}</li>'


def draw(what: Drawing, colours: Palette, run_id: str) -> dict:
    """Mount the drawing and return the click (see network_mount.clicked)."""
    net = network_view.graph(what, colours)
    pairs = tuple(what.edges[["source", "target", "rank"]].itertuples(index=False, name=None))
    mark = f"{run_id}:{hash((pairs, what.colour_by, what.centre, colours.surface))}"
    alt = f"Network of {len(what.positions)} genes and {len(what.edges)} edges"
    return network_mount.clicked(net, mark, alt)


def follow(click: dict, regulators: frozenset[str]) -> None:
    """Lead a click on: an edge to its pair, a gene to a choice of pages."""
    edge = click.get("edge")
    if isinstance(edge, list | tuple) and len(edge) == 2:
        navigation.go("gene_pair", source=str(edge[0]), target=str(edge[1]))
    gene = click.get("gene")
    if not isinstance(gene, str):
        return
    with st.container(border=True, horizontal=True):
        st.markdown(f"**{literal(gene)}**")
        navigation.link("network", "Centre it", ":material/hub:", centre=gene)
        navigation.link(
            "regulators",
            "Its regulators",
            ":material/south_east:",
            gene=gene,
            side="regulators",
        )
        if gene in regulators:
            navigation.link(
                "regulators",
                "Its targets",
                ":material/north_east:",
                gene=gene,
                side="targets",
            )


def picture_downloads(what: Drawing, colours: Palette, stem: str, about: str) -> None:
    """Draw buttons for the drawing as a figure for print and as one page that opens offline.

    about: one line of provenance, under the figure.
    """
    st.download_button(
        "Figure, SVG",
        data=lambda: network_figure.svg(what, LIGHT, about),
        file_name=f"{safe_stem(f'ugrn-network-{stem}')}.svg",
        mime="image/svg+xml",
        on_click="ignore",
        icon=":material/image:",
        help="Vector graphics on white, with its legend: edit the text in Inkscape or Illustrator",
    )
    st.download_button(
        "Drawing as a web page",
        data=lambda: network_view.page(network_view.graph(what, colours)).encode(),
        file_name=f"{safe_stem(f'ugrn-network-{stem}')}.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/download:",
        help="Opens in any browser, without a connection",
    )
