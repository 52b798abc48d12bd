"""A one-layer backbone small enough to write its derivative down by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.backbones.tiny import GENES
from ugrn_core.backbones.adapter import GeneWeights, TransformerBackbone, Weights
from ugrn_core.backbones.base import BackboneDefaults
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.backbones.transformer import EPS, Affine, Layer, Transformer
from ugrn_core.backbones.vocabulary import Vocabulary
from ugrn_core.types import Panel, ProbeSettings

D = 4
PANEL = Panel(GENES[:3])
RNG = np.random.default_rng(11)
EMBEDDING = RNG.normal(size=(len(GENES) + 3, D)).astype(np.float32).astype(np.float64)
SLOPE = np.array([1.0, -0.5, 2.0, -1.0])
OFFSET = np.array([0.25, 0.375, -1.0, 0.5])  # a ReLU is on where SLOPE v + OFFSET > 0
READ = np.array([0.75, -1.125, 0.375, 0.875])


def tensor(array) -> torch.Tensor:
    return torch.tensor(np.asarray(array), dtype=torch.float32)


def affine(weight, bias=0.0) -> Affine:
    weight = tensor(weight)
    return Affine(weight, torch.zeros(weight.shape[0]) + tensor(bias))


@pytest.fixture
def backbone(tmp_path) -> TransformerBackbone:
    """Queries and keys are zero, so every token gets the mean of all; the feed-forward is zero."""
    norm = affine(np.ones(D))
    values_only = np.concatenate([np.zeros((2 * D, D)), np.eye(D)])
    zero = affine(np.zeros((D, D)))
    layer = Layer(affine(values_only), affine(np.eye(D)), zero, zero, norm, norm)
    decoder = (
        affine(np.eye(D), 50.0),  # far above the kink of LeakyReLU: the decoder is linear
        affine(np.eye(D)),
        affine(READ[None]),
    )
    net = Transformer(
        heads=1,
        value1=affine(SLOPE[:, None], OFFSET),
        value2=affine(np.eye(D)),
        value_norm=None,
        batch_norm=None,
        layers=(layer,),
        decoder=decoder,
    )
    return TransformerBackbone(
        name="by hand",
        folder=tmp_path,
        vocabulary=Vocabulary(GENES),
        defaults=BackboneDefaults((0, 5), 1, (1,), ("visible",), (0.0, None), -1, "units"),
        weights=Weights(GeneWeights(tensor(EMBEDDING)), net),
    )


def normalised(z):
    """LayerNorm of z and its derivative, the symmetric (D, D) matrix (I - 11'/D - yy'/D) / s."""
    s = np.sqrt(z.var() + EPS)
    y = (z - z.mean()) / s
    return y, (np.eye(D) - np.ones((D, D)) / D - np.outer(y, y) / D) / s


def by_hand(values, source, cls):
    """(G,) outputs and (G,) derivatives by the source's value."""
    value_vectors = [np.maximum(SLOPE * v + OFFSET, 0) for v in values]
    tokens = [EMBEDDING[k] + e for k, e in enumerate(value_vectors)]
    if cls is not None:  # `<cls>` is the second of the three specials behind the genes
        tokens.append(EMBEDDING[len(GENES) + 1] + np.maximum(SLOPE * cls + OFFSET, 0))
    mean = np.mean(tokens, axis=0)
    moved = np.where(SLOPE * values[source] + OFFSET > 0, SLOPE, 0.0)
    outputs, derivatives = [], []
    for j in range(len(values)):
        first, by_first = normalised(tokens[j] + mean)
        second, by_second = normalised(first)  # the feed-forward part adds nothing
        share = 1 / len(tokens) + (1 if j == source else 0)
        outputs.append(READ @ (second + 50.0))
        derivatives.append(READ @ by_second @ by_first @ moved * share)
    return np.array(outputs), np.array(derivatives)


@pytest.mark.parametrize("cls", [0.0, None])
@pytest.mark.parametrize("source", [0, 2])
def test_outputs_and_derivatives_are_those_written_down(backbone, source, cls):
    baseline, grid = 1.0, (0.2, 0.7, 3.0)
    settings = ProbeSettings(baseline, grid, cls=cls, dtype="float64")
    values = np.full(len(PANEL), baseline)
    base, _ = by_hand(values, source, cls)
    for sweep in (ForwardADSweep(backbone, PANEL, settings), backbone.sweep(PANEL, settings)):
        np.testing.assert_allclose(sweep.baseline_output, base, rtol=0, atol=1e-10)
        response, tangent = sweep(source)
        for t, v in enumerate(grid):
            values[source] = v
            output, derivative = by_hand(values, source, cls)
            np.testing.assert_allclose(response[t], output - base, rtol=0, atol=1e-10)
            np.testing.assert_allclose(tangent[t], derivative, rtol=0, atol=1e-10)
            assert np.abs(derivative).max() > 1e-2
