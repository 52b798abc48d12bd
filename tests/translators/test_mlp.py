from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.errors import OptionError
from ugrn_core.translators.ensemble import SeedEnsemble, combined, sigmoid
from ugrn_core.translators.mlp import BLOCK_FLOATS, Translator


def f32(*values):
    return np.array(values, dtype=np.float32)


# logit = 2 relu(z0 - z1) - 3 relu(z1) + 0.5 with z = ((x0 - 1) / 2, x1 / 4)
KNOWN = Translator(
    f32(1, 0),
    f32(2, 4),
    ((f32([1, -1], [0, 1]), f32(0, 0)), (f32([2, -3]), f32(0.5))),
)


def test_logits_written_out_by_hand():
    x = f32([1, 0], [3, 0], [1, 4], [5, 4], [1, -4])
    np.testing.assert_allclose(KNOWN.logits(x), [0.5, 2.5, -2.5, -0.5, 2.5], atol=1e-6)


def test_a_missing_feature_counts_as_average():
    np.testing.assert_array_equal(KNOWN.logits(f32([np.nan, 4])), KNOWN.logits(f32([1, 4])))


def test_blocks_do_not_matter(monkeypatch):
    x = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32)
    whole = KNOWN.logits(x)
    monkeypatch.setattr("ugrn_core.translators.mlp.BLOCK_FLOATS", 14)
    np.testing.assert_allclose(KNOWN.logits(x), whole, atol=1e-6)  # BLAS rounds by shape
    assert BLOCK_FLOATS > 14


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 3), (1, 3, 2)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(OptionError, match="reads 2 features"):
        KNOWN.logits(np.zeros(shape, dtype=np.float32))


def test_seeds_are_averaged_as_logits():
    other = Translator(f32(0, 0), f32(1, 1), ((f32([1, 1]), f32(0)),))
    x = f32([3, 0], [1, 4])
    np.testing.assert_allclose(
        SeedEnsemble((KNOWN, other)).logits(x), [(2.5 + 3) / 2, (-2.5 + 5) / 2], atol=1e-6
    )
    with pytest.raises(OptionError):
        SeedEnsemble(())


def test_combined_is_the_papers_formula():
    vvp, gdt = f32(2, -1), f32(0, -5)
    np.testing.assert_allclose(combined(vvp, gdt), 1 / (1 + np.exp([-1.0, 3.0])), rtol=1e-12)
    with pytest.raises(OptionError):
        combined(vvp, f32(1))


def test_sigmoid_of_extremes():
    np.testing.assert_array_equal(sigmoid(np.array([-1e30, 0, 1e30])), [0, 0.5, 1])
