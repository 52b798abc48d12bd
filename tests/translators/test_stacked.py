"""The stacked numbers of a pair: against a plain computation, and what they must not depend on."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.translators.features import pair_features
from ugrn_core.translators.stacked import NAMES, READS, VARIANTS, names_read, stack
from ugrn_core.types import ProbeTensor

GENES = tuple(f"G{k}" for k in range(12))
SOURCES = ("G7", "G0", "G3", "G5")
AT = [7, 0, 3, 5]
TABLE = READS[2:]  # of the gene table, one number a pair


def _tensors(seed: int = 0) -> dict[str, ProbeTensor]:
    rng = np.random.default_rng(seed)
    sizes = {"vvp": 8, "gdt": 8, **dict.fromkeys(TABLE, 1)}
    return {
        name: ProbeTensor(name, GENES, SOURCES, rng.normal(size=(4, k, 12)).astype(np.float32))
        for name, k in sizes.items()
    }


def _off_self() -> np.ndarray:
    keep = np.ones((4, 12), bool)
    keep[np.arange(4), AT] = False
    return keep


def test_every_number_has_mean_0_and_spread_1_over_the_pairs():
    found = stack(_tensors()).values
    assert found.shape == (4, len(NAMES), 12)
    assert (found[np.arange(4), :, AT] == 0).all()
    for k in range(len(NAMES)):
        values = found[:, k][_off_self()]
        values = values[np.isfinite(values)]
        assert values.mean() == pytest.approx(0, abs=1e-5)
        assert values.std() == pytest.approx(1, abs=1e-5)


def test_response_is_what_no_source_or_target_effect_explains():
    tensors = _tensors()
    x = tensors["vvp"].values.mean(axis=1).astype(np.float64)
    keep = _off_self()
    # Least squares over the pairs, by numpy: one column a source, one a target.
    rows, columns = np.nonzero(keep)
    design = np.zeros((len(rows), 4 + 12))
    design[np.arange(len(rows)), rows] = 1
    design[np.arange(len(rows)), 4 + columns] = 1
    fitted = design @ np.linalg.lstsq(design, x[keep], rcond=None)[0]
    residual = x[keep] - fitted
    found = stack(tensors).values[:, NAMES.index("response (VVP)")][keep]
    np.testing.assert_allclose(found, residual / residual.std(), atol=2e-3)


def test_additive_effects_and_scales_of_genes_change_nothing_that_is_by_gene():
    tensors, rng = _tensors(), np.random.default_rng(1)
    shifted = dict(tensors)
    vvp = tensors["vvp"].values
    moved = vvp + rng.normal(size=(4, 1, 1)) + rng.normal(size=(1, 1, 12))
    shifted["vvp"] = ProbeTensor("vvp", GENES, SOURCES, moved.astype(np.float32))
    first, second = stack(tensors).values, stack(shifted).values
    for name in ("response (VVP)", "response, gene by gene", "response profiles, centred"):
        k = NAMES.index(name)
        np.testing.assert_allclose(first[:, k], second[:, k], atol=5e-3)


def test_reverse_is_the_response_of_the_reverse_pair():
    found = stack(_tensors()).values
    forward = found[:, NAMES.index("response, gene by gene")]
    reverse = found[:, NAMES.index("reverse response, gene by gene")]
    others = [g for g in range(12) if g not in AT]
    assert np.isnan(reverse[:, others]).all()
    a, b = forward[0, AT[1]], reverse[1, AT[0]]
    c, d = forward[2, AT[3]], reverse[3, AT[2]]
    assert (a - c) * (b - d) > 0  # each on its own scale, in the same order


def test_profiles_are_the_cosines_of_what_sources_do():
    tensors = _tensors()
    twin = tensors["vvp"].values.copy()
    twin[:, :, 1] = twin[:, :, 2]  # two genes that answer alike
    tensors["vvp"] = ProbeTensor("vvp", GENES, (*SOURCES[:3], "G1"), twin)
    for name in ("gdt", *TABLE):
        tensors[name] = ProbeTensor(name, GENES, (*SOURCES[:3], "G1"), tensors[name].values)
    profiles = stack(tensors).values[3, NAMES.index("response profiles, centred")]
    assert profiles.argmax() == 2


def test_genes_are_told_apart_by_reach_and_by_being_a_source():
    number = {name: k for k, name in enumerate(NAMES)}
    loud = _tensors()["vvp"].values.copy()
    by_source, by_target = loud.copy(), loud.copy()
    by_source[1] *= 50  # G0 moves every gene more
    by_target[:, :, 9] *= 50  # every source moves G9 more
    source, target = (
        stack(_tensors() | {"vvp": ProbeTensor("vvp", GENES, SOURCES, x)}).values
        for x in (by_source, by_target)
    )
    reach = source[:, number["reach of the regulator"]]
    assert (reach[1, 1:] == reach.max()).all()
    assert (reach[[0, 2, 3], 1] < 0).all()
    reach = target[:, number["reach of the target"]]
    assert (reach[:, 9] == reach.max()).all()
    is_source = source[:, number["target is a regulator"]][_off_self()]
    others = np.isin(np.nonzero(_off_self())[1], AT)
    assert is_source[others].min() > is_source[~others].max()


def test_one_source_and_constant_tensors_stay_finite():
    flat = {
        name: ProbeTensor(name, GENES, ("G0",), np.zeros((1, k, 12), np.float32))
        for name, k in {"vvp": 8, "gdt": 8, **dict.fromkeys(TABLE, 1)}.items()
    }
    found = stack(flat).values
    reverse = NAMES.index("reverse response, gene by gene")
    assert np.isfinite(np.delete(found, reverse, axis=1)).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_reads_the_numbers_it_names(variant):
    found, pairs = stack(_tensors()), np.array([[0, 2], [3, 11]])
    read = pair_features(found, variant, pairs)
    for k, name in enumerate(names_read(variant)):
        column = found.values[:, NAMES.index(name)]
        np.testing.assert_array_equal(read[:, k], column[[0, 3], [2, 11]])


def test_against_matched_negatives_nothing_is_read_of_one_gene_alone():
    alone = {"target is a regulator", "reach of the regulator", "reach of the target"}
    assert not alone & set(names_read("pair-and-neighbours"))
    assert alone < set(names_read("all-and-neighbours"))


def test_translators_of_before_the_neighbourhoods_read_what_they_read():
    assert names_read("pair-numbers") == NAMES[:6]
    assert names_read("all-numbers") == NAMES[:10]


def test_methods_explain_every_number():
    from ugrn_core.dashboard.sections.methods import STACKED_NUMBERS

    assert tuple(STACKED_NUMBERS) == NAMES
