"""What the other genes carry: one value, or a profile; what identifies it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ugrn_core.errors import GridError, OptionError, PanelError
from ugrn_core.experiment.curves import probing
from ugrn_core.jobs.store import StoreKey
from ugrn_core.probes import PROBES
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.virtual_cell import response_curves
from ugrn_core.types import Panel, ProbeSettings, Profile, Uniform

GENES = ("A", "B", "C")
VALUES = (0.5, 0.0, 3.0)


def key(background, **settings) -> StoreKey:
    chosen = ProbeSettings(background, (0.0, 1.0, 2.0), **settings)
    return StoreKey("abc", Panel(GENES), chosen, mask_value=-1.0)


def test_flat_curves_are_found_under_the_keys_of_before():
    # Computed before there were profiles.
    assert key(0.5).digest.startswith("994b6306c55958ce")
    assert key(0.5, readout="masked", cls=None, dtype="float64").digest.startswith(
        "6e609a36fe9d364a"
    )
    assert key(Uniform(0.5)).digest == key(0.5).digest
    assert ProbeSettings(0, (1.0,)).identity() == {
        "baseline": 0.0,
        "grid": [1.0],
        "readout": "visible",
        "cls": 0.0,
        "dtype": "float32",
    }


def test_a_profile_is_known_by_its_values_alone():
    monocyte = key(Profile("Monocyte", VALUES)).digest
    assert monocyte == key(Profile("CD14", VALUES)).digest
    others = {key(Profile("Monocyte", VALUES[::-1])).digest, key(0.5).digest}
    assert monocyte not in others
    assert len(others) == 2


@pytest.mark.parametrize("background", [0.5, Profile("Monocyte", VALUES)])
def test_settings_survive_json(background):
    settings = ProbeSettings(background, (0.0, 1.0), "masked", None, "float64")
    assert ProbeSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_a_profile_of_one_value_is_the_flat_cell(analytic, panel):
    flat = default_settings(analytic, baseline=0.7)
    profile = default_settings(analytic, background=Profile("flat", (0.7,) * len(panel)))
    one, two = (response_curves(analytic, panel, panel.genes[:3], s) for s in (flat, profile))
    np.testing.assert_array_equal(one.vvp, two.vvp)
    np.testing.assert_array_equal(one.gdt, two.gdt)


def test_responses_count_from_what_the_source_carries_in_the_profile(analytic, panel, profile):
    from analytic import f, slope

    background = Profile("cells", tuple(profile))
    settings = default_settings(analytic, background=background, dtype="float64")
    curves = response_curves(analytic, panel, panel.genes, settings)
    w, grid = analytic.couplings(panel), np.array(settings.grid)
    for i, own in enumerate(profile):
        np.testing.assert_allclose(curves.vvp[i], np.outer(f(grid) - f(own), w[:, i]), atol=1e-12)
        np.testing.assert_allclose(curves.gdt[i], np.outer(slope(grid), w[:, i]), atol=1e-12)


def test_every_probe_takes_a_profile(backbone, panel, profile):
    background = Profile("cells", tuple(np.minimum(profile, backbone.defaults.value_range[1])))
    settings = default_settings(backbone, background=background)
    asked = probing.request(backbone, panel, panel.genes[:2], settings, profile=profile)
    for name in PROBES:
        tensor = PROBES[name]()(asked)
        assert np.isfinite(tensor.values).all()
        assert ProbeSettings.from_json(tensor.provenance["settings"]) == settings


def test_profiles_that_do_not_fit_are_refused(analytic, panel):
    with pytest.raises(PanelError, match="3 values, the panel 9 genes"):
        response_curves(
            analytic,
            panel,
            panel.genes[:1],
            default_settings(analytic, background=Profile("cells", VALUES)),
        )
    with pytest.raises(GridError, match="within 0 to 5"):
        default_settings(analytic, background=Profile("cells", (0.0, 6.0)))
    with pytest.raises(GridError, match="finite"):
        Profile("cells", (0.0, float("nan")))
    with pytest.raises(OptionError, match="not one value"):
        _ = ProbeSettings(Profile("cells", VALUES), (1.0,)).baseline
