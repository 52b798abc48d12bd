"""Every page fits a desk, a laptop and a phone: nothing runs out, is cut or covers another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.served import DATASET, MOVES, settled
from tests.browser.test_accessibility import VIEWS, probed  # noqa: F401
from tests.browser.test_journey import click_gene

MEASURE = Path(__file__).with_name("fit.js").read_text(encoding="utf-8")
STILL = 0.05  # layout shift (CLS) from the first paint on; 0.1 is called good
SIZES = ((1440, 900), (1024, 768), (390, 844))
PART = '<div data-testid="stElementContainer" style="{}">{}</div>'
PLOT = '<div class="js-plotly-plot" style="width:200px"><svg width="200" height="60">{}</svg></div>'
TEXT = '<text x="{}" y="20" transform="rotate({})">{}</text>'
COLUMNS = '<div style="display:flex">{}</div>'.format(
    '<div data-testid="stColumn" style="width:33%">one</div>' * 3
)


def planted(*parts: str) -> str:
    return f'<body style="margin:0"><div data-testid="stMain">{"".join(parts)}</div></body>'


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (PART.format("", "<p>All is well</p>"), ()),
        (PART.format("", '<p style="width:900px">long</p>'), ("wider than the window", "runs out")),
        (
            PART.format("", '<div style="overflow-x:auto"><p style="width:900px">map</p></div>'),
            (),
        ),
        (
            PART.format(
                "",
                '<a href="#"><span style="display:block;width:40px;overflow:hidden;'
                'white-space:nowrap">The top pair: its curves</span></a>',
            ),
            ("is cut",),
        ),
        (
            PART.format("", "<p>one</p>") + PART.format("margin-top:-30px", "<p>two</p>"),
            ("covers",),
        ),
        (COLUMNS, ("narrow column",)),
        (PLOT.format(TEXT.format(5, 0, "change") + TEXT.format(90, 0, "slope")), ()),
        (PLOT.format(TEXT.format(5, 0, "2 layers") + TEXT.format(25, 0, "1 layer")), ("covers",)),
        (PLOT.format(TEXT.format(160, 0, "under random weights")), ("is cut",)),
        (PLOT.format(TEXT.format(60, 30, "slanted") + TEXT.format(70, 30, "too")), ()),
    ],
)
def test_the_measure_finds_what_is_planted(page, part, said):
    page.set_viewport_size({"width": 390, "height": 844})
    page.set_content(planted(part))
    found = page.evaluate(MEASURE)
    assert all(any(words in line for line in found) for words in said), found
    assert bool(found) == bool(said), found


ACROSS = f"/gene_pair?{DATASET}&source=SPI1&target=JUN&across=true"


@pytest.mark.usefixtures("probed")
@pytest.mark.parametrize("address", [*VIEWS, ACROSS])
def test_a_page_stands_still_and_fits_every_screen(page, address):
    page.add_init_script(MOVES)
    page.goto(address)
    settled(page)
    moved, parts = page.evaluate("window.ugrnMoved")
    assert moved < STILL, parts
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for _ in range(20):  # charts and tables take a moment to follow the window
            page.wait_for_timeout(500)
            if not (found := page.evaluate(MEASURE)):
                break
        assert found == [], width


@pytest.mark.usefixtures("probed")
def test_the_measure_sees_the_labels_of_a_drawing(page):
    page.goto(f"/network?{DATASET}&centre=GATA1&cut=0.3")
    settled(page)
    page.locator(".net canvas").first.wait_for(state="attached")
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]')")
    page.locator(".net").evaluate("(box) => { box.ugrnNetwork.pan({ x: -40, y: 200 }); }")
    page.wait_for_timeout(500)
    assert any("the gene" in line for line in page.evaluate(MEASURE))


@pytest.mark.usefixtures("probed")
def test_what_shows_on_hover_covers_no_control(page):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/regulators?{DATASET}&gene=GATA1")
    settled(page)
    page.locator("[data-testid=stDataFrame]").first.hover()
    bar = page.get_by_test_id("stElementToolbar").first
    bar.wait_for()
    switch = page.get_by_text("More columns").bounding_box()
    assert switch["x"] + switch["width"] + 30 < bar.bounding_box()["x"]  # with its question mark


@pytest.mark.usefixtures("probed")
def test_neither_colours_nor_a_click_move_the_drawing_or_a_gene(page):
    page.set_viewport_size({"width": 1440, "height": 1400})  # nothing has to be scrolled
    page.goto(f"/network?{DATASET}&centre=GATA1&cut=0.4")
    settled(page)
    page.locator(".net canvas").first.wait_for(state="attached")
    places = """(box) => [box.getBoundingClientRect().y, ...box.ugrnNetwork.nodes().map(
        (n) => [n.id(), n.renderedPosition().x, n.renderedPosition().y].join())]"""
    top, *before = page.locator(".net").evaluate(places)
    for colour in ("Community", "Proposed sign", "Known in Krumsiek 2011"):
        choice = page.get_by_role("radio", name=colour).or_(page.get_by_role("button", name=colour))
        if colour == "Proposed sign" and not choice.count():
            continue  # signs that were measured to say nothing are no colour
        choice.click()
        settled(page)
        now, *after = page.locator(".net").evaluate(places)
        assert abs(now - top) < 2, colour
        assert set(after) & set(before) == min(set(after), set(before), key=len)
    click_gene(page, "SPI1")
    assert abs(page.locator(".net").evaluate(places)[0] - top) < 1
