"""The verdict on a device, with stand-ins for one: right, imprecise, broken."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.errors import ComputationError, OptionError, PanelError
from ugrn_core.experiment.catalog.backbones import open_folder
from ugrn_core.experiment.curves import device_check
from ugrn_core.experiment.curves.device_check import check_device


class Device:
    """A backbone whose sweeps are off, as those of a device may be. change: of its outputs."""

    def __init__(self, backbone, change) -> None:
        self._backbone, self._change = backbone, change

    def __getattr__(self, name):
        return getattr(self._backbone, name)

    def sweep(self, panel, settings):
        return Swept(self._backbone.sweep(panel, settings), self._change)


class Swept:
    def __init__(self, sweep, change) -> None:
        self._sweep, self._change = sweep, change

    def __getattr__(self, name):
        return getattr(self._sweep, name)

    def __call__(self, source):
        return tuple(self._change(values) for values in self._sweep(source))


@pytest.fixture
def opened(checkpoint):
    def on(change):
        return lambda device: (
            open_folder(checkpoint) if device == "cpu" else Device(open_folder(checkpoint), change)
        )

    return on


def test_a_device_that_computes_as_the_processor_passes(opened):
    verdict = check_device(opened(lambda x: x), "cuda", genes=20, sources=3)
    assert verdict.passed
    assert verdict.same
    assert all(off == own for off, own in verdict.errors.values())
    assert verdict.sentences()[-1] == "PASS: cuda can be used"


@pytest.mark.parametrize(
    "change",
    [
        lambda x: (x * np.float32(1.003)).astype(x.dtype),  # as TF32 is off
        lambda x: np.zeros_like(x),
    ],
)
def test_one_that_is_off_fails(opened, change):
    verdict = check_device(opened(change), "cuda", genes=20, sources=3)
    assert not verdict.passed
    assert "TOO FAR" in " ".join(verdict.sentences())
    assert verdict.sentences()[-1] == "FAIL: do not use cuda"


def test_what_is_no_number_is_no_verdict(opened):
    with pytest.raises(ComputationError):
        check_device(opened(lambda x: np.full_like(x, np.nan)), "cuda", genes=20, sources=3)


def test_what_is_not_there_is_said(checkpoint):
    def on(device):
        backbone = open_folder(checkpoint, device=device)
        return backbone

    with pytest.raises(OptionError, match="PyTorch sees"):
        check_device(on, "cuda:97", genes=20, sources=3)
    with pytest.raises(PanelError, match="at least"):
        check_device(on, "cpu", genes=3, sources=5)
    assert device_check.GENES > device_check.SOURCES
