"""What came from anywhere is shown letter by letter, and copied as it is."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from ugrn_core.markdown import in_line, literal, table

HOSTILE = (
    *("a*b_[c](d)<e>", ":material/home:", ":red[x]", ":smile:", "a:b:c", "chr1:12", "&amp;"),
    *("$x$ ~y~ #z |", "1. first", "2) second", "- point", "+ point", "word\n===", "`code`"),
    *("C:\\data", "HLA-A", "0.5", "https://a.b/c?d=e&f", "go to www.a.b now", ":streamlit:"),
    *("write to me@a.org", "HOXA@", ":material_home:"),
)


def shown(markdown: str) -> str:
    """What a reader of CommonMark makes of it: one paragraph of nothing but text and code."""
    opened, inline, closed = MarkdownIt("commonmark").parse(markdown)
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    kinds = {"text", "text_special", "code_inline", "softbreak"}
    assert {part.type for part in inline.children} <= kinds
    return "".join("\n" if p.type == "softbreak" else p.content for p in inline.children)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_and_copied_as_it_is(text):
    said = literal(text)
    assert shown(said) == text
    assert not [c for c in said if unicodedata.category(c) == "Cf"]  # nothing invisible


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a*b_[c](d)<e>", "a\\*b\\_\\[c\\](d)\\<e\\>"),
        (":material/home:", "&#58;material/home:"),
        ("see http://a.b now", "see `http://a.b` now"),
        ("1. first", "1\\. first"),
        ("a: b", "a: b"),
        ("0.5 -1", "0.5 -1"),
    ],
)
def test_what_is_written(text, said):
    assert literal(text) == said


def test_a_cell_is_one_line():
    assert in_line(" a\n| b ") == "a \\| b"


def test_a_table_of_words_and_numbers():
    frame = pd.DataFrame({"name": ["x|y", "z"], "AUPRC": [0.5, float("nan")], "n": [1, 2]})
    assert table(frame, right=["AUPRC"]).splitlines() == [
        "| name | AUPRC | n |",
        "| --- | ---: | --- |",
        "| x\\|y | 0.500 | 1 |",
        "| z |  | 2 |",
    ]
