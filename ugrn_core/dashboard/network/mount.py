"""The drawing on the page, with clicks: Cytoscape.js, shipped with UGRN, as a component."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from importlib.resources import files

import streamlit as st
from pyvis.network import Network

_LIBRARY = "cytoscape-3.35.0.min.js"
_HTML = """<div class="box"><div class="net" role="img" aria-label="Network"></div>
<canvas class="captions"></canvas><div class="tip"></div>
<button class="fit" type="button">Fit</button>
<div class="hint">drag a gene to place it, scroll to zoom, click a gene or an edge</div></div>"""
_KEY = "network"
_SHAPES = {"dot": "ellipse", "diamond": "diamond"}
_ARROWS = {"arrow": "triangle", "bar": "tee"}


@lru_cache(maxsize=1)
def _component():
    folder = files("ugrn_core.dashboard.network") / "browser"
    library, script, style = (
        (folder / name).read_text(encoding="utf-8")
        for name in (_LIBRARY, "network.js", "network.css")
    )
    return st.components.v2.component(
        "ugrn_network", html=_HTML, css=style, js=f"{library}\n{script}"
    )


@dataclass(frozen=True)
class Scene:
    """How a drawing stands on the page.

    mark: changes exactly when what is drawn does, so that zoom survives other reruns; layout: the
    same for all colourings of one drawing. alt: in words. frame: left, top, right, bottom of what
    is in view at first; centre: the gene whose label comes first, or None; label_scale: labels are
    that much larger than usual. picked: (gene,), (source, target) or (). pinned: genes that were
    moved, None where that is not kept.
    """

    mark: str
    alt: str
    layout: str
    frame: tuple[float, float, float, float]
    centre: str | None = None
    label_scale: float = 1.0
    picked: tuple[str, ...] = ()
    pinned: tuple[str, ...] | None = None


def mounted(
    net: Network,
    scene: Scene,
    clicked: Callable[[dict], None],
    moved: Callable[[dict], None] | None = None,
    height: int = 600,
) -> None:
    """Mount `net`. clicked: is told {"gene": symbol}, {"edge": [source, target]} or {}; moved: gene
    -> {"x", "y"}; both in a callback, before the page is drawn again."""
    edges = [_edge(e) for e in net.edges]
    data = {
        "nodes": [_node(n) for n in net.nodes],
        "edges": edges,
        "height": height,
        **asdict(scene),
        "picked": _picked(scene.picked, edges),
    }
    _component()(
        data=data,
        key=_KEY,
        on_clicked_change=partial(_tell, "clicked", clicked),
        on_moved_change=partial(_tell, "moved", moved or (lambda _: None)),
    )


def _tell(name: str, whom: Callable[[dict], None]) -> None:
    whom(dict(st.session_state[_KEY].get(name) or {}))


def _picked(picked: tuple[str, ...], edges: list[dict]) -> str | None:
    """Return the id of what is picked in the words of network.js."""
    if len(picked) < 2:
        return next(iter(picked), None)
    return next((e["id"] for e in edges if (e["source"], e["target"]) == picked), None)


def _node(node: dict) -> dict:
    """Return a gene as pyvis holds it in the words of network.js."""
    font, colour = node["font"], node["color"]
    label = str(node["label"]).strip()
    outlined = "strokeWidth" in font  # a label beside the gene; else a number inside it
    return {
        "id": node["id"],
        "x": node["x"],
        "y": node["y"],
        "words": html.unescape(node["title"]),
        "width": 2 * node["size"],
        "shape": _SHAPES[node["shape"]],
        "fill": colour["background"],
        "around": colour["border"],
        "focus": colour["highlight"],
        "border": node["borderWidth"],
        "fontSize": font["size"],
        "ink": font["color"],
        "halo": font.get("strokeColor", colour["background"]),
        **({"caption" if outlined else "inside": label} if label else {}),
    }


def _edge(edge: dict) -> dict:
    return {
        "id": edge["id"],
        "source": edge["from"],
        "target": edge["to"],
        "words": html.unescape(edge["title"]),
        "colour": edge["color"],
        "width": edge["width"],
        "thick": edge["width"] + 2,
        "head": 0.9,
        "arrow": _ARROWS[edge["arrows"]["to"]["type"]],
        "dashed": bool(edge["dashes"]),
        "bent": "smooth" in edge,
    }
