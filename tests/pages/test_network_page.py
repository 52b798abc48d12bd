"""The Network page in its states: drawn, coloured three ways, empty, without scores."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import ROOT
from ugrn_core.dashboard.widgets.download_buttons import TABLES
from ugrn_core.experiment.runs.results import Results
from ugrn_core.export import FORMATS

RUN = {"backbone": "tiny", "dataset": "krumsiek2011"}
KNOWN = {"reference": "Krumsiek 2011"}
SLOW = 600  # seconds: a loaded machine imports torch once


@pytest.fixture(autouse=True)
def finished_runs(filled, point_to):
    point_to(filled)


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "network.py"), default_timeout=SLOW)
    for key, value in (RUN | query).items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    assert not app.error
    return app


def legend(app: AppTest) -> str:
    return next(b for b in (e.proto.body for e in app.get("html")) if "ugrn-legend" in b)


def drawn(app: AppTest) -> str:
    return next(m.value for m in app.markdown if " drawn" in m.value)


def files(app: AppTest) -> set[str]:
    """Return the labels of the download buttons."""
    return {b.proto.label for b in app.get("download_button")}


def test_every_format_and_both_pictures_are_offered():
    app = opened(centre="SPI1", cut="0.0")
    labels = {n.upper() if n in TABLES else FORMATS[n].label for n in FORMATS}
    assert labels | {"Drawing, SVG", "Drawing as a web page", "Provenance"} <= files(app)


def test_without_scores_weighted_formats_are_left_out():
    app = opened(backbone="bare", centre="SPI1", cut_percentile="0.0")
    assert "Lowest percentile" in [s.label for s in app.slider]
    weighted = {style.label for style in map(FORMATS.__getitem__, FORMATS) if style.weighted}
    assert weighted
    assert not weighted & files(app)
    assert "XLSX" in files(app)


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ("known", "known, below the cut"),
        ("sign", "activation proposed (arrow)"),
        ("community", "community 1 ("),
    ],
)
def test_the_legend_says_what_the_colour_means(colour, words, monkeypatch):
    told = property(lambda self: True)  # the tiny backbone's signs are at chance: shown nowhere
    monkeypatch.setattr(Results, "signs_shown", told)
    app = opened(centre="SPI1", cut="0.0", colour=colour, **KNOWN)
    assert words in legend(app)
    assert "gene asked for" in legend(app)


def test_nothing_above_the_cut_is_said_and_the_cut_can_be_lowered():
    app = opened(centre="SPI1", cut="1.0", colour="community", **KNOWN)
    assert any("below the cut" in i.value for i in app.info)
    assert not files(app)
    app.slider[0].set_value(0.0).run()
    assert not app.info
    assert "Drawing, SVG" in files(app)


def test_a_gene_whose_edges_are_all_below_the_cut_gets_its_best_rank():
    app = opened(centre="SPI1", cut="1.0", colour="community")
    (told,) = [i.value for i in app.info]
    assert "SPI1 was probed, but all its edges are below the cut" in told
    assert "of 110 pairs" in told
    assert "cut 1" in told


def test_a_number_of_the_address_that_cannot_be_used_is_said():
    app = opened(centre="SPI1", cut="-5", most="99999999", **KNOWN)
    told = [w.value for w in app.warning]
    assert told == [
        f"The link's value of “{name}” cannot be used." for name in ("Draw at most", "Lowest score")
    ]


def test_known_edges_below_the_cut_are_drawn_and_never_in_the_files():
    app = opened(centre="SPI1", cut="1.0", colour="known", **KNOWN)
    table = app.dataframe[0].value
    assert len(table)
    assert set(table["status"]) == {"known, below the cut"}
    assert "Drawing, SVG" in files(app)
    assert "TSV" not in files(app)
    assert "TSV" in files(opened(centre="SPI1", cut="0.0", colour="known", **KNOWN))


def test_genes_are_hidden_by_link_and_brought_back():
    whole = opened(cut="0")
    hidden = box_of(whole, "Hide these genes").options[0]
    app = opened(cut="0", hide=hidden)
    assert box_of(app, "Hide these genes").value == [hidden]
    assert "are left out as chosen" in " ".join(c.value for c in app.caption)
    next(b for b in app.button if b.label == "Show all genes").click()
    app.run(timeout=SLOW)
    assert not app.exception
    assert box_of(app, "Hide these genes").value == []
    assert "are left out as chosen" not in " ".join(c.value for c in app.caption)


def box_of(app, label: str):
    return next(m for m in app.multiselect if m.label == label)
