"""Devices: their names, full precision, and that a sweep stays on the device of its genes.

No GPU takes part. PyTorch's fake tensors carry shapes and devices, and raise where arithmetic
mixes two devices, as CUDA would; the device here is 'meta', the one a processor build can fake.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from tests.backbones.networks import MASK, gene_vectors, random_network
from ugrn_core.backbones.tangent import first_layer
from ugrn_core.backbones.tangent import sweep as tangent
from ugrn_core.backbones.tangent.device import (
    CPU_NUMBERS,
    CPU_TOKENS,
    Host,
    full_precision,
    open_device,
    tokens_at_once,
)
from ugrn_core.backbones.tangent.sweep import TangentSweep
from ugrn_core.errors import OptionError
from ugrn_core.types import ProbeSettings

G = 30
SETTINGS = ProbeSettings(background=0.5, grid=(0.0, 0.5, 4.0), dtype="float32", cls=0.0)


class FakeHost:
    """Notes where results came from; a fake has no numbers to bring."""

    came: ClassVar[list[str]] = []

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        self.came.append(x.device.type)
        return torch.zeros(x.shape)


@pytest.fixture
def faked(monkeypatch):
    """No decision that needs numbers, and results that have none."""
    monkeypatch.setattr(FakeHost, "came", [])
    monkeypatch.setattr(tangent, "Host", FakeHost)
    monkeypatch.setattr(torch.Tensor, "numpy", lambda x: np.zeros(tuple(x.shape), np.float32))
    monkeypatch.setattr(first_layer, "held_heads", lambda held: [])
    with FakeTensorMode(allow_non_fake_inputs=True):
        yield


@pytest.mark.parametrize("readout", ["visible", "masked"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu"])
def test_the_whole_sweep_stays_on_the_device_of_its_genes(faked, readout, activation):
    rng = np.random.default_rng(0)
    net = replace(random_network(rng, batch_norm=True), activation=activation)
    vectors = gene_vectors(rng, G + 1).to("meta")
    sweep = TangentSweep(net, vectors[1:], vectors[0], replace(SETTINGS, readout=readout), MASK)
    response, slope = sweep(3)
    assert response.shape == slope.shape == (3, G)
    assert FakeHost.came == ["meta"] * 2


def test_a_tensor_left_behind_is_noticed(faked):
    """The test above can fail: here the genes are elsewhere than `<cls>`."""
    rng = np.random.default_rng(0)
    vectors = gene_vectors(rng, G + 1)
    with pytest.raises(RuntimeError, match="device"):
        TangentSweep(random_network(rng), vectors[1:].to("meta"), vectors[0], SETTINGS, MASK)


def test_batches_are_sized_to_the_memory_that_is_free(monkeypatch):
    asked = []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda where: asked.append(where) or (free, 0))
    gpu = torch.device("cuda:1")
    free = 8 << 30
    tokens = tokens_at_once(gpu, 512, 512, 4)
    assert asked == [gpu]
    assert 8 * 1200 < tokens < free / (4 * 512)  # a source of scGPT's shape at once
    free = 1
    assert tokens_at_once(gpu, 512, 512, 4) == 1
    assert tokens_at_once(torch.device("cpu"), 512, 512, 4) == CPU_TOKENS
    assert tokens_at_once(torch.device("cpu"), 64, 64, 4) == CPU_NUMBERS // 64


def test_names_of_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert open_device("auto") == torch.device("cuda")
    assert open_device("cuda:1") == torch.device("cuda:1")
    assert open_device("cpu") == torch.device("cpu")
    for name in ("gpu", "cuda:x", "cuda:-1", "tpu:0", ""):
        with pytest.raises(OptionError, match="cpu, cuda, cuda:N or auto"):
            open_device(name)
    with pytest.raises(OptionError, match=r"sees 2 CUDA devices.*UGRN_DEVICE=cpu"):
        open_device("cuda:2")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert open_device("auto") == torch.device("cpu")


def test_a_sweep_computes_in_full_precision_and_restores_what_was_set(monkeypatch):
    rng, seen = np.random.default_rng(0), []
    real = TangentSweep._cells
    monkeypatch.setattr(
        TangentSweep,
        "_cells",
        lambda *a: (seen.append(torch.get_float32_matmul_precision()), real(*a))[1],
    )
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        vectors = gene_vectors(rng, G)
        TangentSweep(random_network(rng), vectors, None, replace(SETTINGS, cls=None), MASK)(0)
        assert set(seen) == {"highest"}
        assert torch.get_float32_matmul_precision() == "medium"
        with pytest.raises(ZeroDivisionError), full_precision():
            raise ZeroDivisionError
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


def test_results_on_the_processor_are_not_copied():
    x = torch.ones(3)
    assert Host()(x) is x


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_agrees_with_the_processor():
    rng = np.random.default_rng(0)
    net, vectors = random_network(rng), gene_vectors(rng, G)
    settings = replace(SETTINGS, cls=None)
    for got, wanted in zip(
        TangentSweep(net, vectors.to("cuda"), None, settings, MASK)(3),
        TangentSweep(net, vectors, None, settings, MASK)(3),
        strict=True,
    ):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-5 * abs(wanted).max())
