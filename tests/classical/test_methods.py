"""Every classical method: one contract, and answers that are known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor

from ugrn_core.classical import METHODS
from ugrn_core.classical.base import Task
from ugrn_core.classical.genie3 import GENIE3
from ugrn_core.classical.grnboost2 import GRNBoost2, OutOfBag
from ugrn_core.classical.mutual_information import MutualInformation
from ugrn_core.errors import InputError
from ugrn_core.types import Expression, ReferenceNetwork

SMALL = {"GENIE3": {"trees": 30}, "GRNBoost2": {"trees": 60, "max_features": 1.0}}
GENES = ("R0", "R1", "R2", "linear", "humped", "constant", "unmeasured")


@pytest.fixture(scope="module")
def cells() -> Expression:
    """R0 drives `linear`, R1 drives `humped` (no correlation), R2 drives nothing."""
    rng = np.random.default_rng(0)
    r = rng.normal(size=(3, 150))
    noise = 0.1 * rng.normal(size=(2, 150))
    rows = [*r, r[0] + noise[0], r[1] ** 2 + noise[1], np.ones(150)]
    values = np.array(rows, dtype=np.float32)
    return Expression("toy", GENES[:6], tuple(f"c{k}" for k in range(150)), values, "none")


@pytest.fixture(scope="module")
def network() -> ReferenceNetwork:
    none = np.zeros((0, 2), dtype=np.int64)
    return ReferenceNetwork("none", "toy", GENES, np.array([0, 1, 2]), none)


def method(name: str):
    return METHODS[name](**SMALL.get(name, {}))


@pytest.mark.parametrize("name", list(METHODS))
def test_the_contract_holds(name, cells, network):
    scores = method(name)(cells, network)
    assert scores.shape == (3, 7)
    assert np.isnan(scores[:, 6]).all()  # nobody measured it
    assert np.isfinite(scores[:, :6]).all()
    assert (scores[:, 5] == 0).all()  # a constant gene tells nothing
    assert np.argmax(np.abs(scores[:, 3])) == 0
    np.testing.assert_array_equal(method(name)(cells, network), scores)
    few = replace(cells, cells=cells.cells[:2], values=cells.values[:, :2])
    with pytest.raises(InputError, match="at least three"):
        method(name)(few, network)


@pytest.mark.parametrize("name", list(METHODS))
def test_targets_asked_for_alone_get_the_same_scores(name, cells, network):
    every = method(name)(cells, network)
    some = method(name)(cells, network, Task((3, 4, 6)))
    np.testing.assert_array_equal(some[:, [3, 4, 6]], every[:, [3, 4, 6]])
    assert np.isnan(some[:, [0, 1, 2, 5]]).all()


@pytest.mark.parametrize("name", ["mutual information", "GENIE3", "GRNBoost2"])
def test_what_correlation_cannot_see(name, cells, network):
    scores = method(name)(cells, network)
    assert np.argmax(scores[:, 4]) == 1
    assert abs(np.corrcoef(cells.values[[1, 4]])[0, 1]) < 0.25


@pytest.mark.parametrize("name", ["mutual information", "GENIE3", "GRNBoost2"])
def test_no_gene_explains_itself_and_no_label_is_read(name, cells, network):
    scores = method(name)(cells, network)
    assert (np.diag(scores[:, :3]) == 0).all()
    labelled = replace(network, edges=np.array([[2, 3], [2, 4]]))
    np.testing.assert_array_equal(method(name)(cells, labelled), scores)


def test_spearman_is_scipys(cells, network):
    truth = spearmanr(cells.values[[0, 3]].T).statistic
    assert METHODS["Spearman"]()(cells, network)[0, 3] == pytest.approx(truth, abs=1e-6)


def test_mutual_information_of_a_gaussian_pair():
    """I = -log(1 - r^2) / 2."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=2000)
    y = 0.8 * x + 0.6 * rng.normal(size=2000)
    values = np.array([x, y], dtype=np.float32)
    cells = Expression("toy", ("R", "T"), tuple(map(str, range(2000))), values, "none")
    none = np.zeros((0, 2), dtype=np.int64)
    network = ReferenceNetwork("none", "toy", ("R", "T"), np.array([0]), none)
    found = MutualInformation()(cells, network)[0, 1]
    assert found == pytest.approx(-0.5 * np.log(1 - 0.8**2), abs=0.06)


def test_genie3_is_a_forest_on_the_target_at_unit_variance(cells, network):
    scores = GENIE3(trees=10)(cells, network, Task((3,)))
    seed = int(np.random.SeedSequence([0, 3]).generate_state(1)[0])
    forest = RandomForestRegressor(10, max_features="sqrt", random_state=seed)
    y = cells.values[3] / cells.values[3].std()
    forest.fit(cells.values[:3].T, y)
    np.testing.assert_allclose(
        scores[:, 3] / scores[:, 3].sum(), forest.feature_importances_, atol=0.02
    )
    assert 0.5 < scores[:, 3].sum() < 1.3  # trees as deep as they go explain all of the variance


def test_grnboost2_stops_when_boosting_no_longer_helps(cells, network):
    scores = GRNBoost2()(cells, network, Task((2, 3)))
    assert scores[:, 2].sum() < 150  # nothing drives R2
    assert scores[:, 3].sum() > 200  # the number of trees grown


def test_a_trees_improvement_is_measured_on_the_cells_it_did_not_see():
    rng = np.random.default_rng(0)
    x, watch, kept = rng.normal(size=(60, 2)).astype(np.float32), OutOfBag(5), []
    y = (2 * x[:, 0]).astype(np.float64)

    def follow(tree, model, variables):
        kept.append((variables["sample_mask"].copy(), variables["raw_predictions"][:, 0].copy()))
        return watch(tree, model, variables)

    model = GradientBoostingRegressor(n_estimators=6, subsample=0.8, random_state=0)
    model.fit(x, y, monitor=follow)
    before = np.full(60, y.mean())
    for (seen, after), found in zip(kept, watch.improvements):
        errors = ((y - p)[~seen] ** 2 for p in (before, after))
        assert found == pytest.approx(np.subtract(*(e.mean() for e in errors)))
        before = after
    assert len(kept) == 6  # every tree helps: no stop
