"""`network`, `benchmark`, `pretrain`, `backbones`, and the whole command as a process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import GENES
from tests.experiment.conftest import write_beeline
from tests.experiment.translators import save_pair
from tests.pretraining.corpora import write_corpus
from tests.pretraining.test_h5ad_sets import write_divided
from tests.probes.checkpoints import write_checkpoint
from ugrn_core.backbones import open_backbone
from ugrn_core.benchmark.results_table import read_results
from ugrn_core.experiment.catalog import backbones
from ugrn_core.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
VERBS = ("probe", "network", "benchmark", "pretrain", "backbones")


@pytest.mark.parametrize("suffix", ["tsv", "csv", "parquet", "graphml", "sif"])
def test_network_writes_the_format_its_name_asks_for(ugrn, tiny, lists, tmp_path, suffix):
    out = tmp_path / f"edges.{suffix}"
    answer = ugrn("network", "--backbone", tiny, "--panel", lists("panel", GENES), "--out", out)
    assert answer.code == 0, answer.err
    assert out.stat().st_size > 100
    readers = {"tsv": lambda p: pd.read_csv(p, sep="\t", comment="#"), "parquet": pd.read_parquet}
    if suffix in readers:
        table = readers[suffix](out)
        assert len(table) == 10 * 11  # ten human TFs, eleven other genes each
        assert table["rank"].tolist() == list(range(1, 111))
        assert table["gdt_peak"].abs().is_monotonic_decreasing


def test_network_keeps_the_top_and_takes_regulators_and_a_translator(
    ugrn, tiny, home, lists, tmp_path
):
    save_pair(home / "translators" / "tiny" / "mine", open_backbone(tiny))
    out = tmp_path / "edges.parquet"
    options = ("--regulators", lists("regulators", ["SPI1", "HBB"]), "--top", 7)
    panel = lists("panel", GENES)
    answer = ugrn("network", "--backbone", tiny, "--panel", panel, "--out", out, *options)
    assert answer.code == 0, answer.err
    table = pd.read_parquet(out)
    assert len(table) == 7
    assert set(table["source"]) <= {"SPI1", "HBB"}
    assert table["probability"].is_monotonic_decreasing
    assert table["probability"].between(0, 1).all()


@pytest.mark.parametrize("suffix", ["gmt", "sif"])
def test_a_format_without_scores_says_that_it_holds_every_pair(ugrn, tiny, lists, tmp_path, suffix):
    given = ("network", "--backbone", tiny, "--panel", lists("panel", GENES))
    given += ("--out", tmp_path / f"edges.{suffix}")
    assert "It holds every pair" in " ".join(ugrn(*given).err.split())
    assert "every pair" not in ugrn(*given, "--top", 5).err


def test_a_list_of_regulators_is_never_replaced_by_another(ugrn, tiny, lists, tmp_path):
    def network(*regulators):
        options = ("--panel", lists("panel", ("PU.1", "SPI1", "gata1", "HBB", "NOBODY")))
        options += ("--regulators", lists("regulators", regulators), "--out", tmp_path / "e.tsv")
        return ugrn("network", "--backbone", tiny, *options, "--skip-unknown")

    answer = network("GATA1", "PU.1", "SPI1", "KLF1", "NOBODY")
    assert answer.code == 0, answer.err
    table = pd.read_csv(tmp_path / "e.tsv", sep="\t", comment="#")
    assert set(table["source"]) == {"GATA1", "SPI1"}
    named = dict(zip(table["source"], table["source_as_given"]))
    assert named == {"GATA1": "gata1", "SPI1": "PU.1"}
    said = " ".join(answer.err.split())
    assert "left out KLF1 of the regulators: not a gene of the panel" in said
    assert "left out NOBODY of the regulators" in said
    (tmp_path / "e.tsv").unlink()
    answer = network("KLF1", "NOBODY")
    assert answer.code == 2
    assert "None of the 2 regulators" in answer.err
    assert not (tmp_path / "e.tsv").exists()


def test_benchmark_writes_its_table_and_translators(ugrn, tmp_path, monkeypatch):
    monkeypatch.setenv("UGRN_BEELINE", str(write_beeline(tmp_path / "data")))
    genes = tuple(dict.fromkeys((*GENES, *(f"GENE{k}" for k in range(38)))))
    backbone = write_checkpoint(tmp_path / "tiny", "scbenchmark", genes)
    answer = ugrn(
        *("benchmark", "--backbone", backbone, "--out", tmp_path / "r.parquet"),
        *("--networks", "string", "--targets", "hHEP", "--sampling", "matched", "--seeds", 1),
        *("--probes", "gdt,popularity oracle", "--recipes", "paper", "--no-random-control"),
        *("--translators", tmp_path / "kept"),
    )
    assert answer.code == 0, answer.err
    rows, about = read_results(tmp_path / "r.parquet")
    assert list(zip(rows["probe"], rows["genes"])) == [
        ("gdt", "all"),
        ("popularity oracle", "all"),
        ("gdt", "unseen"),
        ("popularity oracle", "unseen"),
    ]
    assert about["command"].startswith("python -m ugrn_core benchmark --backbone")
    assert len(list((tmp_path / "kept").rglob("*.safetensors"))) == 2


def test_pretrain_stops_goes_on_and_writes_a_backbone(ugrn, tmp_path):
    corpus = write_corpus(tmp_path / "corpus")

    def pretrain(run, out, *more):
        return ugrn(
            *("pretrain", "--corpus", corpus, "--run", tmp_path / run, "--out", tmp_path / out),
            *("--orthologs", corpus / "orthologs.csv", "--exclude", "three", "--steps", 2),
            *("--name", "mine", *more),
        )

    assert pretrain("whole", "a").code == 0
    stopped = pretrain("part", "b", "--minutes", 0)
    assert stopped.code == 0
    assert "Stopped at step 1 of 2" in stopped.err
    assert not (tmp_path / "b").exists()
    assert pretrain("part", "b").code == 0
    weights = [(tmp_path / x / "model.safetensors").read_bytes() for x in "ab"]
    assert weights[0] == weights[1]
    assert open_backbone(tmp_path / "a").name == "mine"
    assert pretrain("levels", "d", "--level", 4).code == 0
    assert (tmp_path / "d" / "model.safetensors").read_bytes() != weights[0]
    for options, words in (
        (("--exclude", "tree"), "Did you mean three"),
        (("--held-out", "one,two,mouse"), "none is left to train on"),
        (("--orthologs", tmp_path / "absent.csv"), "absent.csv"),
        (("--corpus", tmp_path), "index.csv"),
    ):
        answer = pretrain("other", "c", *options)
        assert answer.code == 2
        assert words in answer.err
        assert not (tmp_path / "c").exists()


def test_what_is_held_out_of_a_divided_file_is_written_into_the_card(ugrn, tmp_path):
    write_divided(tmp_path)
    index = tmp_path / "index.csv"
    write_corpus(tmp_path / "more")
    (tmp_path / "more" / "one.parquet").rename(tmp_path / "one.parquet")
    index.write_text(index.read_text() + "one,human,counts,,,\n")
    given = ("--corpus", tmp_path, "--run", tmp_path / "run", "--out", tmp_path / "made")
    answer = ugrn("pretrain", *given, "--steps", 1, "--held-out", "census")
    assert answer.code == 0, answer.err
    card = json.loads((tmp_path / "made" / "card.json").read_text())
    held = {s["name"]: s["held_out"] for s in card["training_sets"]}
    assert held == {"census/a": True, "census/b": True, "one": False}
    answer = ugrn("pretrain", *given, "--steps", 1, "--held-out", "census,one/")
    assert answer.code == 2
    answer = ugrn("pretrain", *given, "--steps", 1, "--held-out", "census/c")
    assert (answer.code, "census/c" in answer.err) == (2, True)


def test_backbones_lists_names_and_survives_any_card(ugrn, tiny, home):
    folder = shutil.copytree(tiny, home / "backbones" / "added")
    (folder / "card.json").write_text('{"name": "added", "description": "[/] [red] \\u001b[31m"}')
    answer = ugrn("backbones")
    assert answer.code == 0
    assert "added" in answer.out
    assert "[/] [red]" in answer.out


def test_a_name_had_before_is_not_listed_with_the_former_models_translators(ugrn, tiny, home):
    assert ugrn("backbones", "add", tiny, "--name", "mine").code == 0
    card = next(c for c in backbones.backbones(read_settings()) if c.name == "mine")
    save_pair(home / "translators" / "mine" / "first", open_backbone(card.folder))
    assert "first" in ugrn("backbones", "show", "mine").out
    assert ugrn("backbones", "remove", "mine").code == 0
    other = write_checkpoint(home / "elsewhere", "scbenchmark", GENES, seed=9)
    answer = ugrn("backbones", "add", other, "--name", "mine")
    assert answer.code == 0
    assert "Scores need translators" in answer.err
    assert "none: scores need one" in ugrn("backbones", "show", "mine").out


@pytest.mark.parametrize("sound", [True, False])
def test_weights_put_there_by_hand_do_not_inherit_a_former_models_translators(
    ugrn, tiny, home, sound
):
    folder = shutil.copytree(tiny, home / "backbones" / "mine")
    save_pair(home / "translators" / "mine" / "first", open_backbone(folder))
    assert "first" in ugrn("backbones", "show", "mine").out
    assert ["mine", "yours", "1"] in [x.split()[:3] for x in ugrn("backbones").out.splitlines()]
    shutil.rmtree(folder)
    write_checkpoint(folder, "scbenchmark", GENES, seed=9)
    if not sound:
        (folder / "vocab.json").unlink()
    assert ["mine", "yours", "none"] in [x.split()[:3] for x in ugrn("backbones").out.splitlines()]
    assert "none: scores need one" in ugrn("backbones", "show", "mine").out


def test_a_folder_added_under_a_published_name_has_not_that_ones_licence(ugrn, tiny):
    assert "licence" in ugrn("backbones", "show", "scfoundation").out.casefold()
    published = ugrn("backbones", "show", "tahoe-x1-70m").out
    assert "Apache" in published
    assert ugrn("backbones", "add", tiny, "--name", "tahoe-x1-70m").code == 0
    own = ugrn("backbones", "show", "tahoe-x1-70m").out
    assert "Apache" not in own
    assert str(tiny)[-20:] in own.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("verb", VERBS)
def test_help_explains_every_option(ugrn, verb):
    answer = ugrn(verb, "--help")
    assert answer.code == 0
    assert "Traceback" not in answer.out + answer.err
    assert len(answer.out.split()) > 12


def test_help_lists_the_verbs_and_not_the_internal_one(ugrn):
    answer = ugrn("--help")
    assert answer.code == 0
    for verb in VERBS:
        assert f" {verb} " in answer.out
    assert " job " not in answer.out


def test_as_a_process(tiny, lists, tmp_path):
    environment = os.environ | {"UGRN_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "ugrn_core", "probe", "--backbone", str(tiny)]
    command += ["--panel", str(lists("panel", GENES[:4])), "--sources", str(lists("s", GENES[:1]))]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--grid", "0,1"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "probe.npz").is_file()
    bad = subprocess.run(
        [*command, "--out", str(tmp_path / "other"), "--grid=-9"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("Error: ")
    assert bad.stderr.count("\n") == 1
    assert not (tmp_path / "other").exists()
