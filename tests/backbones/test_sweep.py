"""Sweeps against plain reverse-mode autograd, and what they refuse; both kinds, every option."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from tests.backbones.tiny import GENES
from ugrn_core.backbones import value_sweep
from ugrn_core.backbones.base import Backbone
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.backbones.tangent.sweep import TangentSweep
from ugrn_core.errors import ComputationError, GridError, OptionError, PanelError, UnknownGeneError
from ugrn_core.types import Panel, ProbeSettings, Profile

PANEL = Panel(GENES[:7])
GRID = (0.25, 1.5, 4.0)
BASELINE = 0.75


def every_settings(backbone, dtype="float64"):
    for readout in backbone.defaults.readouts:
        for cls in backbone.defaults.cls_layouts:
            yield ProbeSettings(BASELINE, GRID, readout, cls, dtype)
        # 0.25 and 1.5 lie on the grid: there the source's cell is the background itself.
        cell = Profile("a cell type", (1.5, 0.0, 2.5, 0.25, 0.0, 3.0, 1.0))
        yield ProbeSettings(cell, GRID, readout, cls, dtype)


def builders(backbone):
    return (lambda s: ForwardADSweep(backbone, PANEL, s), lambda s: backbone.sweep(PANEL, s))


def by_reverse_mode(backbone, settings, source):
    """(response, tangent) of one source, straight from the contract's definition."""
    masked = settings.readout == "masked"
    carried = backbone.defaults.mask_value if masked else settings.background.array()

    def out(value):
        cell = torch.from_numpy(np.broadcast_to(carried, len(PANEL)).astype(np.float64))
        cell = torch.cat([cell[:source], value[None], cell[source + 1 :]])
        return backbone.reconstruct(PANEL, cell[None], settings.readout, settings.cls)[0]

    values = torch.tensor(settings.grid, dtype=torch.float64)
    baseline = out(torch.tensor(settings.background.at(source), dtype=torch.float64))
    response = torch.stack([out(v) - baseline for v in values])
    tangent = torch.stack([torch.autograd.functional.jacobian(out, v) for v in values])
    return response.numpy(), tangent.numpy()


def test_both_adapters_keep_the_contract(tiny):
    assert isinstance(tiny, Backbone)
    described = tiny.describe()
    assert (described["layers"], described["width"], described["heads"]) == (2, 8, 2)
    assert described["genes"] == len(GENES)
    low, high = tiny.defaults.value_range
    assert all(low <= v <= high for v in (*tiny.defaults.grid, tiny.defaults.baseline))
    assert len(tiny.defaults.grid) == 8


def test_sweeps_agree_with_reverse_mode_in_float64(tiny):
    for settings in every_settings(tiny):
        for build in builders(tiny):
            sweep = build(settings)
            for source in (0, 3, len(PANEL) - 1):
                for got, expected in zip(sweep(source), by_reverse_mode(tiny, settings, source)):
                    assert got.dtype == np.float64
                    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)
                    assert np.abs(expected).max() > 1e-4


def test_baseline_output_is_the_cell_without_a_source(tiny):
    for settings in every_settings(tiny):
        masked = settings.readout == "masked"
        carried = tiny.defaults.mask_value if masked else settings.background.array()
        cell = torch.from_numpy(np.broadcast_to(carried, (1, len(PANEL))).astype(np.float64))
        expected = tiny.reconstruct(PANEL, cell, settings.readout, settings.cls)[0]
        for build in builders(tiny):
            np.testing.assert_allclose(build(settings).baseline_output, expected, atol=1e-12)


def test_float32_runs_in_float32_near_float64(tiny):
    exact = {s: tiny.sweep(PANEL, s)(2) for s in every_settings(tiny)}
    for settings, expected in exact.items():
        for build in builders(tiny):
            for got, want in zip(build(replace(settings, dtype="float32"))(2), expected):
                assert got.dtype == np.float32
                np.testing.assert_allclose(got, want, atol=2e-5)


def test_same_input_same_bits_and_small_batches_agree(tiny, monkeypatch):
    settings = ProbeSettings(BASELINE, tiny.defaults.grid, cls=0.0, dtype="float64")
    once, again = (ForwardADSweep(tiny, PANEL, settings)(1) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(once, again))
    monkeypatch.setattr(value_sweep, "CELL_BUDGET", 3 * len(PANEL) ** 2)
    for got, expected in zip(ForwardADSweep(tiny, PANEL, settings)(1), once):
        np.testing.assert_allclose(got, expected, atol=1e-12)


def test_permuting_the_panel_permutes_the_result(tiny):
    order = [4, 0, 6, 2, 5, 1, 3]
    other = Panel(tuple(PANEL.genes[k] for k in order))
    for settings in every_settings(tiny):
        straight = ForwardADSweep(tiny, PANEL, settings)(2)
        background = settings.background
        if isinstance(background, Profile):
            background = Profile("permuted", tuple(background.at(k) for k in order))
        moved = replace(settings, background=background)
        permuted = ForwardADSweep(tiny, other, moved)(order.index(2))
        for got, expected in zip(permuted, straight):
            np.testing.assert_allclose(got, expected[:, order], atol=1e-12)


