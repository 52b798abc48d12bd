"""Which probes a backbone can be asked, and sweeps without a derivative."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.probes.ranked import RankBackbone, Silent, ranks
from ugrn_core.errors import ComputationError, GridError, OptionError
from ugrn_core.experiment.curves import probing
from ugrn_core.jobs.store import ProbeStore
from ugrn_core.probes import PROBES
from ugrn_core.probes.base import ProbeRequest, why_not
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.virtual_cell import response_curves
from ugrn_core.types import Panel, ValueScale

GENES = tuple(f"GENE{k}" for k in range(6))
PANEL = Panel(GENES)


def answers(backbone) -> dict[str, bool]:
    """Which of the registered probes give something, asked one by one."""
    asked = ProbeRequest(
        backbone, PANEL, GENES[:2], default_settings(backbone), np.arange(len(GENES), dtype=float)
    )
    given = {}
    for name in PROBES:
        try:
            given[name] = bool(np.isfinite(PROBES[name]()(asked).values).all())
        except OptionError as error:
            given[name] = why_not(PROBES[name], backbone.defaults) not in str(error)
    return given


def test_which_probes_apply_follows_from_the_capabilities():
    without = {"gdt"}, {"gdt", "vvp", "pert", "pert-abs"}
    for backbone, none in zip((RankBackbone(GENES), Silent(GENES)), without):
        assert {n for n, ok in answers(backbone).items() if not ok} == none
        assert {n for n in PROBES if why_not(PROBES[n], backbone.defaults)} == none


@pytest.mark.parametrize("readout", ["visible", "masked"])
def test_a_sweep_without_derivative_gives_the_responses(readout):
    backbone = RankBackbone(GENES)
    settings = default_settings(backbone, readout=readout, dtype="float64")
    curves = response_curves(backbone, PANEL, GENES[2:4], settings)
    others = 3.0 if readout == "visible" else -1.0
    w = backbone.couplings(PANEL)
    for row, source in enumerate((2, 3)):
        cells = np.full((9, len(GENES)), others)
        cells[:, source] = (*settings.grid, 3.0)
        r = ranks(torch.from_numpy(cells)).numpy()
        np.testing.assert_allclose(curves.vvp[row], (r[:8] - r[8]) @ w.T, atol=1e-12)
    assert curves.gdt is None
    assert (np.abs(curves.vvp).max() > 0.1) == (readout == "visible")  # masked: always on top


def test_a_derivative_that_was_promised_must_come():
    class Boasting(RankBackbone):
        defaults = replace(RankBackbone.defaults, differentiable=True)

    with pytest.raises(ComputationError, match="no derivative"):
        response_curves(Boasting(GENES), PANEL, GENES[:1], default_settings(RankBackbone(GENES)))


def test_only_whole_numbers_where_the_backbone_is_not_continuous():
    with pytest.raises(GridError, match=r"whole numbers only .rank of the gene.*2\.5"):
        default_settings(RankBackbone(GENES), grid=(0, 2.5))


def test_responses_alone_are_kept_and_read_back(tmp_path):
    backbone = RankBackbone(GENES)
    settings = default_settings(backbone)
    asked = probing.request(backbone, PANEL, GENES[:3], settings, tmp_path)
    assert set(probing.curve_tensors(asked)) == {"vvp"}
    store = ProbeStore(tmp_path, probing.store_key(backbone, PANEL, settings))
    vvp, gdt = store.read(1)
    np.testing.assert_array_equal(vvp, asked.curves.vvp[1])
    assert gdt is None
    assert store.curve(1, 4)[1] is None
    assert not (tmp_path / store.key.digest / "gdt").exists()
    again = probing.request(backbone, PANEL, GENES[:3], settings, tmp_path)
    np.testing.assert_array_equal(again.curves.vvp, asked.curves.vvp)


@pytest.mark.parametrize(
    ("phrase", "scale"),
    [
        ("log1p of counts per 10,000", ValueScale.LOG1P_CP10K),
        ("Log1p  of counts", ValueScale.LOG1P_COUNTS),
        ("rank", ValueScale.RANK),
        ("log1p of TPM", ValueScale.LOG1P_NORMALISED),
        ("furlongs", ValueScale.OTHER),
    ],
)
def test_a_scale_is_known_by_its_phrase(phrase, scale):
    assert ValueScale.of_phrase(phrase) is scale
