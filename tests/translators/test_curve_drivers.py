"""What each grid value added to a stacked translator's log-odds, against a linear translator."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.translators.explain import by_value
from ugrn_core.translators.stacked import NAMES, READS, stack
from ugrn_core.types import ProbeTensor

GENES = tuple(f"G{k}" for k in range(14))
SOURCES = ("G2", "G0", "G9", "G5", "G11")
AT = [2, 0, 9, 5, 11]
STEPS = 6
PAIR = np.array([1, 7])


@pytest.fixture(scope="module")
def tensors() -> dict[str, ProbeTensor]:
    rng = np.random.default_rng(3)
    sizes = {"vvp": STEPS, "gdt": STEPS, **dict.fromkeys(READS[2:], 1)}
    return {
        name: ProbeTensor(name, GENES, SOURCES, rng.normal(size=(5, k, 14)).astype(np.float32))
        for name, k in sizes.items()
    }


def residuals(x: np.ndarray) -> np.ndarray:
    """What no source or target effect explains of (5, 14), self-pairs left out."""
    keep = np.ones((5, 14), bool)
    keep[np.arange(5), AT] = False
    rows, columns = np.nonzero(keep)
    design = np.zeros((len(rows), 19))
    design[np.arange(len(rows)), rows] = 1
    design[np.arange(len(rows)), 5 + columns] = 1
    out = np.full((5, 14), np.nan)
    out[keep] = x[keep] - design @ np.linalg.lstsq(design, x[keep], rcond=None)[0]
    return out


def test_a_linear_translators_weight_times_what_each_value_contributes_to_the_mean(tensors):
    weights = {"response (VVP)": 0.8, "gradient (GDT)": -1.5}
    numbers = stack(tensors).values[PAIR[0], :, PAIR[1]]
    added = np.array([weights.get(n, 0.0) * numbers[k] for k, n in enumerate(NAMES)])
    found = by_value(tensors, added, PAIR)
    for curve, name in (("vvp", "response (VVP)"), ("gdt", "gradient (GDT)")):
        values = tensors[curve].values.astype(np.float64)
        spread = np.nanstd(residuals(values.mean(axis=1)))
        per_value = [residuals(values[:, k])[tuple(PAIR)] for k in range(STEPS)]
        expected = weights[name] * np.array(per_value) / STEPS / spread
        np.testing.assert_allclose(found[curve], expected, atol=6e-3)


def test_the_parts_add_up_to_what_the_curves_numbers_added(tensors):
    added = np.linspace(-1, 1, len(NAMES))
    found = by_value(tensors, added, PAIR)
    of = {name: added[k] for k, name in enumerate(NAMES)}
    both = of["response (VVP)"] + of["response, gene by gene"]
    assert found["vvp"].sum() == pytest.approx(both)
    assert found["gdt"].sum() == pytest.approx(of["gradient (GDT)"])


def test_a_flat_curve_divides_evenly(tensors):
    flat = ProbeTensor("vvp", GENES, SOURCES, np.zeros((5, STEPS, 14), np.float32))
    found = by_value(tensors | {"vvp": flat}, np.ones(len(NAMES)), PAIR)
    np.testing.assert_allclose(found["vvp"], np.full(STEPS, 2 / STEPS))
