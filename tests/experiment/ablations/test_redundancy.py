"""`bench redundancy`: a backbone that is its gene table's cosine is told so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from ugrn_core.experiment.ablations import probe_settings, redundancy
from ugrn_core.probes.gene_table import cosines, product

GENES, SOURCES, WIDTH = 60, 25, 6
SETTINGS = SimpleNamespace(grid=(0.0, 1.0, 2.0, 4.0), baseline=1.0, readout="visible")


def curves(seed: int, left: float = 0.0) -> redundancy.Curves:
    """Responses a_i(v) b_j cos_ij, and beside them `left` x a matrix of its own."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(GENES, WIDTH))
    at, b = np.arange(SOURCES), rng.gamma(3, 1, GENES)
    cosine = np.nan_to_num(cosines.cosines(vectors)[at], nan=5.0)
    a = rng.gamma(3, 1, (SOURCES, 1)) * (np.array(SETTINGS.grid) - SETTINGS.baseline)
    own = rng.normal(size=(SOURCES, GENES)) * b
    straight = np.array(SETTINGS.grid) - SETTINGS.baseline
    responses = a[:, :, None] * b * cosine[:, None] + left * straight[:, None] * own[:, None]
    return redundancy.Curves(responses, 2 * responses / a[:, :1, None], at, vectors, SETTINGS)


def fit(found: redundancy.Curves) -> product.TableProduct:
    return product.table_product(redundancy._turned(found), redundancy._own_cosines(found))


def test_a_product_with_the_cosine_is_all_explained_and_leaves_nothing():
    found = curves(0)
    told = redundancy.shares(found, fit(found))
    assert told["variance explained by a_i(v) b_j cos_ij"] == pytest.approx(1, abs=1e-8)
    assert told["antisymmetric share"] < 0.2  # a_i alone tells the directions apart
    assert told["curvature"] == pytest.approx(0, abs=1e-9)
    by_name = redundancy.scores(found, fit(found))
    assert np.nanmax(np.abs(by_name["residual"])) < 1e-3 * np.nanmax(np.abs(by_name["VVP"]))


def test_the_residual_is_what_the_cosine_does_not_hold():
    found = curves(1, left=0.7)
    with_nothing = curves(1)
    explains = redundancy.shares(found, fit(found))["variance explained by a_i(v) b_j cos_ij"]
    assert explains < 0.9
    rest = redundancy.scores(found, fit(found))["residual"]
    added = (found.responses - with_nothing.responses)[:, -1] / 3
    pair = np.isfinite(rest)
    assert np.corrcoef(rest[pair], added[pair])[0, 1] > 0.8


def test_below_the_baseline_responses_are_turned_round():
    found = curves(2)
    turned = redundancy._turned(found)
    np.testing.assert_allclose(turned[:, 0], -found.responses[:, 0])
    np.testing.assert_allclose(turned[:, 2:], found.responses[:, 2:])


@dataclass
class CosineBackbone:
    """Another backbone whose every response is the gene table's product."""

    of: object

    def __getattr__(self, name):
        return getattr(self.of, name)

    def sweep(self, panel, settings):
        every = np.nan_to_num(cosines.cosines(self.of.gene_embedding(panel)))
        steps = np.array(settings.grid)[:, None] - settings.baseline
        return lambda source: (steps * every[source], np.ones_like(steps) * every[source])


def test_the_table_says_of_known_edges_what_the_cosine_says(backbone, beeline):
    trial = probe_settings.open_trial(backbone, beeline, "hESC", 12, 0)
    got = redundancy.measure(replace(trial, backbone=CosineBackbone(backbone)))
    of = got.set_index(["network", "quantity"])["value"]
    assert of["", "variance explained by a_i(v) b_j cos_ij"] == pytest.approx(1, abs=1e-6)
    assert of["", "correlation of VVP and GDT"] == pytest.approx(1)
    (network,) = set(got["network"]) - {""}
    assert of[network, "AUPRC of VVP"] == pytest.approx(of[network, "AUPRC of centred cosine"])
    assert of[network, "VVP ahead of centred cosine"] == pytest.approx(0, abs=1e-12)
    assert set(got["dataset"]) == {"hESC"}
    judged = got[got["network"] != ""]
    assert (judged["low"] <= judged["value"] + 1e-9).all()
    assert (judged["value"] <= judged["high"] + 1e-9).all()
