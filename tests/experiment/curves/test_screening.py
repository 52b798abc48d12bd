"""The two-stage run: whom the first stage lets pass, and what becomes of the rest."""

from __future__ import annotations

import numpy as np
import pytest

from tests.experiment.conftest import GENES
from ugrn_core.errors import OptionError
from ugrn_core.experiment.curves import filling, probing, screening
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.virtual_cell import Curves
from ugrn_core.types import Panel


@pytest.fixture
def asked(backbone, settings):
    chosen = default_settings(backbone)
    return probing.request(backbone, Panel(GENES), GENES[:8], chosen, settings.probes)


def test_the_first_stage_is_the_whole_runs_slice_at_one_value(asked, settings):
    first = screening.first_stage(asked, settings.probes)
    (value,) = first.settings.grid
    at = asked.settings.grid.index(value)
    np.testing.assert_allclose(
        first.curves.gdt[:, 0], asked.curves.gdt[:, at], rtol=1e-4, atol=1e-6
    )


def test_those_pass_who_drive_their_best_targets_most(asked, settings):
    first = screening.first_stage(asked, settings.probes)
    slopes = np.full((8, 1, 48), 0.1)
    slopes[np.arange(8), 0, np.arange(8)] = 100.0  # a gene's slope on itself is not counted
    slopes[2, 0, 20:22] = -3.0
    slopes[6, 0, 30:32] = 2.0
    slopes[5, 0, 40] = 1.0
    first.__dict__["curves"] = Curves(np.zeros(48), slopes, slopes)
    kept = screening.strongest_sources(first, 3)
    assert kept == (GENES[2], GENES[5], GENES[6])
    assert screening.strongest_sources(first, 1) == (GENES[2],)


def test_how_many_pass():
    assert [screening.passing(33, share) for share in (0.01, 0.5, 1.0)] == [1, 17, 33]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(asked, settings, share):
    with pytest.raises(OptionError, match="share between 0 and 1"):
        filling.screened_by(asked, settings, filling.How(screen=share))


def test_the_rest_is_left_out_and_noted(asked, settings):
    narrowed, note = filling.screened_by(asked, settings, filling.How(screen=0.5))
    assert len(narrowed.sources) == 4
    left_out = note["screen"]["regulators_left_out"]
    assert sorted((*narrowed.sources, *left_out)) == sorted(asked.sources)
    same, nothing = filling.screened_by(asked, settings, filling.HERE)
    assert same is asked
    assert nothing == {}
