"""Markdown made of words and tables that came from anywhere: they are shown letter by letter."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Template

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>$~#|&"})
# A colon before a letter may begin an emoji, an icon or a colour; as an entity it begins nothing,
# and is copied as the colon it is.
_COLON = re.compile(r":(?=[\w+:\[{/-])")
# Readers of Markdown make links and icons of these even where their marks are escaped.
_ALIVE = re.compile(r"(\S*(?:https?://|www\.|[\w.+-]@\w|:material_|:streamlit:)\S*)", re.IGNORECASE)
# At the start of a line these begin a list or a rule, or make a heading of the line before.
_START = re.compile(r"^(\s*\d*)(?:(?<!\d)[+=-](?=[+=\s-]|$)|(?<=\d)[.)](?=\s|$))", re.MULTILINE)
_TABLE = """\
|{% for c in columns %} {{ c }} |{% endfor %}

|{% for c in columns %}{{ " ---: |" if c in right else " --- |" }}{% endfor %}

{% for row in rows %}
|{% for cell in row %} {{ cell }} |{% endfor %}

{% endfor %}"""


def literal(text: str) -> str:
    """Return `text` so that Markdown shows it letter by letter, and copies it so; what would be a
    link or an icon all the same is set as code."""
    parts = _ALIVE.split(text)
    return "".join(_code(p) if k % 2 else _escaped(p) for k, p in enumerate(parts))


def _escaped(text: str) -> str:
    marked = _COLON.sub("&#58;", text.translate(_MARKS))
    return _START.sub(lambda start: f"{start[1]}\\{start[0][-1]}", marked)


def _code(text: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def cell(value: object, form: str = ".3f") -> str:
    """Return what a table says of `value`: a float by `form`, nothing for NaN, others as text."""
    if not isinstance(value, float):
        return str(value)
    return "" if value != value else format(value, form)


def table(frame: pd.DataFrame, right: Collection[str] = ()) -> str:
    """Return `frame` as a Markdown table without its index. right: columns set flush right."""
    rows = ([in_line(cell(v)) for v in row] for row in frame.itertuples(index=False))
    columns = [in_line(str(c)) for c in frame.columns]
    flush = {in_line(str(c)) for c in right}
    return _template().render(columns=columns, rows=rows, right=flush).rstrip("\n")


def in_line(text: str) -> str:
    """Return `literal` of `text` on one line."""
    return literal(" ".join(text.split()))


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment

    # Markdown, not HTML: every cell is escaped by `literal` before it comes here.
    return Environment(trim_blocks=True, lstrip_blocks=True).from_string(_TABLE)
