"""Bands of chance: of all pairs of the panel, and of the same network with random weights."""

from __future__ import annotations

import numpy as np
import pytest

from tests.experiment.conftest import GENES
from ugrn_core.backbones.random_weights import randomised
from ugrn_core.errors import Cancelled
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec

SPEC = run_spec.Spec("tiny", "pasted", GENES)


def test_the_random_band_is_that_of_the_control_over_some_regulators(settings, monkeypatch):
    monkeypatch.setattr(compute, "SOURCES", 2)
    ready = run_spec.prepare(settings, SPEC)
    found = compute.of_random_weights(ready)
    assert sorted(found) == sorted(
        f"random_{p}_{e}" for p in ("vvp", "gdt") for e in ("low", "high")
    )
    regulators = ready.study.regulators
    chosen = (regulators[0], regulators[len(regulators) // 2])
    control = randomised(ready.backbone, backbones.CONTROL_SEED)
    curves = probing.request(control, ready.study.panel, chosen, ready.settings).curves
    keep = [
        (s, t)
        for s, source in enumerate(chosen)
        for t, target in enumerate(ready.study.panel.genes)
        if source != target
    ]
    values = np.array([curves.vvp[s, :, t] for s, t in keep])
    expected = np.percentile(values, [2.5, 97.5], axis=0)
    np.testing.assert_allclose(
        [found["random_vvp_low"], found["random_vvp_high"]], expected, rtol=1e-5, atol=1e-9
    )


def test_a_control_has_none(settings):
    ready = run_spec.prepare(settings, run_spec.Spec("tiny-random", "pasted", GENES))
    assert compute.of_random_weights(ready) == {}


def test_it_can_be_stopped(settings):
    ready = run_spec.prepare(settings, SPEC)
    with pytest.raises(Cancelled):
        compute.of_random_weights(ready, lambda: True)
