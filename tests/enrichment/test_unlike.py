"""One more draw is unlike a few as often as it says."""

from __future__ import annotations

import numpy as np

from ugrn_core.enrichment.unlike import unlike


def test_p_is_uniform_where_nothing_is_unlike():
    rng = np.random.default_rng(0)
    drawn, more = rng.normal(3, 2, (8, 20_000)), rng.normal(3, 2, 20_000)
    z, p = unlike(more, drawn.mean(axis=0), drawn.std(axis=0, ddof=1), 8)
    for level in (0.01, 0.05, 0.5):
        assert abs((p < level).mean() - level) < 4 * np.sqrt(level / 20_000)
    assert (np.abs(z) > 2).mean() > 0.09  # the normal's 5 % would be wrong: 8 draws are few


def test_what_does_not_differ_says_nothing():
    z, p = unlike(np.array([1.0]), np.array([0.0]), np.array([0.0]), 8)
    assert np.isnan(z).all()
    assert np.isnan(p).all()
    assert np.isnan(unlike(np.array([1.0]), np.array([0.0]), np.array([1.0]), 1)[0]).all()
