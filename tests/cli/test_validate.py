"""`validate`: a report of what was measured, or a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.pretraining.corpora import write_corpus, write_set
from ugrn_core.experiment.pretrain.gene_modules import MODULES
from ugrn_core.experiment.pretrain.masked_genes import METHODS, explained


def test_the_command_measures_a_backbone_it_has_just_made(ugrn, tmp_path):
    folder = write_corpus(tmp_path / "corpus")
    genes = [*MODULES["ribosomal"].split()[:12], *(f"GENE{k}" for k in range(40))]
    rng = np.random.default_rng(5)
    for name in ("one", "two", "three", "four"):
        load = np.repeat(rng.gamma(2, 1, (240, 1)), 12, axis=1)  # the module goes up together
        counts = np.hstack([rng.poisson(3 * load), rng.poisson(1.5, (240, 40))])
        write_set(folder, name, genes, counts)
    index = folder / "index.csv"
    index.write_text(index.read_text() + "four,human,counts,kidney,A study,MIT\n")
    made = tmp_path / "made"
    sets = ("--corpus", folder, "--exclude", "mouse", "--held-out", "three")
    answer = ugrn(
        "pretrain", *sets, "--run", tmp_path / "run", "--out", made, "--steps", 2, "--name", "made"
    )
    assert answer.code == 0, answer.err
    out = tmp_path / "report"
    answer = ugrn("validate", "--backbone", made, *sets, "--out", out, "--batches", 2)
    assert answer.code == 0, answer.err
    rows = pd.read_csv(out / "imputation.csv")
    assert set(rows["set"]) == {"one", "two", "three", "four"}
    assert set(rows["method"]) == set(METHODS)
    r2 = explained(rows, ["cells", "shown"])
    assert (r2["ridge"] > 0).any()
    modules = pd.read_csv(out / "modules.csv")
    assert modules["module"].unique().tolist() == ["ribosomal"]
    assert modules["backbone"].tolist() == ["made", "made-random"]
    text = (out / "validation.md").read_text()
    assert "held-out study" in text
    assert "other tissue" in text
    assert (out / "modules.svg").read_text().startswith("<svg")


def test_a_backbone_on_another_scale_is_told_so(ugrn, tiny, tmp_path):
    folder = write_corpus(tmp_path / "corpus")
    answer = ugrn("validate", "--backbone", tiny, "--corpus", folder, "--out", tmp_path / "x")
    assert answer.code != 0
    assert "log1p of counts per 10,000" in answer.err
    assert "Traceback" not in answer.err


def test_mouse_sets_without_orthologs_are_left_out_in_words(ugrn, tmp_path):
    folder = write_corpus(tmp_path / "corpus")
    out = ("--run", tmp_path / "run", "--out", tmp_path / "made")
    answer = ugrn("pretrain", "--corpus", folder, *out, "--steps", 1)
    assert answer.code == 0, answer.err
    assert "Left out, for want of genes under human symbols: mouse." in " ".join(answer.err.split())
