"""Controls that need no backbone, the source split, and the table on disk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.benchmark.evaluating import evaluate
from ugrn_core.benchmark.candidates import candidates
from ugrn_core.benchmark.controls import popularity, source_degree_transfer, target_is_tf
from ugrn_core.benchmark.evaluation_set import Protocol
from ugrn_core.benchmark.results_table import read_results, write_results
from ugrn_core.benchmark.splits import source_split
from ugrn_core.errors import InputError, MissingDataError, OptionError, TableError


def test_popularity_counts_edges_of_the_test_network(tiny):
    assert popularity(tiny).tolist() == [[2, 0, 4, 0, 0], [1, 0, 2, 0, 0]]
    assert popularity(tiny, "sum")[0].tolist() == [3, 2, 4, 2, 2]
    assert (np.argsort(popularity(tiny, "odds")[0], kind="stable")[-2:] == [0, 2]).all()
    with pytest.raises(OptionError, match="product, sum, odds"):
        popularity(tiny, "rank")


def test_source_degree_transfer_joins_by_symbol_and_reads_no_target_label(tiny):
    target = replace(
        tiny, genes=("c", "X", "B", "A"), regulators=np.array([2, 1]), edges=np.array([[2, 0]])
    )
    scores = source_degree_transfer([tiny], target)
    assert scores.tolist() == [[9, 3, 3, 6], [3, 1, 1, 2]]
    other = replace(target, edges=np.array([[1, 3], [2, 3]]))
    assert (source_degree_transfer([tiny], other) == scores).all()
    assert (source_degree_transfer([tiny, tiny], target) == scores**2).all()


def test_target_is_tf(tiny):
    assert target_is_tf(tiny)[0].tolist() == [1, 1, 0, 0, 0]
    assert target_is_tf(tiny, {"d"}).tolist() == [[0, 0, 0, 1, 0]] * 2


@pytest.mark.parametrize("sampling", ["paper", "matched"])
def test_split_holds_out_whole_regulators_and_names_every_gene_used(toy, sampling):
    network = toy()
    split = source_split(network, np.random.default_rng(0), 0.2, sampling)
    training, validation = split.training, split.validation
    assert not set(training.rows) & set(validation.rows)
    share = validation.labels.sum() / (training.labels.sum() + validation.labels.sum())
    assert 0 < share <= 0.25
    for part in (training, validation):
        known = candidates(network).positives[part.rows, part.columns]
        assert (known == part.labels).all()
        used = {network.genes[k] for k in (*network.regulators[part.rows], *part.columns)}
        assert used <= split.training_genes
    again = source_split(network, np.random.default_rng(0), 0.2, sampling)
    assert (again.training.columns == training.columns).all()


def test_split_leaves_unscoreable_genes_alone_and_refuses_too_little(toy, tiny):
    network = toy()
    split = source_split(network, np.random.default_rng(0), scoreable=network.genes[:40])
    assert split.training_genes <= set(network.genes[:40])
    with pytest.raises(InputError, match="at least two"):
        source_split(tiny, np.random.default_rng(0), scoreable=["B", "C"])


def test_results_come_back_with_their_provenance(toy, tmp_path):
    network = toy()
    scores = np.random.default_rng(0).normal(size=(20, 60))
    rows = evaluate(network, scores, Protocol("paper", replicates=20), unseen_of=network.genes)
    rows = [{"probe": "GDT", **row} for row in rows]
    path = write_results(rows, tmp_path / "new" / "results.parquet", {"command": "x", "seed": 1})
    table, provenance = read_results(path)
    assert provenance == {"command": "x", "seed": 1}
    later = write_results(rows, tmp_path / "later.parquet", {"format": 2})
    with pytest.raises(TableError, match="another version of UGRN"):
        read_results(later)
    assert table["auprc"][0] == rows[0]["auprc"]
    assert table["reason"].tolist() == [rows[0]["reason"], rows[1]["reason"]]
    assert np.isnan(table["auprc"][1])
    assert [p.name for p in path.parent.iterdir()] == ["results.parquet"]


def test_failed_write_leaves_the_old_table_and_no_scrap(tmp_path):
    row = dict.fromkeys(("dataset", "network", "sampling", "genes", "reason"), "x")
    path = write_results([row | {"auprc": 0.5}], tmp_path / "r.parquet", {})
    before = path.read_bytes()
    with pytest.raises(InputError, match="lacks auprc"):
        write_results([row], path, {})
    with pytest.raises(InputError, match="no results"):
        write_results([], path, {})
    with pytest.raises(TypeError):
        write_results([row | {"auprc": 0.1}], path, {"bad": object()})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["r.parquet"]


def test_other_files_are_no_results(tmp_path):
    with pytest.raises(MissingDataError, match="no results table"):
        read_results(tmp_path / "absent.parquet")
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(TableError, match="no Parquet table"):
        read_results(tmp_path / "a.parquet")
