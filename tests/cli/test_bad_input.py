"""Bad input: exit code 2, one sentence, no traceback, nothing half-written."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.cli.conftest import GENES
from ugrn_core.commands import network
from ugrn_core.errors import Cancelled
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs.network import NetworkRequest


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = str(target)

    def __reduce__(self):
        return (os.mkdir, (self.target,))


@pytest.fixture
def refused(ugrn, tiny, lists, tmp_path):
    """Call `probe` with one thing changed; it must refuse and leave nothing behind."""

    def call(*words: str, verb: str = "probe", more=(), **change: object) -> str:
        given = {"backbone": tiny, "panel": lists("panel", GENES[:5])}
        if verb == "probe":
            given |= {"sources": lists("sources", GENES[:2]), "out": tmp_path / "made" / "out"}
        given |= change
        before = {p for p in tmp_path.rglob("*") if "home" not in p.parts}
        options = [part for k, v in given.items() for part in (f"--{k}", v)]
        answer = ugrn(verb, *options, *more)
        assert answer.code == 2, answer.err
        assert answer.out == ""
        assert "Traceback" not in answer.err
        lines = [line for line in answer.err.splitlines() if line.strip()]
        assert len(lines) == 1, answer.err
        assert lines[0].startswith("Error: ")
        assert len(lines[0]) < 700
        for word in words:
            assert word in lines[0]
        assert {p for p in tmp_path.rglob("*") if "home" not in p.parts} == before
        return lines[0]

    return call


def test_folders_that_are_no_checkpoint(refused, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(backbone=empty)
    refused("no backbone named", backbone="nobody")
    refused("no folder", backbone=tmp_path / "absent")
    (empty / "args.json").write_text("{}")
    (empty / "vocab.json").write_text("[]")
    refused(backbone=empty)


@pytest.mark.parametrize("keep", [0, 1, 100, -200])
def test_truncated_weights(refused, tiny, tmp_path, keep):
    folder = shutil.copytree(tiny, tmp_path / "cut")
    weights = folder / "best_model.pt"
    weights.write_bytes(weights.read_bytes()[:keep])
    refused("best_model.pt", backbone=folder)


def test_a_pickle_that_tries_to_run_code_runs_none(refused, tiny, tmp_path):
    folder = shutil.copytree(tiny, tmp_path / "evil")
    (folder / "best_model.pt").write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    refused(backbone=folder)
    assert not (tmp_path / "exploded").exists()


def test_panels_that_cannot_be_probed(refused, lists):
    refused("names no gene", panel=lists("none", []))
    refused("at least two genes", panel=lists("one", GENES[:1]))
    refused("1 can be used", "named before", panel=lists("twice", ["SPI1", "SPI1"]))
    refused("1 can be used", "did you mean GATA1", panel=lists("odd", ["SPI1", "GATA11"]))
    refused("same gene as GATA1", panel=lists("case", ["GATA1", "gata1"]))
    refused("words, not a symbol", panel=lists("markup", ["GATA1", "<img src=x>"]))
    refused("not text", panel=lists("escape", ["GATA1", "\x1b[31m"]))


def test_one_bad_entry_refuses_a_list_only_where_all_must_be_used(
    refused, ugrn, tiny, lists, tmp_path
):
    odd = lists("odd", [*GENES[:5], "GATA11", "T cell", "gata1"])
    refused("--strict: 3 entries", "GATA11: not in the vocabulary", more=("--strict",), panel=odd)
    sources = lists("sources", GENES[:2])
    given = "probe", "--backbone", tiny, "--panel", odd, "--sources", sources
    answer = ugrn(*given, "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    said = " ".join(answer.err.split())
    assert "left out GATA11: not in the vocabulary of tiny; did you mean GATA1" in said
    assert "left out T cell: words, not a symbol" in said
    assert "8 given = 5 used + 1 the same gene twice + 1 unknown + 1 no gene" in said


def test_files_that_cannot_be_read(refused, tmp_path):
    table = tmp_path / "table.csv"
    table.write_bytes(b"\xff\xfe\x00\x01,,\x80")
    refused("is not whole UTF-16", panel=table)
    table.write_bytes(bytes(range(32)) * 9)
    refused("is not text", panel=table)
    refused("No such file", panel=tmp_path / "absent.txt")
    refused("No such file", sources=tmp_path / "absent.txt")
    refused("directory", sources=tmp_path)


def test_sources_outside_the_panel(refused, lists):
    refused("None of the 1 sources", "not a gene of the panel", sources=lists("far", [GENES[9]]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--grid", "0,99999"), ("99999",)),
        (("--grid", "-5,1"), ("-5",)),
        (("--grid", "nan"), ("finite",)),
        (("--grid", "1,1"), ("once",)),
        (("--grid", "a,b"), ("--grid takes numbers", "'a'")),
        (("--grid", ""), ("at least one",)),
        (("--baseline", "-3"), ("-3",)),
        (("--baseline", "inf"), ("finite",)),
        (("--cls", "-2"), ("<cls> value", "-2")),
        (("--cls", "two"), ("--cls (or none) takes numbers", "'two'")),
        (("--cls", ""), ("--cls",)),
        (("--cls", "nan"), ("<cls>",)),
        (("--readout", "generative"), ("readout",)),
        (("--readout", "loud"), ("readout", "loud")),
        (("--dtype", "float16"), ("float32 or float64",)),
    ],
)
def test_options_the_backbone_does_not_offer(refused, options, words):
    refused(*words, more=options)


def test_places_that_cannot_be_written(refused, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    refused("Cannot write", out=file)
    refused("Cannot write", out=file / "below")


def test_the_network_command_refuses_before_it_computes(refused, lists, tmp_path, monkeypatch):
    monkeypatch.setattr(probing, "curve_tensors", None)  # reached only by computing
    to = {"verb": "network", "out": tmp_path / "edges.tsv"}
    refused("its format", verb="network", out=tmp_path / "edges.docx")
    refused("does not exist", verb="network", out=tmp_path / "absent" / "edges.tsv")
    refused("None of the 1 regulators", regulators=lists("far", [GENES[9]]), **to)
    refused("no translator named", translator="nobody", **to)
    refused("--regulators FILE", panel=lists("plain", ["HBB", "HBA1"]), **to)


@pytest.mark.parametrize("ending", [".grn.h5ad", ".rankedEdges.csv", ".adjacencies.tsv"])
def test_a_table_of_probabilities_is_refused_before_it_computes_where_there_are_none(
    refused, tmp_path, monkeypatch, ending
):
    monkeypatch.setattr(NetworkRequest, "compute", None)  # reached only by computing
    refused("no translator", "with .tsv", verb="network", out=tmp_path / f"edges{ending}")


def test_a_table_that_is_too_long_for_its_format_is_refused_before_it_computes(
    refused, tmp_path, monkeypatch
):
    monkeypatch.setattr(NetworkRequest, "compute", None)
    short = replace(network.FORMATS["xlsx"], most_rows=19)
    monkeypatch.setattr(network, "FORMATS", {"xlsx": short})
    refused("holds 19 edges", "gives 20", verb="network", out=tmp_path / "edges.xlsx")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/d/x"),
            2,
            "No space left on device '/d/x'",
        ),
        (PermissionError(errno.EACCES, "Permission denied"), 2, "Permission denied"),
        (Cancelled("Stopped."), 1, "Stopped."),
    ],
)
def test_errors_nobody_foresaw_are_a_sentence_too(ugrn, monkeypatch, error, code, words):
    def fail(name):
        raise error

    monkeypatch.setattr(network, "open_backbone", fail)
    answer = ugrn("network", "--backbone", "x", "--panel", "x", "--out", "x.tsv")
    assert answer.code == code
    assert answer.err.startswith("Error: ")
    assert words in answer.err
    assert answer.err.count("\n") == 1


def test_ctrl_c_is_quiet(ugrn, monkeypatch):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(network, "open_backbone", interrupted)
    answer = ugrn("network", "--backbone", "x", "--panel", "x", "--out", "x.tsv")
    assert (answer.code, answer.out, answer.err) == (130, "", "")


def test_a_message_cannot_paint_the_terminal(ugrn):
    answer = ugrn("network", "--backbone", "a\x1b[31m\nb", "--panel", "x", "--out", "x.tsv")
    assert answer.code == 2
    assert answer.err.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    "arguments", [("probe",), ("prob",), ("probe", "--nonsense"), ("network", "--top", "0")]
)
def test_wrong_usage_is_code_2_and_points_to_help(ugrn, arguments):
    answer = ugrn(*arguments)
    assert answer.code == 2
    assert "--help" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "words", [("benchmark",), ("bench", "settings"), ("bench", "vectors"), ("bench", "recipes")]
)
def test_data_that_nobody_named_or_fetched_is_a_sentence(ugrn, tiny, tmp_path, monkeypatch, words):
    monkeypatch.delenv("UGRN_BEELINE", raising=False)
    options = ("--out", tmp_path / ("r.parquet" if words == ("benchmark",) else "r.csv"))
    if words[-1] in ("benchmark", "settings"):
        options += ("--backbone", tiny)
    else:
        options += ("--corpus", tmp_path)
    options += ("--run", tmp_path / "run") if words[-1] == "recipes" else ()
    answer = ugrn(*words, *options)
    assert answer.code == 2
    assert "--data or UGRN_BEELINE" in answer.err


def test_a_benchmark_without_data(ugrn, tiny, tmp_path):
    for data in (tmp_path / "absent", tmp_path):
        answer = ugrn(
            "benchmark", "--data", data, "--backbone", tiny, "--out", tmp_path / "r.parquet"
        )
        assert answer.code == 2
        assert answer.err.count("\n") == 1
    assert answer.out == ""
    assert not (tmp_path / "r.parquet").exists()


@pytest.mark.parametrize("share", ["nan", "inf", "-inf", "1e308", "0", "-0.5", "1.0001"])
def test_a_screen_that_is_no_share(refused, tmp_path, share):
    refused("--screen takes", verb="network", screen=share, out=tmp_path / "edges.tsv")


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_number_that_is_none(refused, value):
    refused("--baseline takes a finite number", baseline=value)


def test_weights_without_values_are_refused_by_name(refused, tiny, tmp_path):
    folder = tmp_path / "meta"
    shutil.copytree(tiny, folder)
    state = torch.load(tiny / "best_model.pt", weights_only=True)
    name = sorted(state)[0]
    for odd in (state[name].to("meta"), state[name].to_sparse()):
        torch.save({**state, name: odd}, folder / "best_model.pt")
        refused(name.rpartition(".")[2], "no plain numbers", backbone=folder)


def test_memory_that_runs_out_is_a_sentence(ugrn, tiny, lists, tmp_path, monkeypatch):
    def out_of_memory(*_, **__):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 1 GiB")

    monkeypatch.setattr(probing, "request", out_of_memory)
    given = {"backbone": tiny, "panel": lists("panel", GENES[:5])}
    given |= {"sources": lists("sources", GENES[:2]), "out": tmp_path / "out"}
    answer = ugrn("probe", *(part for k, v in given.items() for part in (f"--{k}", v)))
    assert answer.code == 1
    assert answer.err.startswith("Error: Memory ran out.")
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("kilobytes", "words"),
    [(120_000, "network --help"), (260_000, "backbones list"), (700_000, "network --panel x")],
)
def test_too_little_memory_to_begin_is_a_sentence(kilobytes, words):
    line = f"ulimit -v {kilobytes}; exec {sys.executable} -m ugrn_core {words}"
    # One thread: OpenBLAS ends the process itself, in its own words, where it cannot begin more.
    one = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(["sh", "-c", line], env=one, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Memory ran out.")
    assert done.stderr.count("\n") == 1
