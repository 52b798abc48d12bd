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


def test_metacells_profiles_and_signatures_go_into_a_backbone_and_its_validation(ugrn, tmp_path):
    folder = write_corpus(tmp_path / "corpus")
    rng = np.random.default_rng(5)
    genes = [f"GENE{k}" for k in range(40)]
    write_set(folder, "four", genes, rng.poisson(rng.gamma(1, 2, (400, 40))))
    write_set(folder, "p_1", genes, rng.poisson(3, (4, 40)))
    write_set(folder, "p_2", genes, rng.poisson(3, (5, 40)))
    index = folder / "index.csv"
    rows = [r.replace("licence", "licence,modality") for r in index.read_text().splitlines()[:1]]
    rows += [f"{r},scRNA-seq" for r in index.read_text().splitlines()[1:]]
    rows += ["four,human,counts,kidney,A study,MIT,scRNA-seq"]
    rows += [f"p_{k},human,counts,all,An atlas,MIT,scRNA-seq profiles" for k in (1, 2)]
    index.write_text("\n".join(rows) + "\n")
    responses = tmp_path / "responses.npz"
    np.savez(responses, x=rng.normal(size=(40, 3)), genes=np.array(genes), cols=np.array(["a"] * 3))
    made = tmp_path / "made"
    sets = ("--corpus", folder, "--exclude", "mouse", "--held-out", "three")
    merge = ("--merge", "atlas=p_*")
    how = ("--metacells", "--signatures", responses, "--sets-per-step", 2, "--decay", 0.1)
    asked = ("--run", tmp_path / "run", "--out", made, "--steps", 1, "--cells", 6)
    answer = ugrn("pretrain", *sets, *merge, *how, *asked, "--name", "made")
    assert answer.code == 0, answer.err
    assert "Left out" not in answer.err
    card = (made / "README.md").read_text()
    assert "Metacells: means of 6 to 30 near cells" in card
    assert "| atlas | human | all | 9 |" in card
    answer = ugrn("pretrain", *sets, *merge, *how[1:], *asked)
    assert answer.code != 0
    assert "--signatures is read with --metacells" in answer.err
    out = tmp_path / "report"
    answer = ugrn(
        "validate", "--backbone", made, *sets, *merge, "--metacells", "--out", out, "--batches", 1
    )
    assert answer.code == 0, answer.err
    rows = pd.read_csv(out / "imputation.csv")
    assert set(rows["set"]) == {"three", "four"}


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
