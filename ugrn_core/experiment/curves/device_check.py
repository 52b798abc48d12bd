"""Does a device, a GPU above all, give the curves that the processor gives, and how fast?

Sweeps in float64 on the processor are the truth. In float32 the device may be as far from it as the
processor is, rounding apart; TF32 or a wrong kernel is hundreds of times as far.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ugrn_core.backbones.base import Backbone
from ugrn_core.errors import PanelError
from ugrn_core.experiment.curves import probing
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.virtual_cell import Curves
from ugrn_core.types import Panel

FAR = 10.0  # times the processor's own float32 error that the device may be off
LEAST = 1e-5  # of the largest value: below it nothing is told by float32
GENES, SOURCES = 256, 8
Open = Callable[[str], Backbone]  # device -> the backbone that computes on it


@dataclass(frozen=True)
class DeviceVerdict:
    """What was found of a device. errors: "VVP" and "GDT" -> (the device's, the processor's),
    largest difference from float64 over the largest value. same: whether it gives the same bits
    twice. seconds: a source, after a first one, on device and processor."""

    device: str
    errors: dict[str, tuple[float, float]]
    same: bool
    seconds: tuple[float, float]

    @property
    def passed(self) -> bool:
        """Whether its curves may be used."""
        return all(off <= max(FAR * own, LEAST) for off, own in self.errors.values())

    def sentences(self) -> tuple[str, ...]:
        """Return what was found, the verdict last."""
        facts = [
            f"{name}: {off:.1e} of the largest value off float64 on {self.device}, {own:.1e} on "
            f"the processor{'' if off <= max(FAR * own, LEAST) else ': TOO FAR'}"
            for name, off, own in ((n, *e) for n, e in self.errors.items())
        ]
        there, here = self.seconds
        return (
            *facts,
            f"the same bits twice: {'yes' if self.same else 'no (sums in another order)'}",
            f"seconds a source: {there:.3g} on {self.device}, {here:.3g} on the processor: "
            f"{here / max(there, 1e-9):.1f} times as fast",
            f"PASS: {self.device} can be used"
            if self.passed
            else f"FAIL: do not use {self.device}",
        )


def check_device(
    open_on: Open, device: str, genes: int = GENES, sources: int = SOURCES
) -> DeviceVerdict:
    """Return how the curves of `device` differ from the processor's, over a panel of the first
    `genes` of the vocabulary. open_on: opens the backbone for a device.

    Raises OptionError for a device that is not there, PanelError for a vocabulary too small,
    ComputationError where a sweep gives no numbers.
    """
    names = [t for t in open_on("cpu").vocabulary.tokens if t.isalnum()][:genes]
    if len(names) < sources + 1:
        raise PanelError(f"The backbone knows {len(names)} genes; at least {sources + 1} are used.")
    panel, driven = Panel(tuple(names)), tuple(names[:sources])
    truth, _ = _timed(open_on("cpu"), panel, driven, "float64")
    own, here = _timed(open_on("cpu"), panel, driven, "float32")
    there_net = open_on(device)
    off, there = _timed(there_net, panel, driven, "float32")
    again, _ = _timed(there_net, panel, driven, "float32")
    errors = {"VVP": (_error(off.vvp, truth.vvp), _error(own.vvp, truth.vvp))}
    if truth.gdt is not None:
        errors["GDT"] = (_error(off.gdt, truth.gdt), _error(own.gdt, truth.gdt))
    return DeviceVerdict(
        device=device,
        errors=errors,
        same=np.array_equal(off.vvp, again.vvp),
        seconds=(there, here),
    )


def _timed(
    net: Backbone, panel: Panel, sources: tuple[str, ...], dtype: str
) -> tuple[Curves, float]:
    """Return curves, and seconds a source; a first source is not counted: it readies the device."""
    settings = replace(default_settings(net), dtype=dtype)
    _ = probing.request(net, panel, sources[:1], settings).curves
    began = time.perf_counter()
    curves = probing.request(net, panel, sources, settings).curves
    return curves, (time.perf_counter() - began) / len(sources)


def _error(values: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(values - truth).max() / max(float(np.abs(truth).max()), 1e-30))
