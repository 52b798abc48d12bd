"""Targets masked a part at a time, beside genes that carry their profile."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ugrn_core.errors import OptionError
from ugrn_core.experiment.curves import probing
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.virtual_cell import response_curves
from ugrn_core.types import ProbeSettings, Profile


def folded(backbone, profile, folds: int, **more) -> ProbeSettings:
    low, high = backbone.defaults.value_range
    values = tuple(np.clip(profile, low, min(high, 3.0)))
    background = Profile("cells", values, folds)
    return default_settings(
        backbone, background=background, readout="masked", dtype="float64", **more
    )


@pytest.mark.parametrize(("folds", "always"), [(3, ()), (9, ()), (3, (1, 3)), (1, (7,))])
def test_each_target_is_read_where_its_part_is_masked(backbone, panel, profile, folds, always):
    """Against one forward pass a cell, written out: source 4 at every value of the grid."""
    settings = folded(backbone, profile, folds)
    settings = replace(settings, background=replace(settings.background, shown=always))
    source, own = 4, settings.background.values
    curves = response_curves(backbone, panel, panel.genes[source : source + 1], settings)
    shown = np.array(own)
    for target in (j for j in range(len(panel)) if j != source):
        cell = np.where(np.arange(len(panel)) % folds == target % folds, -1.0, shown)
        cell[list(always)] = shown[list(always)]
        cell = np.where(cell < 0, backbone.defaults.mask_value, cell)
        cells = np.tile(cell, (len(settings.grid) + 1, 1))
        cells[:, source] = (*settings.grid, own[source])
        with torch.no_grad():
            out = backbone.reconstruct(panel, torch.from_numpy(cells), "visible", settings.cls)
        responses = (out[:-1] - out[-1])[:, target].numpy()
        np.testing.assert_allclose(curves.vvp[0, :, target], responses, atol=1e-10)


def test_derivatives_of_a_source_that_is_masked_in_the_base_cell(backbone, panel, profile):
    """Central differences of the responses, closely around a value of the grid."""
    if backbone.defaults.relaxation:
        pytest.skip("its gradient is of a relaxation, not the slope of its responses")
    step = 1e-4
    grid = (1.0 - step, 1.0, 1.0 + step)
    settings = folded(backbone, profile, 3, grid=grid)
    curves = response_curves(backbone, panel, panel.genes, settings)
    slopes = (curves.vvp[:, 2] - curves.vvp[:, 0]) / (2 * step)
    np.testing.assert_allclose(curves.gdt[:, 1], slopes, rtol=1e-4, atol=1e-6)


def test_parts_are_identity_and_survive_json(analytic, panel, profile):
    in_parts, whole = folded(analytic, profile, 3), folded(analytic, profile, 0)
    with_one = replace(in_parts, background=replace(in_parts.background, shown=(2,)))
    assert ProbeSettings.from_json(json.loads(json.dumps(with_one.to_json()))) == with_one
    assert with_one.identity() == in_parts.identity() | {"shown": [2]}
    assert in_parts.identity() == whole.identity() | {"folds": 3}
    assert ProbeSettings.from_json(json.loads(json.dumps(in_parts.to_json()))) == in_parts
    keys = {probing.store_key(analytic, panel, s).digest for s in (in_parts, whole)}
    assert len(keys) == 2


def test_parts_are_refused_where_they_mean_nothing(analytic, panel, profile):
    values = tuple(profile)
    with pytest.raises(OptionError, match="readout masked"):
        default_settings(analytic, background=Profile("cells", values, 3), readout="visible")
    with pytest.raises(OptionError, match="0 to G parts"):
        Profile("cells", values, 10)


def test_a_worker_keeps_one_sweep_a_part(backbone, panel, profile):
    """As `curves.workers` holds them: a stand-in that keeps sweeps must not mix the parts up."""
    from ugrn_core.experiment.curves.workers import _Bench

    settings = folded(backbone, profile, 3)
    direct = response_curves(backbone, panel, panel.genes[:2], settings)
    bench = _Bench(backbone, None)
    kept = response_curves(bench, panel, panel.genes[:2], settings)
    np.testing.assert_array_equal(direct.vvp, kept.vvp)
    assert len(bench._sweeps) == 3
    response_curves(bench, panel, panel.genes[2:3], settings)
    assert len(bench._sweeps) == 3
    own = type(backbone.sweep(panel, default_settings(backbone)))
    assert {type(s) for s in bench._sweeps.values()} == {own}