def test_the_fast_sweep_is_used_where_there_is_one(tiny):
    for settings in every_settings(tiny):
        expected = ForwardADSweep if settings.readout == "generative" else TangentSweep
        assert type(tiny.sweep(PANEL, settings)) is expected


def test_works_inside_inference_mode(tiny):
    settings = ProbeSettings(BASELINE, GRID, cls=0.0, dtype="float64")
    expected = ForwardADSweep(tiny, PANEL, settings)(1)
    with torch.inference_mode():
        got = ForwardADSweep(tiny, PANEL, settings)(1)
    assert all(np.array_equal(g, e) for g, e in zip(got, expected))


def test_several_threads_at_once(tiny):
    """torch allows one forward-mode level per process; two pages may probe at the same time."""
    sweep = ForwardADSweep(tiny, PANEL, ProbeSettings(BASELINE, GRID, cls=0.0))
    expected, got = sweep(1), []
    threads = [
        threading.Thread(target=lambda: got.extend(sweep(1) for _ in range(10))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 30
    assert all(np.array_equal(g[1], expected[1]) for g in got)


@pytest.mark.parametrize("change", [{"grid": (0.0, 600.0)}, {"grid": (-0.5,)}, {"background": -1}])
def test_values_outside_the_range_are_refused(tiny, change):
    settings = replace(ProbeSettings(BASELINE, GRID, cls=0.0), **change)
    for build in builders(tiny):
        with pytest.raises(GridError, match="must lie within 0 to"):
            build(settings)


def test_layouts_and_readouts_it_lacks_are_refused(tiny):
    for build in builders(tiny):
        with pytest.raises(OptionError, match="<cls>"):
            build(ProbeSettings(BASELINE, GRID, cls=7.0))
        if "generative" not in tiny.defaults.readouts:
            with pytest.raises(OptionError, match="visible, masked"):
                build(ProbeSettings(BASELINE, GRID, "generative", 0.0))


@pytest.mark.parametrize("source", [-1, len(PANEL), 10**9])
def test_sources_outside_the_panel_are_refused(tiny, source):
    for build in builders(tiny):
        with pytest.raises(PanelError, match="0 to 6"):
            build(ProbeSettings(BASELINE, GRID, cls=0.0))(source)


def test_panels_the_backbone_cannot_read(tiny):
    settings = ProbeSettings(BASELINE, GRID, cls=0.0)
    with pytest.raises(UnknownGeneError, match="GATA9"):
        tiny.sweep(Panel(("GATA1", "GATA9")), settings)
    with pytest.raises(PanelError, match="'GATA1' and 'Gata1'"):
        tiny.sweep(Panel(("GATA1", "SPI1", "Gata1")), settings)


def test_values_of_another_shape_or_dtype_are_refused(tiny):
    with pytest.raises(PanelError, match="one column per gene"):
        tiny.reconstruct(PANEL, torch.ones(2, len(PANEL) + 1))
    with pytest.raises(OptionError, match="float32 or float64"):
        tiny.reconstruct(PANEL, torch.ones(2, len(PANEL), dtype=torch.int64))


def test_targets_restrict_the_result(tiny):
    cells, some = torch.rand(2, len(PANEL)), torch.tensor([4, 0])
    for readout in tiny.defaults.readouts:
        whole = tiny.reconstruct(PANEL, cells, readout)
        part = tiny.reconstruct(PANEL, cells, readout, targets=some)
        torch.testing.assert_close(part, whole[:, some])


def test_attention_and_embedding_have_the_promised_shapes(tiny):
    cells = torch.rand(3, len(PANEL))
    for cls in tiny.defaults.cls_layouts:
        tokens = len(PANEL) + (cls is not None)
        assert tiny.attention(PANEL, cells, cls).shape == (3, 2, tokens, tokens)
    embedding = tiny.gene_embedding(PANEL)
    assert embedding.shape == (len(PANEL), 8)
    assert embedding.dtype == np.float32


class Detached:
    """A backbone whose reconstruction is not differentiable, or not finite."""

    name = "detached"
    scale: ClassVar[float] = 1.0

    def __init__(self, backbone) -> None:
        self._backbone = backbone
        self.defaults = backbone.defaults

    def reconstruct(self, panel, values, readout="visible", cls=0.0, targets=None):
        plain = torch.from_numpy(np.full(values.shape, self.scale, dtype=np.float32))
        return self._backbone.reconstruct(panel, plain, readout, cls) * self.scale


def test_a_lost_tangent_or_an_infinite_result_is_an_error(tiny):
    settings = ProbeSettings(BASELINE, GRID, cls=0.0)
    with pytest.raises(ComputationError, match="lost the derivative"):
        ForwardADSweep(Detached(tiny), PANEL, settings)(0)
    infinite = Detached(tiny)
    infinite.scale = float("inf")
    with pytest.raises(ComputationError, match="not finite"):
        ForwardADSweep(infinite, PANEL, settings)
