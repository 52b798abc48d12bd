"""The random-weights control: same shape, nothing learned, reproducible."""

from __future__ import annotations

import numpy as np
import torch

from ugrn_core.backbones.loaded import tensors_of
from ugrn_core.backbones.random_weights import randomised
from ugrn_core.backbones.transformer import Affine
from ugrn_core.types import Panel, ProbeSettings

PANEL = Panel(("GATA1", "SPI1", "MYC", "JUN"))


def test_same_shape_other_tensors(tiny):
    control = randomised(tiny, seed=1)
    assert control.name == f"{tiny.name}-random"
    assert control.kind == tiny.kind
    assert control.vocabulary is tiny.vocabulary
    assert control.defaults == tiny.defaults
    pairs = list(zip(tensors_of(tiny.weights), tensors_of(control.weights), strict=True))
    for old, new in pairs:
        assert old.shape == new.shape
        assert old.dtype == new.dtype
        assert not torch.equal(old, new)
    assert control.checksum != tiny.checksum
    assert control.describe()["files"] == {}


def test_the_seed_decides(tiny):
    one, same, other = (randomised(tiny, seed=s) for s in (1, 1, 2))
    assert one.checksum == same.checksum
    assert one.checksum != other.checksum


def test_the_original_is_left_alone(tiny):
    before = [t.clone() for t in tensors_of(tiny.weights)]
    cells = torch.ones(1, len(PANEL))
    output = tiny.reconstruct(PANEL, cells)
    randomised(tiny, seed=1).reconstruct(PANEL, cells)
    assert all(torch.equal(a, b) for a, b in zip(before, tensors_of(tiny.weights)))
    assert torch.equal(tiny.reconstruct(PANEL, cells), output)


def test_linear_layers_are_drawn_as_torch_draws_them_and_biases_are_not_zero(tiny):
    net = randomised(tiny, seed=3).weights.net
    for p in (net.value1, net.value2, net.layers[0].qkv, net.layers[1].linear2, *net.decoder):
        assert isinstance(p, Affine)
        bound = p.weight.shape[1] ** -0.5
        assert p.weight.abs().max() <= bound
        assert p.bias.abs().max() <= bound
        assert (p.bias != 0).all()
    assert abs(net.layers[0].qkv.weight.std() - 8**-0.5 / 3**0.5) < 0.03


def test_the_control_can_be_probed_and_its_derivative_at_zero_is_no_artefact(tiny):
    control = randomised(tiny, seed=np.random.default_rng(5))
    settings = ProbeSettings(0.0, (0.0, 1.0), cls=0.0, dtype="float64")
    _, tangent = control.sweep(PANEL, settings)(0)
    assert np.isfinite(tangent).all()
    assert (tangent[0] != 0).all()
