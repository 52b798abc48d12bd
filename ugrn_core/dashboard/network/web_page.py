"""The drawing as one web page that opens offline, with its legend, origin and provenance."""

from __future__ import annotations

import html
from collections.abc import Mapping

from ugrn_core.dashboard.network import legend, visjs
from ugrn_core.dashboard.network.drawing import Drawing
from ugrn_core.dashboard.theme import Palette
from ugrn_core.export.base import json_text
from ugrn_core.settings import shipped

_BELOW = "#mynetwork { float: none !important } .ugrn-legend { padding: 0.6rem !important }"


def page(drawing: Drawing, palette: Palette, about: str, provenance: Mapping) -> bytes:
    """Return the page, UTF-8; it asks nothing of the network and is safe for any gene name.

    about: the line under the legend. provenance: JSON in a script element that nothing runs.
    """
    text = visjs.page(visjs.graph(drawing, palette))
    facts = json_text(provenance).replace("<", "\\u003c")  # or a name could end the element
    head = (
        f"<title>Gene regulatory network: {html.escape(about)}</title>"
        f"<style>body {{ font-family: sans-serif }} {_legend_css()} {_BELOW}</style>"
    )
    foot = (
        f"{legend.as_list(drawing, palette)}<p>{html.escape(about)}</p>"
        f'<script type="application/json" id="provenance">{facts}</script>'
    )
    text = text.replace("<head>", f"<head>{head}", 1)
    before, end, after = text.rpartition("</body>")
    return f"{before}{foot}{end}{after}".encode()


def _legend_css() -> str:
    """Return the rules of the legend from the app's own sheet."""
    rules = (shipped("assets") / "ugrn.css").read_text(encoding="utf-8").split("}")
    return "".join(f"{rule}}}" for rule in rules if ".ugrn-" in rule)
