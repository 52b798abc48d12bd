"""`bench probes`: refuses before the work; the table itself is tested in tests/backbones."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from tests.experiment.conftest import write_cell
from tests.pretraining.corpora import GENES, write_corpus
from tests.probes.checkpoints import write_checkpoint
from ugrn_core.__main__ import main


def test_a_table_that_cannot_be_written_is_refused_first(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        "ugrn_core.backbones.timing.bench.probe_bench", lambda *_, **__: pytest.fail("it ran")
    )
    out = tmp_path / "file" / "bench.md"
    out.parent.write_text("a file, not a folder")
    monkeypatch.setattr(sys, "argv", ["ugrn", "bench", "probes", "--out", str(out)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["settings", "redundancy", "vectors", "recipes"])
def test_a_misspelled_data_set_is_a_sentence_with_its_near_matches(
    verb, tmp_path, monkeypatch, capsys
):
    write_cell(tmp_path / "data", "hESC", GENES, seed=0)
    corpus = write_corpus(tmp_path / "corpus")
    tiny = write_checkpoint(tmp_path / "tiny", "scbenchmark", GENES)
    given = {
        "settings": ("--backbone", tiny),
        "redundancy": ("--backbone", tiny),
        "vectors": ("--corpus", corpus),
        "recipes": ("--corpus", corpus, "--run", tmp_path / "run"),
    }[verb]
    words = ["ugrn", "bench", verb, "--data", tmp_path / "data", "--out", tmp_path / "out.csv"]
    monkeypatch.setattr(sys, "argv", [*map(str, (*words, *given)), "--dataset", "hESCC"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "Did you mean hESC?" in capsys.readouterr().err


def test_what_was_asked_for_reaches_the_bench(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "ugrn_core.backbones.timing.bench.probe_bench", lambda *given, report: asked.append(given)
    )
    out = tmp_path / "bench.md"
    words = ["ugrn", "bench", "probes", "--out", str(out), "--quick", "--rounds", "2"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    assert asked == [(out, True, 2)]


def test_redundancy_writes_a_row_for_each_quantity(ugrn, tmp_path):
    write_cell(tmp_path / "data", "hESC", GENES, seed=0)
    tiny = write_checkpoint(tmp_path / "tiny", "scbenchmark", GENES)
    out = tmp_path / "redundancy.csv"
    what = ("--backbone", tiny, "--data", tmp_path / "data", "--dataset", "hESC")
    answer = ugrn("bench", "redundancy", *what, "--readout", "masked", "--out", out)
    assert answer.code == 0, answer.err
    rows = pd.read_csv(out, keep_default_na=False)
    assert set(rows["readout"]) == {"masked"}
    assert {"antisymmetric share", "AUPRC of residual", "residual ahead of centred cosine"} <= set(
        rows["quantity"]
    )
