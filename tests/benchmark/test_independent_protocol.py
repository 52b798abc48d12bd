"""The protocol written a second time, from its description alone, against the product's numbers.

Nothing of ugrn_core is used but what is under test: files are read with csv, pairs are tuples of
symbols, metrics are scikit-learn's, negatives are drawn by other means.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from tests.conftest import ROOT
from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import judge
from ugrn_core.types import ReferenceNetwork

FOLDERS = {
    "STRING": "STRING Dataset",
    "Non-Specific ChIP-seq": "Non-Specific Dataset",
    "Cell-type-specific ChIP-seq": "Specific Dataset",
    "LOF/GOF": "Lofgof Dataset",
}
ONLY_LABELLED = ("Cell-type-specific ChIP-seq", "LOF/GOF")
HUMAN = [("hHEP", n) for n in FOLDERS if n != "LOF/GOF"]
SOME = [
    *(*HUMAN, ("mHSC-E", "STRING"), ("mESC", "LOF/GOF")),
    ("mHSC-L", "Cell-type-specific ChIP-seq"),
]


@dataclass(frozen=True)
class Cell:
    dataset: str
    network: str
    genes: list[str]
    factors: list[str]
    edges: set[tuple[str, str]]

    def candidates(self, known: set[str]) -> list[tuple[str, str]]:
        """(factor, gene), no gene with itself; measured factors only where few were measured."""
        factors = self.factors
        if self.network in ONLY_LABELLED:
            factors = sorted({a for a, _ in self.edges})
        return [(a, b) for a in factors for b in self.genes if a != b and {a, b} <= known]


def read_cell(data, dataset: str, network: str) -> Cell:
    folder = data / "beeline" / "genelink" / FOLDERS[network] / dataset / "TFs+500"

    def column(name: str, *keys: str) -> list:
        with (folder / name).open() as file:
            return [tuple(row[k] for k in keys) for row in csv.DictReader(file)]

    edges = set(column("BL--network.csv", "Gene1", "Gene2"))
    genes = [g for (g,) in column("Target.csv", "Gene")]
    factors = {f for (f,) in column("TF.csv", "TF")} | {a for a, _ in edges}
    return Cell(dataset, network, genes, sorted(factors), {e for e in edges if e[0] != e[1]})


def pearson(data, cell: Cell) -> dict[tuple[str, str], float]:
    """Of the pairs both measured; the files spell C9orf72 with and without capitals."""
    with gzip.open(data / "beeline" / "expression" / f"{cell.dataset}.csv.gz", "rt") as file:
        lines = {line[0].casefold(): line[1:] for line in list(csv.reader(file))[1:]}
    names = [g for g in cell.genes if g.casefold() in lines]
    values = np.array([lines[g.casefold()] for g in names], dtype=np.float32)
    r = np.corrcoef(values.astype(np.float64)).round(
        12
    )  # equal ones tie, whatever was summed first
    return {(a, b): r[i, j] for i, a in enumerate(names) for j, b in enumerate(names)}


def degrees(cell: Cell, of: Cell | None = None) -> dict[tuple[str, str], float]:
    """Product of the degrees in `cell` itself, or of one more than those in another network."""
    out, into = (Counter(e[k] for e in (of or cell).edges) for k in (0, 1))
    pairs = ((a, b) for a in cell.factors for b in cell.genes)
    if of is None:
        return {(a, b): out[a] * into[b] for a, b in pairs}
    return {(a, b): (1 + out[a]) * (1 + into[b]) for a, b in pairs}


def numbers(labels: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    k = int(labels.sum())
    early = labels[scores >= np.sort(scores)[::-1][k - 1]].mean()
    return {
        "auprc": average_precision_score(labels, scores),
        "auroc": roc_auc_score(labels, scores),
        "early_precision": early,
        "epr": early / labels.mean(),
        "prevalence": labels.mean(),
    }


def uniform(cell: Cell, pairs: list, rng) -> list[tuple[str, str]]:
    free = [p for p in pairs if p not in cell.edges]
    return [free[k] for k in rng.choice(len(free), sum(p in cell.edges for p in pairs), False)]


def swapped(cell: Cell, pairs: list, rng) -> tuple[list, list]:
    """Edges and as many non-edges of the same genes, by swapping targets between edges at random;
    what still is an edge in the end is left out on both sides."""
    allowed = set(pairs) - cell.edges
    edges = [p for p in pairs if p in cell.edges]
    targets = [edges[k][1] for k in rng.permutation(len(edges))]
    taken = Counter((a, b) for (a, _), b in zip(edges, targets))

    def fine(pair) -> bool:
        return pair in allowed and taken[pair] == 0

    for _ in range(60):
        for s, (a, _) in enumerate(edges):
            if (a, targets[s]) in allowed and taken[(a, targets[s])] == 1:
                continue
            o = int(rng.integers(len(edges)))
            c, new = edges[o][0], [(a, targets[o]), (edges[o][0], targets[s])]
            if o != s and new[0] != new[1] and all(map(fine, new)):
                taken.subtract([(a, targets[s]), (c, targets[o])])
                taken.update(new)
                targets[s], targets[o] = targets[o], targets[s]
    pairs = [(a, b) for (a, _), b in zip(edges, targets)]
    good = [s for s, pair in enumerate(pairs) if pair in allowed and taken[pair] == 1]
    return [edges[s] for s in good], [(edges[s][0], targets[s]) for s in good]


def on(positives: list, negatives: list, scores: dict, floor: float) -> dict[str, float]:
    labels = np.repeat([True, False], [len(positives), len(negatives)])
    return numbers(labels, np.array([scores.get(p, floor) for p in (*positives, *negatives)]))


def in_arrays(cell: Cell) -> ReferenceNetwork:
    at = {g: k for k, g in enumerate(cell.genes)}
    regulators = np.array(sorted(at[f] for f in cell.factors))
    edges = np.array(sorted((at[a], at[b]) for a, b in cell.edges))
    return ReferenceNetwork(cell.network, cell.dataset, tuple(cell.genes), regulators, edges)


def as_array(network: ReferenceNetwork, scores: dict) -> np.ndarray:
    names = [network.genes[k] for k in network.regulators]
    return np.array([[scores.get((a, b), np.nan) for b in network.genes] for a in names])


@pytest.mark.parametrize(("dataset", "network"), SOME)
@pytest.mark.parametrize("kind", ["Pearson", "popularity"])
def test_every_unlabelled_pair_a_negative(shared_data, dataset, network, kind):
    cell = read_cell(shared_data, dataset, network)
    scores = pearson(shared_data, cell) if kind == "Pearson" else degrees(cell)
    known = evaluation_set(in_arrays(cell), Protocol("full", replicates=0))
    row = judge(known, as_array(known.network, scores))
    pairs = cell.candidates(set(cell.genes))
    labels = np.array([p in cell.edges for p in pairs])
    expected = numbers(labels, np.array([scores.get(p, -9.0) for p in pairs]))
    assert (row["n_candidates"], row["n_positives"]) == (len(pairs), labels.sum())
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, abs=1e-9), name


@pytest.mark.parametrize(("sampling", "tolerance"), [("paper", 0.01), ("matched", 0.03)])
def test_balanced_samplings(shared_data, sampling, tolerance):
    """Another sampler's negatives give about the same numbers (its matching is coarser)."""
    cell = read_cell(shared_data, "mHSC-E", "STRING")
    pairs, rng = cell.candidates(set(cell.genes)), np.random.default_rng(3)
    edges = [p for p in pairs if p in cell.edges]
    test = evaluation_set(in_arrays(cell), Protocol(sampling, replicates=0))
    drawn = [
        (edges, uniform(cell, pairs, rng)) if sampling == "paper" else swapped(cell, pairs, rng)
        for _ in range(3)
    ]
    scores = {"Pearson": pearson(shared_data, cell)}
    if sampling == "paper":
        scores["popularity"] = degrees(cell)
    for name, score in scores.items():
        row = judge(test, as_array(test.network, score))
        found = np.mean([on(*d, score, -9.0)["auprc"] for d in drawn])
        assert row["prevalence"] == 0.5
        assert row["auprc"] == pytest.approx(found, abs=tolerance), name


