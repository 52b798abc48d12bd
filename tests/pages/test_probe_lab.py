"""The Probe lab: knobs that a link restores, what the backbone cannot do, the tour, the files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_choices import shown
from tests.pages.test_pages import FILLED, box, opened, words
from ugrn_core.dashboard.sections.lab import tour
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec

PAIR = {"source": "SPI1", "target": "JUN", **FILLED}


@pytest.fixture(autouse=True)
def finished_runs(filled, point_to):
    point_to(filled)


def figures(app: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def names(figure: dict) -> list[str]:
    return [trace.get("name", "") for trace in figure["data"]]


def press(app: AppTest, label: str) -> AppTest:
    next(b for b in app.button if b.label == label).click()
    return app.run()


def slider(app: AppTest, key: str):
    return next(s for s in [*app.slider, *app.select_slider] if s.key == key)


def curve(figure: dict, name: str) -> np.ndarray:
    y = next(t for t in figure["data"] if t.get("name") == name)["y"]
    if isinstance(y, dict):
        import base64

        return np.frombuffer(base64.b64decode(y["bdata"]), dtype=y["dtype"])
    return np.array(y)


def test_as_the_runs_are_it_shows_the_runs_own_curves(filled):
    results = Results(filled, Spec("tiny", "krumsiek2011"))
    readout = results.provenance["settings"]["readout"]
    app = opened("probe_lab", lab_readout=readout, **PAIR)
    assert not app.exception
    assert not app.error
    response, gradient = figures(app)[:2]
    run = results.curves("SPI1", "JUN")
    np.testing.assert_allclose(curve(response, "SPI1 → JUN"), run.vvp, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(curve(gradient, "SPI1 → JUN"), run.gdt, rtol=1e-5, atol=1e-8)


def test_a_link_restores_every_knob():
    told = {
        "lab_span": "0.5..3",
        "lab_m": "3",
        "lab_t": "5",
        "lab_readout": "visible",
        "lab_baseline": "0.5",
        "lab_held": "GATA1",
        "lab_held_at": "1.5",
        "lab_cls": "none",
        "lab_dtype": "float64",
        "lab_differences": "true",
        "lab_random": "true",
        "lab_show": "cell",
        "lab_at": "3",
    }
    app = opened("probe_lab", **told, **PAIR)
    assert not app.exception
    assert not app.warning
    assert {key: shown(app, key) for key in told} == told
    assert slider(app, "lab_span").value == (0.5, 3.0)
    response, gradient, cell = figures(app)
    assert len(curve(response, "SPI1 → JUN")) == 3
    assert len(curve(gradient, "SPI1 → JUN")) == 5
    assert any(name.startswith("tiny-random") for name in names(response))
    assert "finite differences" in names(gradient)
    assert "GATA1 at 1.5" in str(cell["data"])
    assert "off the exact derivative by at most" in words(app)


def test_a_broken_link_is_said_and_the_page_goes_on():
    app = opened("probe_lab", lab_span="5..1", lab_m="99", lab_at="x", **PAIR)
    assert not app.exception
    assert words(app).count("cannot be used") == 3
    assert len(figures(app)) == 3


def test_presets_turn_the_knobs():
    app = press(opened("probe_lab", lab_m="3", lab_held="JUN", **PAIR), "GDT at 2 of 8 values")
    assert (slider(app, "lab_m").value, slider(app, "lab_t").value) == (8, 2)
    assert box(app, "lab_held").value is None
    assert "The knobs stand as in: GDT at 2 of 8 values" in words(app)


def test_a_gene_that_is_driven_is_not_held_too():
    app = opened("probe_lab", lab_held="SPI1", **PAIR)
    assert "cannot be held as well" in app.error[0].value


def test_an_empty_span_is_a_sentence():
    app = opened("probe_lab", lab_span="2..2", **PAIR)
    assert "lowest value must be below" in app.error[0].value


def test_hidden_targets_stand_beside_a_second_gene():
    alone = opened("probe_lab", lab_readout="masked", **PAIR)
    app = opened(
        "probe_lab",
        lab_readout="masked",
        lab_held="GATA1",
        lab_held_at="3",
        lab_show="cell",
        **PAIR,
    )
    assert not app.exception
    assert not app.error
    one, other = (curve(figures(page)[0], "SPI1 → JUN") for page in (alone, app))
    assert np.abs(one - other).max() > 1e-6
    assert "every other gene is hidden" in words(app)
    assert box(app, "lab_background").options[0] == "nothing: every gene is hidden"


def test_another_backbone_stands_in_the_same_frame():
    app = opened("probe_lab", lab_beside="bare", **PAIR)
    assert any(name.startswith("bare (≤") for name in names(figures(app)[0]))


def test_the_tour_has_five_steps_and_ends_at_all_knobs():
    app = press(opened("probe_lab", lab_m="3", **PAIR), "New here? Five steps, two minutes")
    for number, step in enumerate(tour.STEPS, 1):
        assert not app.exception
        assert f"Step {number} of 5" in words(app)
        assert step.title in [h.value for h in app.header]
        assert slider(app, "lab_m").value == 8  # as the paper had it
        app = press(app, "Done: all knobs" if number == len(tour.STEPS) else "Next")
    assert "Step" not in words(app)
    again = opened("probe_lab", lab_tour="4", **PAIR)
    assert "the **tangent**" in words(again)


def test_the_numbers_on_the_page_are_those_of_the_genes_that_respond_most():
    app = opened("probe_lab", lab_show="numbers", lab_m="1", **PAIR)
    table = app.dataframe[0].value
    assert list(table.columns) == ["gene", "value", "vvp", "gdt"]
    assert table["vvp"].notna().sum() == table["gene"].nunique()  # one of eight values each
    assert table["gdt"].notna().all()
    assert "SPI1" not in set(table["gene"])
