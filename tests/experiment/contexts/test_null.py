"""The null of cells dealt out at random: its variance is the one sampling theory gives, and false
discoveries stay as rare as they should."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.errors import OptionError
from ugrn_core.experiment.contexts import groups
from ugrn_core.experiment.contexts.chance import null


def members(sizes: list[int], others: int = 0) -> np.ndarray:
    ends = np.cumsum([0, *sizes])
    out = np.zeros((len(sizes), ends[-1] + others), dtype=bool)
    for k in range(len(sizes)):
        out[k, ends[k] : ends[k + 1]] = True
    return out


def test_reassigned_cells_keep_sizes_and_overlaps():
    along = np.r_[np.arange(100.0), np.nan]
    contexts = groups.windows(along, "time", 4, 20).members
    dealt = null.reassigned(contexts, np.random.default_rng(0))
    wide, dealt_wide = contexts.astype(int), dealt.astype(int)
    np.testing.assert_array_equal(wide @ wide.T, dealt_wide @ dealt_wide.T)
    assert not dealt[:, -1].any()
    assert (dealt != contexts).any()


@pytest.mark.parametrize("overlapping", [False, True])
def test_the_variance_is_that_of_sampling_without_replacement(overlapping):
    rng = np.random.default_rng(1)
    values = rng.gamma(1.0, 2.0, 120)
    contexts = (
        groups.windows(np.arange(120.0), "t", 5, 20).members
        if overlapping
        else members([60, 40, 20])
    )
    shape = null.covariance(contexts)
    means = []
    for _ in range(4000):
        dealt = null.reassigned(contexts, rng)
        means.append([values[m].mean() for m in dealt])
    exact = values.var(ddof=1) * shape
    np.testing.assert_allclose(np.cov(np.array(means).T), exact, atol=0.07 * exact.max())
    v = null.variance(np.array(means), values.mean(), shape)
    assert v == pytest.approx(values.var(ddof=1), rel=0.1)


def test_degrees_of_freedom_of_one_draw():
    assert null.degrees(null.covariance(members([30, 30, 30, 30]))) == pytest.approx(3)
    assert null.degrees(null.covariance(members([30, 30]))) == pytest.approx(1)
    assert null.degrees(null.covariance(members([30]))) == 0
    windows = groups.windows(np.arange(400.0), "t", 8, 30).members
    assert 2 < null.degrees(null.covariance(windows)) < 7
    assert null.draws_for(null.covariance(members([30, 30]))) == 12


def strengths(of: np.ndarray, cells: np.ndarray, hang: np.ndarray) -> np.ndarray:
    """A strength that bends: (K, P) of contexts `of`."""
    return np.tanh(np.array([cells[m].mean(axis=0) for m in of]) @ hang / 3)


def windows(of: int, count: int) -> np.ndarray:
    return groups.windows(np.arange(float(of)), "t", count, 30).members


@pytest.mark.parametrize(
    ("contexts", "shape_of_cells"),
    [
        (members([90, 90]), 0.7),
        (members([60, 40, 30, 20, 10]), 0.7),
        (members([60, 50, 40, 30]), 3.0),
        (windows(240, 8), 3.0),
    ],
)
def test_shuffled_cells_give_a_discovery_in_one_of_twenty_cases(contexts, shape_of_cells):
    """200 shuffles, 40 strengths each that hang together and, in the last two cases, are saturated:
    any discovery at all at 5 % (2.6 standard errors above: 18). By Student's t alone it was up to
    70 %. Where a tenth of the strengths moves by 15 standard deviations, most of it is seen."""
    rng = np.random.default_rng(2)
    cells = rng.gamma(shape_of_cells, 1.0, (contexts.shape[1], 12))
    hang = rng.normal(size=(12, 40))
    shape = null.covariance(contexts)
    draws = null.draws_for(shape)
    freedom = draws * null.degrees(shape)
    centre = strengths(contexts.any(axis=0)[None], cells, hang)[0]
    any_discovery, power, own = 0, [], np.diag(shape)
    for _ in range(200):
        dealt = [null.reassigned(contexts, rng) for _ in range(draws + 1)]
        real, *drawn = (strengths(d, cells, hang) for d in dealt)
        drawn = np.array(drawn)
        v = null.variance(drawn, centre, shape)
        judged = [null.draws_judged(drawn, centre, shape, k) for k in range(len(shape))]
        moved = real.copy()
        moved[0, :4] += 15 * np.sqrt(v[:4] * own[0])
        calls = []
        for seen in (real, moved):
            every = [null.distances(s, centre, v, own[k], freedom) for k, s in enumerate(seen)]
            t, p = (np.array(part) for part in zip(*every))
            calls.append(null.called(t, p, np.stack(judged, axis=1)) < 0.05)
        any_discovery += bool(calls[0].any())
        power.append(calls[1][0, :4].mean())
    assert any_discovery <= 18
    assert np.mean(power) > 0.6


def test_the_chance_of_the_largest_is_that_of_the_draws():
    drawn = np.exp(np.array([[0.9, 0.2], [1.0, 0.0], [1.1, 0.5], [1.0, 0.1]]))
    like_them = null.chance_of_largest(np.exp([1.0, -3.0]), drawn)
    assert like_them == pytest.approx(0.5)
    assert null.chance_of_largest(np.array([60.0, 1.0]), drawn) < 0.001
    assert null.chance_of_largest(np.array([np.nan, 1.0]), drawn) > 0.5  # of what is there
    assert null.chance_of_largest(np.array([np.nan, np.nan]), drawn) == 1.0


def test_planted_differences_stand_out_of_draws():
    t, drawn = np.array([9.0, -8.0, 1.0, 0.5]), np.array([[1.2, 0.3, 0.9, 2.0]] * 4)
    np.testing.assert_allclose(null.empirical_discovery(t, drawn), [0, 0, 2 / 3, 3 / 4])
    assert (null.empirical_discovery(t[2:], drawn[:, :2]) > 0.4).all()


def test_no_difference_is_made_of_the_last_digits():
    v = np.zeros(3)
    first = np.array([1.0, 1.0, 2.0])
    second = first + np.array([0.0, 1e-6, 0.5])
    t, p = null.distances(second, first, v, 0.1, 12)
    assert t[0] == 0
    assert p[1] > 0.5
    assert p[2] < 1e-6


def test_discoveries_skip_what_is_not_there():
    q = null.false_discovery(np.array([[0.01, np.nan], [0.04, 0.5]]))
    np.testing.assert_allclose(q, [[0.03, np.nan], [0.06, 0.5]])


def test_windows_share_half_and_hold_enough():
    along = np.random.default_rng(0).permutation(200.0 * np.arange(240) / 240)
    grouping = groups.windows(along, "time", 8, 30)
    assert len(grouping.names) == 8
    assert set(grouping.counts) == {53}
    overlap = (grouping.members[0] & grouping.members[1]).sum()
    assert 0.45 < overlap / 53 < 0.55
    assert grouping.pool.all()
    assert len(groups.windows(along[:100], "time", 8, 30).names) == 5
    with pytest.raises(OptionError, match="Bring more cells"):
        groups.windows(along[:40], "time", 8, 30)
