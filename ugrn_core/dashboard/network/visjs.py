"""The one module that knows pyvis: edges with positions become nodes, edges and a page of HTML."""

from __future__ import annotations

import html
import json
import math
import re

import pandas as pd
from pyvis.network import Network

from ugrn_core.dashboard.network.drawing import (
    LABELS_UP_TO,
    STATUSES,
    Drawing,
    fill,
    ink,
    shown_sign,
    sign_colour,
    width,
)
from ugrn_core.dashboard.theme import Palette

OUTSIDE = re.compile(
    r"<link\b[^>]*https?://[^>]*>|<script\b[^>]*\bsrc\s*=\s*[\"']https?://[^>]*>\s*</script>",
    re.IGNORECASE,
)


def graph(drawing: Drawing, palette: Palette, height: int = 620) -> Network:
    """Return the pyvis network: fixed positions, physics off, straight edges, plain labels."""
    net = Network(
        height=f"{height}px",
        width="100%",
        directed=True,
        bgcolor=palette.surface,
        cdn_resources="in_line",
    )
    net.options = _options(palette)
    degree = pd.concat([drawing.edges["source"], drawing.edges["target"]]).value_counts()
    few = len(drawing.positions) <= LABELS_UP_TO
    divided = len(set(drawing.groups.values())) > 1  # one community needs no number
    grow = _growth(*drawing.frame)
    # Regulators last, on top: there are few, and they are what one looks for.
    for gene in sorted(drawing.positions, key=lambda g: g in drawing.regulators):
        is_regulator, (x, y) = gene in drawing.regulators, drawing.positions[gene]
        group = drawing.groups.get(gene) if divided else None
        named = few or is_regulator or gene == drawing.centre
        colour = fill(gene, drawing, palette)
        around = palette.focus if gene == drawing.centre else colour
        net.add_node(
            gene,
            label=_label_text(gene, named, group),
            title=_node_title(gene, is_regulator, int(degree.get(gene, 0)), group),
            shape="diamond" if is_regulator else "dot",
            size=grow * (8 + 2.5 * math.sqrt(min(int(degree.get(gene, 0)), 25)) * is_regulator),
            font=_label(grow, palette) if named else _inside(grow, colour),
            color={"background": colour, "border": around, "highlight": palette.focus},
            borderWidth=4 if gene == drawing.centre else 1,
            x=round(x, 1),
            y=round(y, 1),
        )
    _add_edges(net, drawing, palette, math.sqrt(grow))
    return net


def _add_edges(net: Network, drawing: Drawing, palette: Palette, thicker: float) -> None:
    both_ways = set(zip(drawing.edges["target"], drawing.edges["source"]))
    for k, row in enumerate(drawing.edges.itertuples(index=False)):
        look = _edge(k, row, drawing, palette)
        look["width"] *= thicker
        if (row.source, row.target) in both_ways:  # or one would hide the other
            look["smooth"] = {"enabled": True, "type": "curvedCW", "roundness": 0.12}
        net.add_edge(row.source, row.target, **look)


def page(net: Network) -> str:
    """Return a whole HTML page that asks nothing of the network; safe for any gene name."""
    text = OUTSIDE.sub("", net.generate_html(notebook=False))
    return text.replace("<head>", '<head><meta name="referrer" content="no-referrer">', 1)


def _growth(left: float, top: float, right: float, bottom: float) -> float:
    """How much larger genes and labels must be to stay legible when the whole is in view."""
    return max(1.0, (right - left) / 1100, (bottom - top) / 650)


def _label_text(gene: str, named: bool, group: int | None) -> str:
    """What stands beside a gene: its symbol, where there is room, and its community's number."""
    if group is None:
        return gene if named else " "
    return f"{gene} ({group})" if named else str(group)


def _label(grow: float, palette: Palette) -> dict:
    # Given per gene: pyvis would put a font of its own over the drawing's default.
    return {
        "size": round(16 * grow),
        "color": palette.text,
        "strokeWidth": round(4 * grow),
        "strokeColor": palette.surface,
    }


def _inside(grow: float, colour: str) -> dict:
    """A number's font: vis-network puts labels below, so this one moves up into its circle."""
    size = round(10 * grow)
    return {"size": size, "color": ink(colour), "vadjust": -round(8 * grow + 0.75 * size)}


def _node_title(gene: str, is_regulator: bool, degree: int, group: int | None) -> str:
    kind = "transcription factor" if is_regulator else "gene"
    within = "" if group is None else f", community {group}"
    return html.escape(f"{gene}: {kind}, {degree} edge{'s' * (degree != 1)} shown{within}")


def _edge(number: int, row, drawing: Drawing, palette: Palette) -> dict:
    colour_by = drawing.colour_by
    sign = shown_sign(row.sign, colour_by)
    status = getattr(row, "status", None)
    colour, dashes, words = sign_colour(sign, palette), False, ""
    if sign < 0:
        dashes = [7, 5]
    look = STATUSES.get(status)
    if look is not None:
        words = look.words
        if look.group == colour_by:
            colour, dashes = getattr(palette, look.colour), look.dashes
    score = "" if pd.isna(row.probability) else f"score {float(row.probability):.3f}, "
    title = f"{row.source} → {row.target}: {score}rank {int(row.rank):,}"
    if colour_by == "sign":
        effect = {1: "activation proposed", -1: "repression proposed"}.get(sign, "no sign")
        title = f"{title}, {effect}"
    return {
        "id": f"e{number}",
        "title": html.escape(f"{title}; {words}" if words else title),
        "color": colour,
        "dashes": dashes,
        "width": 1.6 * width(row, drawing),
        "arrows": {"to": {"enabled": True, "type": "bar" if sign < 0 else "arrow"}},
    }


def _options(palette: Palette) -> dict:
    return json.loads(
        json.dumps(
            {
                "physics": {"enabled": False},
                "layout": {"improvedLayout": False, "randomSeed": 0},
                "interaction": {
                    "hover": True,
                    "hideEdgesOnDrag": True,
                    "hideEdgesOnZoom": True,
                    "keyboard": False,
                    "navigationButtons": False,
                    "tooltipDelay": 120,
                },
                "edges": {
                    "smooth": False,
                    "selectionWidth": 2,
                    "arrows": {"to": {"enabled": True, "scaleFactor": 0.6}},
                },
            }
        )
    )
