"""Every page, alone and through the router: empty, filled, under wrong links and hostile text."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import PAGES, ROOT
from ugrn_core.dashboard.sections import gene_pair
from ugrn_core.dashboard.sections.methods import STACKED_NUMBERS
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.results import Attribution, Results
from ugrn_core.experiment.runs.spec import Spec

NEED_A_RUN = ("regulators", "gene_pair", "network", "downloads", "many_genes")
FILLED = {"backbone": "tiny", "dataset": "krumsiek2011"}
SLOW = 600  # seconds: a loaded machine imports torch once


def opened(page: str | None, **query: str) -> AppTest:
    """Run a page alone, or the router (None), under a query."""
    path = ROOT / "streamlit_app.py" if page is None else ROOT / "pages" / f"{page}.py"
    app = AppTest.from_file(str(path), default_timeout=SLOW)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def words(app: AppTest) -> str:
    kinds = (app.title, app.markdown, app.info, app.warning, app.error, app.caption, app.header)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def box(app: AppTest, key: str):
    return next(s for s in app.selectbox if s.key == key)


@pytest.fixture(autouse=True)
def finished_runs(filled, point_to):
    point_to(filled)


@pytest.mark.parametrize("page", PAGES)
def test_page_alone_shows_its_title_and_no_error(page):
    app = opened(page, **FILLED)
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1
    assert box(app, "backbone").value == "tiny"


def test_every_page_through_the_router_keeps_the_choices():
    app = opened(None, **FILLED)
    assert not app.exception
    for page in PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, page
        assert not app.error, page
        assert len(app.title) == 1
        assert box(app, "dataset").value == "krumsiek2011"


@pytest.mark.parametrize("page", NEED_A_RUN)
def test_without_a_run_the_page_offers_one(page, filled, point_to, tmp_path):
    point_to(dataclasses.replace(filled, home=tmp_path))
    app = opened(page, **FILLED)
    assert not app.exception
    assert "Not computed yet" in words(app)
    assert [b.label for b in app.button if "Compute" in b.label] == [
        "Compute the network (one time)"
    ]


def test_empty_assets_are_one_sentence(point_to, filled, tmp_path):
    point_to(dataclasses.replace(filled, assets=tmp_path))
    app = opened("start")
    assert not app.exception
    assert "There is no backbone on this machine" in app.error[0].value


def test_regulators_ranks_by_the_table_and_finds_other_spellings(filled):
    app = opened("regulators", gene="spi1", **FILLED)
    assert "spi1 is spelled SPI1 here" in words(app)
    shown = app.dataframe[0].value
    assert list(shown["rank"]) == sorted(shown["rank"])
    assert len(shown) == 10
    assert "SPI1" not in set(shown["gene"])
    table = Results(filled, Spec("tiny", "krumsiek2011"))
    assert set(shown["gene"]) == set(table.genes) - {"SPI1"}


def test_targets_are_the_other_side(filled):
    app = opened("regulators", gene="SPI1", side="targets", **FILLED)
    import duckdb

    path = Results(filled, Spec("tiny", "krumsiek2011")).edges_path
    expected = duckdb.execute(
        "SELECT target FROM read_parquet(?) WHERE source = 'SPI1' ORDER BY rank", [str(path)]
    ).fetchall()
    assert list(app.dataframe[0].value["gene"]) == [t for (t,) in expected]


def test_pair_says_rank_and_reverse():
    app = opened("gene_pair", source="SPI1", target="JUN", **FILLED)
    text = words(app)
    assert "of 110" in text
    assert "reverse direction" in text
    assert {m.label for m in app.metric} == {"Score, 0 to 1", "Rank", "Proposed effect", "Known in"}
    assert "under random weights" in text
    (lab,) = [p.proto for p in app.get("page_link") if "knobs" in p.proto.label]
    assert "lab_readout=" in lab.query_string  # as the run asked
    assert next(m.delta for m in app.metric if m.label == "Rank") == "of 110"


def test_sign_and_reverse_are_shown_when_asked_for_with_what_they_are_worth():
    app = opened("regulators", gene="SPI1", **FILLED)
    assert not {"sign", "reverse_probability"} & set(app.dataframe[0].value)
    assert "get “" not in words(app)
    app = opened("regulators", gene="SPI1", columns="true", **FILLED)
    assert {"reverse_probability", "gdt_peak"} <= set(app.dataframe[0].value)
    assert "sign" not in app.dataframe[0].value  # of weights that nobody trained: chance
    text = words(app)
    assert "Sign: left empty here, for it was measured to say nothing" in text
    assert re.search(r"On Krumsiek 2011, 26 pairs \(AUROC 0\.\d+, 95 % interval", text)
    assert re.search(r"Krumsiek 2011 the known direction has the higher score for \d+% of", text)


def test_two_bars_are_one_where_the_two_numbers_are():
    found = Attribution(
        tuple(STACKED_NUMBERS),
        np.arange(1.0, 11.0),
        {"vvp": np.array([0.25, 0.5]), "gdt": np.array([0.5, 1.5])},
    )
    one = gene_pair.merged(found)
    assert one.names == (gene_pair.ONE_CURVE, *found.names[2:])
    assert list(one.added) == [3.0, *np.arange(3.0, 11.0)]
    assert one.added.sum() == found.added.sum()
    assert {k: list(v) for k, v in one.by_value.items()} == {"vvp and gdt": [0.75, 2.0]}
    assert set(one.names) <= set(gene_pair.NUMBERS)


def test_a_control_has_no_band_of_random_weights_of_its_own(filled):
    compute.compute(filled, Spec("tiny-random", "krumsiek2011"))
    app = opened(
        "gene_pair", source="SPI1", target="JUN", backbone="tiny-random", dataset="krumsiek2011"
    )
    assert not app.exception
    assert not app.error
    assert "under random weights" not in words(app)


def test_pair_of_a_backbone_without_translator_has_no_score():
    app = opened("gene_pair", source="SPI1", target="JUN", backbone="bare", dataset="krumsiek2011")
    assert not app.error
    assert app.metric[0].value == "no translator"


def test_one_gene_twice_is_a_sentence():
    app = opened("gene_pair", source="SPI1", target="SPI1", **FILLED)
    assert "not its own target" in words(app)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("MYC", "not in this panel"),
        ("NOSUCHGENE", "not in the vocabulary"),
        ("<script>alert(1)</script>", "not in the vocabulary"),
        ("=HYPERLINK(1)", "not in the vocabulary"),
        ("x" * 500, "Type one gene symbol"),
    ],
)
def test_any_text_in_the_gene_box_gets_an_answer(asked, answer):
    app = opened("regulators", gene=asked, **FILLED)
    assert not app.exception
    assert not app.error
    assert answer in words(app)
    assert "<script>" not in words(app)


def test_stale_links_say_so_and_show_something():
    app = opened("regulators", backbone="gone", dataset="../../etc", reference="x")
    assert not app.exception
    text = words(app)
    assert text.count("cannot be chosen here") == 3
    assert box(app, "backbone").value in ("tiny", "bare")


def test_network_counts_follow_the_cut():
    app = opened("network", centre="SPI1", **FILLED)
    assert not app.exception
    app.slider[0].set_value(0.0).run()
    assert "20 drawn, all of 20 edges above the cut" in words(app)
    assert "precision" in words(app)
    app.slider[0].set_value(1.0).run()
    assert not app.exception
    assert "0 drawn, all of 0 edges above the cut" in words(app)


@pytest.mark.parametrize("reach", ["2", "all"])
def test_network_at_every_reach(reach):
    app = opened("network", reach=reach, cut="0.0", **FILLED)
    assert not app.exception
    assert not app.error


def test_benchmark_without_results_names_the_command():
    app = opened("probe_benchmark", **FILLED)
    assert "python -m ugrn_core benchmark" in app.code[-1].value


def paste(text: str) -> AppTest:
    app = opened("start", **FILLED)
    next(t for t in app.text_area if t.key == "ugrn_paste").set_value(text)
    next(b for b in app.button if b.label == "Use this list").click()
    return app.run()


def test_a_pasted_list_becomes_a_panel_that_a_link_restores():
    app = paste("SPI1, GATA1\nJUN; KLF1 SPI1")
    assert not app.exception
    name = box(app, "dataset").value
    assert name.startswith("pasted-")
    again = opened("regulators", backbone="tiny", dataset=name)
    assert box(again, "dataset").value == name
    assert "your list of 4 genes" in words(again)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at least two genes"),
        ("SPI1", "at least two genes"),
        ("<img src=x onerror=alert(1)> SPI1", "words, not a symbol"),
        ("=cmd|'/C calc'!A0 SPI1", "no symbol: symbols are letters and digits"),
        ("@SUM(A1) SPI1", "at least two genes; 1 came"),
        ("SPI1 " * 2_000_000, "at most 200,000 characters"),
    ],
)
def test_a_list_that_is_none_is_refused_with_a_sentence(text, sentence):
    app = paste(text)
    assert not app.exception
    assert any(sentence in e.value for e in app.error)
    assert box(app, "dataset").value == "krumsiek2011"


def test_a_list_without_a_regulator_is_a_sentence():
    app = paste("EGR1 NOSUCHGENE1 NOSUCHGENE2 JUN")
    assert not app.exception
    other = paste("NOSUCHGENE1 NOSUCHGENE2")
    assert not other.exception
    (said,) = [e.value for e in other.error]
    assert "needs at least two genes; of this list 0 can be used" in said
    assert "2 given = 0 used + 2 unknown" in said
    assert "'NOSUCHGENE1': not in the vocabulary" in said
    assert box(other, "dataset").value == "krumsiek2011"  # the pages go on with what they had


def test_a_link_to_a_list_that_is_gone_says_so():
    app = opened("start", backbone="tiny", dataset="pasted-0123456789abcdef")
    assert not app.exception
    assert "not on this machine" in words(app)


def test_a_target_given_as_regulator_is_told_so_and_led_on(monkeypatch):
    monkeypatch.setattr(Results, "regulators", property(lambda self: ("SPI1",)))
    app = opened("gene_pair", source="jun", **FILLED)
    assert not app.exception
    assert "JUN is in this panel, but is not among the 1 regulators probed" in words(app)
    assert "Regulators of JUN" in [link.proto.label for link in app.get("page_link")]


def test_start_searches_first_shows_three_pictures_and_leads_on(filled):
    app = opened("start", search="jun", **FILLED)
    assert "jun is spelled JUN here" in words(app)
    labels = [link.proto.label for link in app.get("page_link")]
    assert labels[:3] == ["Who regulates JUN?", "What does JUN regulate?", "The network around JUN"]
    assert labels[3].startswith("Its best pair, ")
    assert labels[3].endswith(" → JUN: the curves")
    pictures = [h.proto.body for h in app.get("html") if "data:image/svg" in h.proto.body]
    assert len(pictures) == 3
    assert all("alt='" in picture for picture in pictures)
    assert not app.metric  # no bookkeeping


def test_start_answers_before_anything_was_computed(point_to, filled, tmp_path):
    point_to(dataclasses.replace(filled, home=tmp_path))
    app = opened("start", search="SPI1", **FILLED)
    assert "Who regulates SPI1?" in [link.proto.label for link in app.get("page_link")]
    assert "Compute the network (one time)" in [b.label for b in app.button]
