"""What a page carries along so that nothing on it moves once it is drawn.

Streamlit's page begins without our style sheet, which a script can only send after the frame has
been painted: the sidebar grew and the menu and the heading jumped. And it asks for the code of each
kind of widget when it meets the first one: until then a grey bar of another height stands there.
So the sheet is written into the page, and what nearly every page draws is fetched beside it; the
code of charts, which is larger than all else, when the browser has nothing else to do: where a page
begins with charts while the server answers, elsewhere when all is drawn.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import streamlit

from ugrn_core.settings import shipped

# Kinds of elements by the names of Streamlit's files.
_CHARTS = "PlotlyChart"
_BEGIN_WITH_CHARTS = (
    "gene_pair",
    "probe_lab",
    "probe_benchmark",
    "compare",
    "knock_out",
    "contexts",
)
_DRAWN = 3_000  # milliseconds after which the first screen of a page is drawn
_KINDS = (
    *("Selectbox", "Slider", "ButtonGroup", "Checkbox", "Multiselect", "TextArea", "FileUploader"),
    *(
        "BidiComponent",
        "DownloadButton",
        "Button",
        "Metric",
        "DataFrame",
        "Tooltip",
        "Html",
        "PageLink",
    ),
)
_IMPORTS = re.compile(r'(?:from|import)\s*["\']\./([\w.-]+\.js)["\']')


def style() -> bytes:
    """Return the app's sheet as an element; it belongs to the end of a page, below Streamlit's own
    rules, which it corrects."""
    css = (shipped("assets") / "ugrn.css").read_text(encoding="utf-8")
    return f'<style id="ugrn">{css}</style>'.encode()


@lru_cache(maxsize=1)
def ahead() -> bytes:
    """Return the links that make a browser fetch, beside the page, what it draws first; empty where
    Streamlit names its files otherwise."""
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    names: dict[str, None] = {}
    waiting = [path.name for kind in _KINDS for path in sorted(folder.glob(f"{kind}.*.js"))]
    while waiting:
        name = waiting.pop()
        path = folder / name
        if name not in names and path.is_file():
            names[name] = None
            waiting += _IMPORTS.findall(path.read_text(encoding="utf-8"))
    link = '<link rel="modulepreload" crossorigin href="./static/js/{}">'
    return "".join(map(link.format, sorted(names))).encode()


@lru_cache(maxsize=32)
def later(page: str = "") -> bytes:
    """Return the script that makes a browser get the code of charts ready once it has nothing else
    to do; empty where Streamlit names its files otherwise. page: its name, "" for the root."""
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    name = next((path.name for path in sorted(folder.glob(f"{_CHARTS}.*.js"))), None)
    if name is None:
        return b""
    wait = 0 if page in _BEGIN_WITH_CHARTS else _DRAWN
    return (
        '<script type="module">setTimeout(() => (window.requestIdleCallback ?? setTimeout)(() => '
        f'import("./static/js/{name}")), {wait});</script>'
    ).encode()
