"""Explain, drives and knock-out: the same numbers by command and from Python."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

import ugrn_core
from tests.cli.conftest import GENES
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.random_weights import randomised
from ugrn_core.data.gene_sets import shipped_sets
from ugrn_core.errors import OptionError, TableError
from ugrn_core.experiment.catalog.backbones import CONTROL_SEED

PANEL = GENES


def read(path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=[""])


@pytest.fixture
def net(home, tiny):
    return ugrn_core.network(PANEL, backbone=tiny, progress=False)


def test_explain_by_command_and_from_python(ugrn, net, tiny, lists, tmp_path):
    out = tmp_path / "explained.tsv"
    listed = lists("list", ("HBB", "PU.1", "KLF1", "MYC", "NOBODY"))
    answer = ugrn(
        *("explain", "--genes", listed, "--backbone", tiny),
        *("--panel", lists("panel", PANEL), "--out", out),
    )
    assert answer.code == 0, answer.err
    assert "4 of 5 are targets here; not: NOBODY" in answer.err
    table = ugrn_core.explain(listed, net)
    written = read(out)
    assert list(written["regulator"]) == list(table["regulator"])
    assert list(written["z"]) == pytest.approx(list(table["z"]), nan_ok=True)
    told = json.loads((tmp_path / "explained.tsv.provenance.json").read_text())
    assert told["listed"]["used"] == ["HBB", "SPI1", "KLF1", "MYC"]


def test_drives_by_command_and_from_python(ugrn, net, tiny, lists, tmp_path):
    gmt = tmp_path / "mine.gmt"
    gmt.write_text("BLOOD\t\tHBB\tHBA1\tKLF1\tGATA1\tTAL1\nALL\t\tX\n")
    out = tmp_path / "drives.tsv"
    answer = ugrn(
        *("drives", "--regulator", "SPI1", "--backbone", tiny, "--gene-sets", gmt, "--top", 4),
        *("--panel", lists("panel", PANEL), "--out", out),
    )
    assert answer.code == 0, answer.err
    table = ugrn_core.drives("SPI1", net, sets=gmt, top=4)
    assert list(table["set"]) == ["BLOOD"]
    assert read(out)["p"][0] == pytest.approx(table["p"][0])
    whole = ugrn_core.drives("SPI1", net, sets=gmt, by="ranks")
    assert 0 <= whole["auroc"][0] <= 1
    assert 0 < whole["alike"][0] <= 1
    with pytest.raises(TableError, match="no regulator"):
        ugrn_core.drives("HBB", net, sets=gmt)
    with pytest.raises(OptionError, match="1 or more; 0 came"):
        ugrn_core.drives("SPI1", net, sets=gmt, top=0)


def test_what_random_weights_drive_stands_beside_it(ugrn, net, tiny, lists, tmp_path):
    gmt = tmp_path / "mine.gmt"
    gmt.write_text("BLOOD\t\tHBB\tHBA1\tKLF1\tGATA1\tTAL1\n")
    asked = "drives", "--regulator", "SPI1", "--backbone", tiny, "--gene-sets", gmt
    panel, out = lists("panel", PANEL), tmp_path / "drives.tsv"
    answer = ugrn(*asked, "--top", 4, "--random-weights", "--panel", panel, "--out", out)
    assert answer.code == 0, answer.err
    assert "by random weights" in answer.err
    written = read(out)
    control = randomised(open_backbone(tiny), CONTROL_SEED)
    curves = ugrn_core.probe(PANEL, ["SPI1"], backbone=control, progress=False)
    largest = (
        curves[curves["target"] != "SPI1"]
        .groupby("target", observed=True)["vvp"]
        .agg(lambda x: x.abs().max())
    )
    blood = {"HBB", "HBA1", "KLF1", "GATA1", "TAL1"} & set(PANEL)
    assert written["overlap_random"][0] == len(blood & set(largest.nlargest(4).index))
    assert 0 < written["q_random"][0] <= 1
    table = ugrn_core.drives("SPI1", PANEL, sets=gmt, top=4, backbone=tiny, random_weights=True)
    assert list(table["overlap_random"]) == list(written["overlap_random"])
    ranks = {"sets": gmt, "by": "ranks", "backbone": tiny, "random_weights": True}
    assert 0 <= ugrn_core.drives("SPI1", PANEL, **ranks)["auroc_random"][0] <= 1
    with pytest.raises(OptionError, match="a table came"):
        ugrn_core.drives("SPI1", net, sets=gmt, random_weights=True)


def test_a_list_against_a_background(home):
    background = shipped_sets("hallmark").sets["HALLMARK_MYOGENESIS"]
    myosin = [g for g in background if g.startswith("MY")]
    table = ugrn_core.enrich([*myosin, "NOBODY"], [*background, *GENES])
    row = table.set_index("set").loc["HALLMARK_MYOGENESIS"]
    assert row["overlap"] == len(myosin)
    total = len(set(background) | set(GENES))
    by_hand = hypergeom.sf(len(myosin) - 1, total, len(background), len(myosin))
    assert row["p"] == pytest.approx(by_hand)
    assert table.attrs["absent"] == ["NOBODY"]


def test_knock_out_by_command_and_from_python(ugrn, home, tiny, lists, tmp_path):
    out = tmp_path / "ko.tsv"
    answer = ugrn(
        *("knock-out", "--genes", lists("two", ("SPI1", "GATA1")), "--backbone", tiny),
        *("--panel", lists("panel", PANEL), "--out", out),
    )
    assert answer.code == 0, answer.err
    table = ugrn_core.knock_out(["SPI1", "GATA1"], PANEL, backbone=tiny, progress=False)
    written = read(out)
    assert list(written["gene"]) == list(table["gene"])
    assert list(written["effect"]) == pytest.approx(list(table["effect"]))
    parts = table["alone_1"] + table["alone_2"] + table["beyond_sum"]
    assert list(parts) == pytest.approx(list(table["effect"]))
    assert table.attrs["driven"] == ["SPI1", "GATA1"]
    assert table.attrs["end"] == 0


def test_signs_by_command_and_from_python(ugrn, net, tiny, lists, tmp_path):
    rng = np.random.default_rng(0)
    pairs = net[["source", "target"]].assign(sign=rng.choice([1, -1], len(net)))
    pairs.to_csv(tmp_path / "known.csv", index=False)
    out = tmp_path / "signs.csv"
    answer = ugrn(
        *("signs", "--known", tmp_path / "known.csv", "--backbone", tiny),
        *("--panel", lists("panel", PANEL), "--out", out),
    )
    assert answer.code == 0, answer.err
    table = ugrn_core.signs(net, pairs)
    assert list(pd.read_csv(out)["auroc"]) == pytest.approx(list(table["auroc"]))
    assert table["pairs"][0] == len(net)
    assert "tell the sign" in answer.err or "tells the sign" in answer.err


def test_bad_input_is_one_sentence(ugrn, tiny, lists, tmp_path):
    panel, few = lists("panel", PANEL), lists("few", ("HBB", "NOBODY"))
    answer = ugrn(
        *("explain", "--genes", few, "--backbone", tiny),
        *("--panel", panel, "--out", tmp_path / "x.tsv"),
    )
    assert answer.code == 2
    assert "3 genes or more" in answer.err
    assert not (tmp_path / "x.tsv").exists()
    answer = ugrn(
        *("knock-out", "--genes", few, "--backbone", tiny),
        *("--panel", panel, "--out", tmp_path / "x.xyz"),
    )
    assert answer.code == 2
    assert "end it with .tsv or .csv" in answer.err
