"""PIDC against its authors' own results and its definition, triple by triple; and a chain that it
should see through."""

from __future__ import annotations

from collections import Counter
from math import log2
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from ugrn_core.classical.pidc import PIDC, blocks, confidence, unique_contributions
from ugrn_core.types import Expression, ReferenceNetwork

AUTHORS = Path(__file__).parent / "network_inference"  # values that come with NetworkInference.jl


def yeast() -> tuple[tuple[str, ...], np.ndarray]:
    """Genes, and their values in 140 samples."""
    lines = [line.split() for line in (AUTHORS / "yeast1_10.txt").read_text().splitlines()]
    return tuple(line[0] for line in lines), np.array([line[1:] for line in lines], dtype=float)


def published(name: str, genes: tuple[str, ...]) -> np.ndarray:
    out = np.zeros((len(genes), len(genes)))
    for line in (AUTHORS / name).read_text().splitlines():
        one, two, value = line.split()
        out[genes.index(one), genes.index(two)] = out[genes.index(two), genes.index(one)] = value
    return out


def test_values_are_those_of_the_authors_own_code():
    genes, values = yeast()
    contributions, _ = unique_contributions([blocks(row) for row in values])
    off = ~np.eye(len(genes), dtype=bool)
    wanted = published("puc.txt", genes)
    np.testing.assert_allclose(contributions[off], wanted[off], rtol=1e-10)
    names = tuple(f"c{k}" for k in range(values.shape[1]))
    network = ReferenceNetwork("none", "yeast", genes, np.arange(10), np.zeros((0, 2), np.int64))
    scores = PIDC()(Expression("yeast", genes, names, values, "none"), network)
    np.testing.assert_allclose(scores, published("pidc.txt", genes), rtol=1e-9, atol=1e-12)


def specific(x, y) -> dict:
    """I(X = state; Y) in bits, by counting."""
    n, of_x, of_y, both = len(x), Counter(x), Counter(y), Counter(zip(x, y))
    out = dict.fromkeys(of_x, 0.0)
    for (a, b), count in both.items():
        out[a] += count / of_x[a] * log2(count * n / (of_x[a] * of_y[b]))
    return out


def by_triples(codes) -> np.ndarray:
    """The proportional unique contribution, as the paper defines it."""
    count, n = len(codes), len(codes[0])
    out = np.zeros((count, count))
    for x in range(count):
        p = {a: k / n for a, k in Counter(codes[x]).items()}
        told = [specific(codes[x], codes[y]) for y in range(count)]
        for y in range(count):
            if y == x:
                continue
            whole = sum(p[a] * told[y][a] for a in p)
            for z in range(count):
                if z in (x, y) or whole <= 1e-12:
                    continue
                redundant = sum(p[a] * min(told[y][a], told[z][a]) for a in p)
                out[x, y] += (whole - redundant) / whole
    return out + out.T


def test_contributions_are_those_of_every_triple():
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, k, 60) for k in (2, 3, 4, 2, 5, 3)]
    codes[1] = (codes[0] + (rng.random(60) < 0.2)) % 2
    contributions, information = unique_contributions(codes)
    expected = by_triples([c.tolist() for c in codes])
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(contributions[off], expected[off], atol=1e-9)
    in_bits = mutual_info_score(codes[0], codes[1]) / np.log(2)
    assert information[0, 1] == pytest.approx(in_bits)


def chain(cells: int) -> Expression:
    """A drives B, B drives C; D to H are nobody's. A and C correlate, and are no pair."""
    rng = np.random.default_rng(1)
    a = rng.normal(size=cells)
    b = a + 0.4 * rng.normal(size=cells)
    c = b + 0.4 * rng.normal(size=cells)
    values = np.array([a, b, c, *rng.normal(size=(5, cells))], dtype=np.float32)
    names = tuple(f"c{k}" for k in range(cells))
    return Expression("chain", tuple("ABCDEFGH"), names, values, "none")


def test_a_chain_is_seen_link_by_link():
    none = np.zeros((0, 2), dtype=np.int64)
    network = ReferenceNetwork("none", "chain", tuple("ABCDEFGH"), np.arange(8), none)
    scores = PIDC()(chain(500), network)
    np.testing.assert_allclose(scores, scores.T)
    assert scores.max() <= 2
    assert min(scores[0, 1], scores[1, 2]) > scores[0, 2] > scores[:3, 3:].max()


def test_blocks_follow_the_density():
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.uniform(0, 1, 300), rng.uniform(5, 6, 300)])
    states = blocks(values)
    assert len(np.unique(states)) == 3  # dense, empty but for its edges, dense
    assert len(np.unique(states[:290])) <= 2
    assert blocks(np.ones(10)).max() == 0
    assert (np.diff(states[np.argsort(values)]) >= 0).all()


def test_genes_that_tell_nothing_score_nothing():
    codes = [np.array([0, 1] * 30), np.zeros(60, dtype=int), np.array([0, 0, 1, 1] * 15)]
    scores = confidence(*unique_contributions(codes))
    assert (scores[1] == 0).all()
    assert (np.diag(scores) == 0).all()
