"""All genes from scripts and from the command line: the rows of an atlas, and nothing probed."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

import ugrn_core as ugrn_api
from tests.cli.conftest import GENES
from tests.probes.checkpoints import write_checkpoint
from ugrn_core.errors import (
    MissingDataError,
    OptionError,
    PanelError,
    UnknownGeneError,
    UnknownNameError,
)
from ugrn_core.experiment.atlas import making
from ugrn_core.experiment.catalog import backbones
from ugrn_core.settings import Settings

ALL = "all-genes"
PLACE = ["source", "target", "rank", "percentile"]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Settings:
    """Two backbones, the first of which has an atlas."""
    folder = tmp_path_factory.mktemp("all")
    for seed, name in enumerate(("mapped", "other")):
        write_checkpoint(folder / "assets" / "backbones" / name, "scbenchmark", GENES, seed)
    settings = Settings(home=folder / "home", assets=folder / "assets", workers=1)
    making.make(making.planned(settings, "mapped"))
    return settings


@pytest.fixture
def whole(home, made, monkeypatch) -> pd.DataFrame:
    """The atlas' own file, and no way to probe."""
    shutil.copytree(made.home, home)
    monkeypatch.setenv("UGRN_ASSETS", str(made.assets))
    monkeypatch.setattr("ugrn_core.probes.base.ProbeRequest.curves", None)
    (path,) = home.glob("runs/*/edges.parquet")
    return pd.read_parquet(path).astype({"source": object, "target": object})


def test_a_gene_has_its_rows_of_the_atlas_with_ranks_among_all_pairs(whole):
    found = ugrn_api.regulators("hbb", dataset=ALL, backbone="mapped", progress=False)
    wanted = whole[whole["target"] == "HBB"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found[PLACE], wanted[PLACE])
    assert len(found) == 10  # of the genes ten are human transcription factors
    assert found.attrs["n_pairs"] == 10 * 11
    assert found.attrs["atlas_of"] == found.attrs["asked_backbone"] == "mapped"
    driven = ugrn_api.targets("PU.1", ALL, backbone="mapped", top=3, progress=False)
    wanted = whole[whole["source"] == "SPI1"].head(3).reset_index(drop=True)
    pd.testing.assert_frame_equal(driven[PLACE], wanted[PLACE])
    net = ugrn_api.network(ALL, ["SPI1", "HBB", "GATA1"], backbone="mapped", progress=False)
    assert set(net["source"]) == {"SPI1", "GATA1"}
    assert len(ugrn_api.network(dataset=ALL, backbone="mapped", progress=False)) == len(whole)


def test_another_backbones_atlas_answers_and_it_is_said(whole, capsys):
    found = ugrn_api.regulators("HBB", dataset=ALL, backbone="other")
    assert found.attrs["atlas_of"] == "mapped"
    assert found.attrs["asked_backbone"] == "other"
    said = capsys.readouterr().err
    assert "These numbers are from mapped: other, which was asked, has no atlas" in said
    with pytest.raises(MissingDataError, match="ugrn_core atlas --backbone mapped-random"):
        ugrn_api.regulators("HBB", dataset=ALL, backbone="mapped-random")


def test_what_an_atlas_cannot_answer_is_refused_in_words(whole):
    ask = {"dataset": ALL, "backbone": "mapped", "progress": False}
    with pytest.raises(UnknownGeneError, match=r"as a regulator.*HBB"):
        ugrn_api.targets("HBB", **ask)
    with pytest.raises(UnknownGeneError, match="did you mean GATA1"):
        ugrn_api.regulators("GATA11", **ask)
    with pytest.raises(OptionError, match="scored by no translator"):
        ugrn_api.network(translator="stacked", **ask)
    with pytest.raises(OptionError, match="one of the two"):
        ugrn_api.regulators("HBB", ["HBB", "SPI1"], dataset=ALL)
    with pytest.raises(PanelError, match="is a regulator of the atlas"):
        ugrn_api.network(regulators=["HBB"], **ask)
    with pytest.raises(PanelError, match="too many to share one virtual cell"):
        ugrn_api.probe(ALL, backbone="mapped", progress=False)
    with pytest.raises(UnknownNameError):
        ugrn_api.regulators("HBB", dataset=ALL, backbone="mappd")


def test_the_command_line_writes_the_same(whole, ugrn, lists, tmp_path):
    def written(*options: object) -> tuple[pd.DataFrame, str]:
        out = tmp_path / "edges.parquet"
        answer = ugrn("network", "--dataset", ALL, "--out", out, *options)
        assert answer.code == 0, answer.err
        return pd.read_parquet(out), answer.err

    table, said = written("--backbone", "other", "--gene", "spi1", "--top", 7)
    mine = whole[(whole["source"] == "SPI1") | (whole["target"] == "SPI1")]
    wanted = mine.head(7).reset_index(drop=True)
    assert table[PLACE[:3]].astype(object).equals(wanted[PLACE[:3]].astype(object))
    assert "These numbers are from mapped" in said
    assert "Wrote 7 edges" in said
    table, said = written("--backbone", "mapped", "--regulators", lists("r", ["MYC", "HBB"]))
    assert set(table["source"]) == {"MYC"}
    assert "HBB is no regulator of the atlas" in said


def test_without_an_atlas_the_command_that_makes_one_is_named(home, tiny, ugrn, tmp_path):
    out = tmp_path / "edges.tsv"
    answer = ugrn("network", "--backbone", tiny, "--dataset", ALL, "--out", out)
    assert answer.code == 2
    assert f"python -m ugrn_core atlas --backbone {tiny}" in " ".join(answer.err.split())
    assert not out.exists()


def test_without_pytorch_it_answers_the_same(whole, ugrn, tmp_path, monkeypatch):
    monkeypatch.setattr("ugrn_core.experiment.catalog.backbones.can_compute", lambda: False)
    backbones.open_folder.cache_clear()
    asked = ("network", "--backbone", "mapped", "--out", tmp_path / "edges.parquet")
    answer = ugrn(*asked, "--dataset", ALL, "--gene", "HBB")
    assert answer.code == 0, answer.err
    assert len(pd.read_parquet(tmp_path / "edges.parquet")) == 10
    refused = ugrn(*asked, "--dataset", "krumsiek2011")
    assert refused.code == 2
    assert "PyTorch is not installed here" in refused.err
