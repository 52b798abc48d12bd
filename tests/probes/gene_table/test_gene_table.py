"""The gene table's own scores, and what of responses its cosines explain: answers by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.errors import InputError
from ugrn_core.probes.gene_table import cosines as table
from ugrn_core.probes.gene_table import product

SCORES = (table.less_crowding, table.shared_neighbours)


def test_cosines_by_hand():
    got = table.cosines(np.array([[1.0, 0], [1, 1], [0, 0], [-2, 0]]))
    root = np.sqrt(0.5)
    expected = [[np.nan, root, 0, -1], [root, np.nan, 0, -root], [0, 0, np.nan, 0]]
    np.testing.assert_allclose(got[:3], expected, atol=1e-12)
    with pytest.raises(InputError, match="finite"):
        table.cosines(np.array([[np.nan, 1.0]]))


def test_centring_takes_all_of_an_additive_score_whatever_is_missing():
    rng = np.random.default_rng(0)
    score = rng.normal(size=(20, 1)) + rng.normal(size=(1, 30))
    score[rng.random(score.shape) < 0.3] = np.nan
    got = table.centred(score)
    assert np.array_equal(np.isnan(got), np.isnan(score))
    assert np.nanmax(np.abs(got)) < 1e-6
    inner = table.centred(score + rng.normal(size=score.shape))
    for axis in (0, 1):
        assert np.abs(np.nanmean(inner, axis=axis)).max() < 1e-6


def test_csls_takes_from_genes_that_are_near_to_everything():
    vectors = np.linalg.cholesky([[1, 0.5, 0.4], [0.5, 1, 0.1], [0.4, 0.1, 1]])
    got = table.less_crowding(vectors, np.arange(3), nearest=2)
    crowding = [0.45, 0.3, 0.25]
    assert got[0, 1] == pytest.approx(2 * 0.5 - crowding[0] - crowding[1])
    assert got[1, 2] == pytest.approx(2 * 0.1 - crowding[1] - crowding[2])
    np.testing.assert_allclose(got, got.T)
    assert np.isnan(np.diag(got)).all()


def test_shared_neighbours_by_hand():
    """Two triples of genes, alike within and not across; one neighbour of each is kept."""
    cosine = np.eye(4)
    cosine[0, 1] = cosine[1, 0] = 0.8
    cosine[2, 3] = cosine[3, 2] = 0.6
    got = table.shared_neighbours(np.linalg.cholesky(cosine), np.arange(4), neighbours=1)
    assert got[0, 1] == pytest.approx(1)  # both hold {0: 0.8, 1: 0.8}
    assert got[0, 2] == got[1, 3] == 0
    chain = np.linalg.cholesky([[1, 0.5, 0.0], [0.5, 1, 0.3], [0.0, 0.3, 1]])
    got = table.shared_neighbours(chain, np.arange(3), neighbours=1)
    # 0 holds {0, 1}, 1 holds {0, 1}, 2 holds {1, 2}, each alike: 2 shares one of two with both.
    assert got[0, 1] == pytest.approx(1)
    assert got[0, 2] == got[1, 2] == pytest.approx(0.5)
    apart = np.array([[1, 0], [-0.5, np.sqrt(0.75)], [-0.5, -np.sqrt(0.75)]])
    assert not np.nan_to_num(table.shared_neighbours(apart, np.arange(3))).any()


def test_blocks_of_genes_and_chosen_rows_change_nothing(monkeypatch):
    vectors, rows = np.random.default_rng(4).normal(size=(70, 6)), np.array([66, 3])
    whole = [score(vectors, np.arange(70)) for score in SCORES]
    monkeypatch.setattr(table, "AT_ONCE", 16)
    for score, every in zip(SCORES, whole):
        np.testing.assert_allclose(score(vectors, rows), every[rows], atol=1e-12)


def test_scores_are_standardised_and_of_the_sources():
    vectors = np.random.default_rng(1).normal(size=(60, 8))
    got = table.neighbourhood_scores(vectors, np.array([5, 2]))
    assert list(got) == ["centred cosine", "CSLS", "shared neighbours"]
    for score in got.values():
        assert score.shape == (2, 60)
        assert np.nanmean(score) == pytest.approx(0, abs=1e-9)
        assert np.nanstd(score) == pytest.approx(1)
        assert np.isnan(score[[0, 1], [5, 2]]).all()


@pytest.fixture
def pairs():
    """a (S, M), b (G,) and the cosines of 12 sources among 40 genes."""
    rng = np.random.default_rng(2)
    cosine = table.cosines(rng.normal(size=(40, 6)))[:12]
    return rng.normal(size=(12, 8)), rng.gamma(2, 1, 40), cosine


def test_a_product_with_the_cosines_is_explained_whole(pairs):
    a, b, cosine = pairs
    responses = a[:, :, None] * b * np.nan_to_num(cosine, nan=9.0)[:, None]  # a self-pair is none
    found = product.table_product(responses, cosine)
    assert found.explains == pytest.approx(1, abs=1e-8)
    np.testing.assert_allclose(
        found.fitted, np.where(np.isfinite(cosine)[:, None], responses, np.nan), atol=1e-4
    )


def test_of_noise_it_explains_little_and_of_a_mixture_its_share(pairs):
    a, b, cosine = pairs
    responses = a[:, :, None] * b * np.nan_to_num(cosine)[:, None]
    noise = np.random.default_rng(3).normal(size=responses.shape)
    assert product.table_product(noise, cosine).explains < 0.25
    noise *= responses.std() / noise.std()
    assert 0.5 < product.table_product(responses + noise, cosine).explains < 0.65
    assert product.table_product(np.zeros_like(noise), cosine).explains == 1


def test_one_number_twice_agrees(pairs):
    a, b, cosine = pairs
    responses = a[:, :, None] * b * np.nan_to_num(cosine)[:, None]
    assert product.agreement(responses, 3 * responses, cosine) == pytest.approx(1)
    assert product.agreement(responses, -responses, cosine) == pytest.approx(-1)
    assert np.isnan(product.agreement(responses, 0 * responses, cosine))


def test_direction_is_told_from_sensitivity():
    rng = np.random.default_rng(4)
    vectors, b, at = rng.normal(size=(30, 5)), rng.gamma(3, 1, 30), np.arange(30)
    cosine = table.cosines(vectors)
    even = np.repeat((np.nan_to_num(cosine) * b)[:, None], 4, axis=1)
    fit = product.table_product(even, cosine)
    assert product.antisymmetric_share(even, fit, at) == pytest.approx(0, abs=1e-6)
    skew = rng.normal(size=(30, 30))
    skew = (skew - skew.T) * 0.5 * b
    one_way = np.repeat(skew[:, None], 4, axis=1)
    assert product.antisymmetric_share(one_way, fit, at) == pytest.approx(1, abs=1e-6)


def test_curvature_and_sign_changes_by_hand():
    steps = np.array([-1.0, 1.0, 2.0])
    cosine = np.array([[0.5, 0.2]])
    line = np.stack([steps, -2 * steps], axis=1)[None]
    assert product.curvature(line, cosine, steps) == pytest.approx(0)
    across = np.array([1.0, 1.0, 0.0])  # at right angles to the steps: no line explains any
    assert product.curvature(np.stack([across, across], 1)[None], cosine, steps) == pytest.approx(1)
    curves = np.array([[[1.0, 1.0], [-0.5, 2.0], [0.3, -0.04]]])
    assert product.sign_changes(curves, cosine) == 0.5  # the second falls by 2 % of its largest
    assert product.sign_changes(curves, np.array([[np.nan, 0.2]])) == 0


def test_shapes_that_do_not_agree_are_refused():
    with pytest.raises(InputError, match="sources, values, targets"):
        product.table_product(np.zeros((3, 2, 4)), np.zeros((3, 5)))
