"""Downloads and Methods: files are what the page says, and words come from the files."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import ROOT
from tests.pages.test_pages import FILLED, SLOW, opened, words
from ugrn_core.dashboard.sections import downloads, methods
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results, curves_npz
from ugrn_core.export import FORMATS
from ugrn_core.export.base import COLUMNS, labelled
from ugrn_core.translators.features import FEATURES

SPEC = run_spec.Spec("tiny", "krumsiek2011")


@pytest.fixture(autouse=True)
def finished_runs(filled, point_to):
    point_to(filled)


def checksummed(app: AppTest) -> AppTest:
    app.toggle[0].set_value(True)
    return app.run(timeout=SLOW)


def test_every_format_is_offered_with_its_checksum(filled):
    app = checksummed(opened("downloads", **FILLED))
    assert not app.exception
    text = words(app)
    names = [b.proto.help for b in app.get("download_button")]
    results = Results(filled, SPEC)
    from ugrn_core.dashboard.queries import edges

    for name in FORMATS:
        top = ".top" if FORMATS[name].scoreless else ""
        assert f"ugrn-krumsiek2011-tiny{top}{FORMATS[name].suffix}" in names
        table = edges.everything(results)
        if FORMATS[name].scoreless:  # all pairs without a number would be the whole panel
            table = table.head(6)  # 5 % of 110
        table = labelled(table, results.provenance)
        content = FORMATS[name].write(table, results.provenance)
        assert hashlib.sha256(content).hexdigest() in text
        assert len(content) > 100
    assert hashlib.sha256(curves_npz(filled, SPEC)).hexdigest() in text


def test_tables_for_a_spreadsheet_come_first_and_every_column_is_explained():
    app = opened("downloads", **FILLED)
    names = [b.proto.help for b in app.get("download_button")]
    endings = [name.removeprefix("ugrn-krumsiek2011-tiny") for name in names]
    assert endings[:3] == [FORMATS[name].suffix for name in ("tsv", "xlsx", "csv")]
    folded = [b.proto.help for box in app.expander for b in box.get("download_button")]
    assert not set(names[:3]) & set(folded)
    assert set(names[3:]) <= set(folded)
    (columns,) = app.table
    assert set(COLUMNS) <= set(" ".join(map(str, columns.value.index)).replace(",", "").split())


def test_nothing_is_written_or_read_whole_before_somebody_asks(monkeypatch):
    def never(*_):
        raise AssertionError("written or read unasked")

    monkeypatch.setattr(downloads, "_of_written", never)
    monkeypatch.setattr(downloads, "_of_file", never)
    app = opened("downloads", **FILLED)
    assert not app.exception
    assert not app.toggle[0].value
    assert "sha256" not in words(app)


def test_formats_that_weigh_by_score_are_left_out_without_scores():
    app = checksummed(opened("downloads", backbone="bare", dataset="krumsiek2011"))
    assert not app.exception
    assert not app.error
    names = " ".join(b.proto.help for b in app.get("download_button"))
    assert ".tsv" in names
    assert ".adjacencies" not in names
    assert "no translator for this backbone" in words(app)


def test_files_on_disk_carry_their_own_checksum(filled):
    text = words(checksummed(opened("downloads", **FILLED)))
    for path in (
        filled.assets / "backbones" / "tiny" / "best_model.pt",
        filled.assets / "translators" / "tiny" / "small" / "gdt.safetensors",
    ):
        assert path.name.replace("_", "\\_") in text
        assert hashlib.sha256(path.read_bytes()).hexdigest() in text


def test_a_changed_file_gets_a_new_checksum(filled, point_to, tmp_path):
    assets = shutil.copytree(filled.assets, tmp_path / "assets")
    point_to(dataclasses.replace(filled, assets=assets))
    (assets / "results").mkdir()
    table = assets / "results" / "benchmark.parquet"
    for content in (b"one", b"another"):
        table.write_bytes(content)
        app = checksummed(opened("downloads", **FILLED))
        assert hashlib.sha256(content).hexdigest() in words(app)


def test_curves_open_without_pickles_and_match_the_results(filled):
    results = Results(filled, SPEC)
    with np.load(io.BytesIO(curves_npz(filled, SPEC)), allow_pickle=False) as file:
        assert tuple(file["genes"]) == results.genes
        assert tuple(file["sources"]) == results.regulators
        i, j = list(file["sources"]).index("SPI1"), list(file["genes"]).index("JUN")
        curves = results.curves("SPI1", "JUN")
        assert np.array_equal(file["vvp"][i, :, j], curves.vvp)
        assert np.array_equal(file["gdt"][i, :, j], curves.gdt)
        assert np.array_equal(file["grid"], curves.grid)


def test_links_and_hidden_files_are_not_offered(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / ".b").write_text("secret")
    (tmp_path / "c").symlink_to(tmp_path / ".b")
    assert [a.name for a in downloads.in_folder(tmp_path)] == ["a.json"]
    assert downloads.in_folder(tmp_path / "none") == []


def test_every_column_and_feature_variant_is_explained(filled):
    assert [c for c in methods.COLUMNS if c in COLUMNS] == list(COLUMNS)
    assert set(methods.FEATURES) == set(FEATURES)


def test_a_section_ends_where_the_next_begins(tmp_path):
    file = tmp_path / "x.md"
    file.write_text("# T\n\n## One\n\ntext\n\n### Below\n\nmore\n\n## Two\n\nother\n")
    assert methods.section("One", file) == "text\n\n### Below\n\nmore"
    assert methods.section("Two", file) == "other"
    assert methods.section("Three", file) is None
    assert methods.section("One", tmp_path / "none.md") is None
    for title in ("How far to trust it", "How to cite"):
        assert methods.section(title)


def test_methods_tells_what_this_backbone_and_its_translators_are(filled):
    app = opened("methods", **FILLED)
    assert not app.error
    text = words(app)
    assert "Under the paper's sampling popularity alone wins" in text
    assert "arXiv 2605.08128" in text
    tables = "\n".join(d.value.to_string() for d in app.dataframe)
    ready = run_spec.prepare(filled, SPEC)
    assert ready.backbone.checksum in tables
    assert "the curve of regulator → target" in text
    assert "hESC, STRING, TFs+500" in tables
    assert all(card.title in tables for card in datasets.cards(filled))
    assert len(app.get("latex")) == 3


def test_a_control_is_not_said_to_be_trained(filled, point_to, tmp_path):
    assets = shutil.copytree(filled.assets, tmp_path / "assets")
    point_to(dataclasses.replace(filled, assets=assets))
    card = {"steps_done": 5000, "training_sets": [{"name": "x", "held_out": False}]}
    (assets / "backbones" / "tiny" / "card.json").write_text(json.dumps(card))
    for backbone, trained in (("tiny", True), ("tiny-random", False)):
        app = opened("methods", backbone=backbone, dataset="krumsiek2011")
        assert not app.error
        shown = "\n".join(d.value.to_string() for d in app.dataframe)
        assert ("5,000" in shown) == trained
        assert any("Training data" in e.label for e in app.expander) == trained


def test_the_formula_is_that_of_the_translator_in_use():
    for members, title in (({"gdt": 0, "vvp": 0}, "the ensemble"), ({"stacked": 0}, "the stacked")):
        shown = methods.formulas(SimpleNamespace(members=members))
        assert len(shown) == 3
        assert title in shown[-1][0]
    assert methods.formulas(None) == methods.FORMULAS


def test_every_shipped_table_says_what_it_is():
    shipped = ROOT / "assets" / "results"
    names = {path.name for path in shipped.glob("*.parquet")}
    assert "benchmark.parquet" in names
    assert names <= set(downloads._FILES)


def test_methods_without_a_translator_says_so():
    app = opened("methods", backbone="bare", dataset="krumsiek2011")
    assert not app.error
    assert "No translator is fitted" in words(app)


def test_a_card_that_anybody_wrote_is_shown_as_text(filled, point_to, tmp_path):
    assets = shutil.copytree(filled.assets, tmp_path / "assets")
    point_to(dataclasses.replace(filled, assets=assets))
    card = assets / "backbones" / "tiny" / "card.json"
    for content in (
        {"training_sets": [{"name": "![x](http://a.b/c)", "held_out": "maybe"}, 3], "command": 7},
        {"training_sets": {"a": 1}, "validation": [[1]], "genes": "<b>many</b>"},
        ["no object"],
    ):
        card.write_text(json.dumps(content))
        app = opened("methods", **FILLED)
        assert not app.exception
        assert not app.error
        assert "![x](" not in words(app)


@pytest.mark.parametrize("home", ["probed", "new"])
@pytest.mark.parametrize("page", ["start", "compare", "downloads"])
def test_a_title_that_anybody_wrote_is_shown_letter_by_letter(
    filled, point_to, tmp_path, page, home
):
    assets = shutil.copytree(filled.assets, tmp_path / "assets")
    place = filled.home if home == "probed" else tmp_path / "home"
    point_to(dataclasses.replace(filled, assets=assets, home=place))
    card = assets / "backbones" / "tiny" / "card.json"
    card.write_text(json.dumps({"title": "![x](//a.b/c) [go](//e.e) $y$"}))
    app = opened(page, **FILLED)
    assert not app.exception
    for live in ("[x](", "[go](", " $y$"):
        assert live not in words(app)


def test_the_shipped_backbone_card_is_read():
    from ugrn_core.dashboard.sections import methods

    shipped = methods.read(ROOT / "assets" / "backbones" / "ugrn-base" / "card.json")
    assert shipped["training_sets"]
    assert shipped["validation"]


def test_links_to_files_of_the_repository_become_words(tmp_path):
    file = tmp_path / "README.md"
    file.write_text("## One\n[a](docs/a.md), [b](https://example.org/b), ![c](docs/c.svg)\n")
    expected = "a, [b](https://example.org/b), ![c](docs/c.svg)"
    assert methods.section("One", file) == expected