@pytest.mark.parametrize(("dataset", "network"), SOME)
def test_matched_negatives_hold_every_gene_as_often_as_the_edges_do(shared_data, dataset, network):
    cell = read_cell(shared_data, dataset, network)
    test = evaluation_set(in_arrays(cell), Protocol("matched"))
    allowed = set(cell.candidates(set(cell.genes)))
    for sample in test.samples:
        names = [test.network.genes[k] for k in test.network.regulators[sample.rows]]
        drawn = list(zip(names, (test.network.genes[k] for k in sample.columns), sample.labels))
        edges = [(a, b) for a, b, label in drawn if label]
        others = [(a, b) for a, b, label in drawn if not label]
        assert set(edges) <= cell.edges
        assert set(others) <= allowed - cell.edges
        assert len(set(edges)) + sample.n_dropped == len(cell.edges)
        assert len(set(others)) == len(edges)
        for side in (0, 1):
            assert Counter(p[side] for p in edges) == Counter(p[side] for p in others)
        assert abs(on(edges, others, degrees(cell), 0)["auprc"] - 0.5) < 0.04


@pytest.mark.parametrize(("dataset", "network"), HUMAN)
def test_the_shipped_table_holds_these_numbers(shared_data, dataset, network):
    """Pairs and numbers of the shipped `full` rows that no backbone makes, from the files alone."""
    table = pd.read_parquet(ROOT / "assets" / "results" / "benchmark.parquet")
    cell, source = (read_cell(shared_data, d, network) for d in (dataset, "hESC"))
    vocabulary = json.loads((ROOT / "assets/backbones/ugrn-base/vocab.json").read_text())
    pairs = cell.candidates(set(cell.genes) & set(vocabulary))
    labels = np.array([p in cell.edges for p in pairs])
    scores = {
        "Pearson": pearson(shared_data, cell),
        "popularity oracle": degrees(cell),
        "source degree": degrees(cell, source),
    }
    rows = table.query("sampling == 'full' and genes == 'all' and source == 'hESC'")
    rows = rows[(rows["dataset"] == dataset) & (rows["network"] == network)].set_index("probe")
    for probe, score in scores.items():
        assert rows.loc[probe, "n_candidates"] == len(pairs)
        for name, value in numbers(labels, np.array([score.get(p, -9.0) for p in pairs])).items():
            assert rows.loc[probe, name] == pytest.approx(value, abs=1e-6), (probe, name)
