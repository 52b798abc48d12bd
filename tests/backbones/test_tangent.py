"""The tangent pass against reverse-mode differentiation of the plain forward pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from ugrn_core.backbones.tangent import TangentSweep
from ugrn_core.backbones.transformer import (
    Affine,
    BatchNorm,
    Layer,
    Transformer,
    cast,
    decode,
    encode,
    encode_values,
    normalise_input,
)
from ugrn_core.types import ProbeSettings

G, D, H, F = 13, 24, 4, 32
MASK = -1.0


def random_network(
    rng: np.random.Generator, layers: int = 3, value_norm: bool = True, batch_norm: bool = False
) -> Transformer:
    """Return a float32 network with every weight and bias random: no kink sits at zero."""

    def draw(*shape: int, scale: float = 1.0) -> Tensor:
        return torch.from_numpy(rng.standard_normal(shape).astype(np.float32)) * scale

    def affine(out: int, into: int) -> Affine:
        return Affine(draw(out, into, scale=into**-0.5), draw(out, scale=0.3))

    def norm() -> Affine:
        return Affine(1 + draw(D, scale=0.3), draw(D, scale=0.3))

    encoder = tuple(
        Layer(affine(3 * D, D), affine(D, D), affine(F, D), affine(D, F), norm(), norm())
        for _ in range(layers)
    )
    bn = BatchNorm(draw(D), draw(D), draw(D), draw(D).square() + 0.5) if batch_norm else None
    return Transformer(
        heads=H,
        value1=affine(D, 1),
        value2=affine(D, D),
        value_norm=norm() if value_norm else None,
        batch_norm=bn,
        layers=encoder,
        decoder=(affine(D, D), affine(D, D), affine(1, D)),
    )


def oracle(
    net: Transformer, genes: Tensor, cls: Tensor | None, settings: ProbeSettings, source: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (response, tangent) by float64 reverse mode, one target at a time."""
    exact = cast(net, torch.float64)
    others = MASK if settings.readout == "masked" else settings.baseline

    def run(value: Tensor) -> Tensor:
        values = torch.full((len(genes),), others, dtype=torch.float64)
        values = values.index_put((torch.tensor(source),), value)
        x = genes.double() + encode_values(exact, values)
        if cls is not None:
            first = torch.tensor([settings.cls], dtype=torch.float64)
            x = torch.cat([cls.double() + encode_values(exact, first), x])
        out = decode(exact, encode(exact, normalise_input(exact, x)[None]))[0]
        return out[1:] if cls is not None else out

    def number(v: float) -> Tensor:
        return torch.tensor(v, dtype=torch.float64)

    rows = [torch.autograd.functional.jacobian(run, number(v)) for v in settings.grid]
    start = run(number(settings.baseline))
    response = torch.stack([run(number(v)) - start for v in settings.grid])
    return response.numpy(), torch.stack(rows).numpy()


def inputs(rng: np.random.Generator, genes: int = G) -> tuple[Tensor, Tensor]:
    """Return gene vectors (genes, D) and a `<cls>` vector (D,)."""
    draws = rng.standard_normal((genes + 1, D)).astype(np.float32)
    return torch.from_numpy(draws[1:]), torch.from_numpy(draws[0])


def relative(got: np.ndarray, expected: np.ndarray) -> float:
    """Return the relative L2 distance."""
    return float(np.linalg.norm(got - expected) / np.linalg.norm(expected))


SETTINGS = ProbeSettings(baseline=0.5, grid=(0.0, 0.5, 1.5, 4.0), dtype="float64")


@pytest.mark.parametrize("activation", ["relu", "gelu", "leaky_relu"])
@pytest.mark.parametrize("readout", ["visible", "masked"])
@pytest.mark.parametrize(
    ("value_norm", "batch_norm", "cls"),
    [(True, False, -2.0), (False, False, None), (True, True, 0.0)],
)
def test_float64_matches_reverse_mode(activation, readout, value_norm, batch_norm, cls):
    rng = np.random.default_rng(3)
    net = replace(random_network(rng, 3, value_norm, batch_norm), activation=activation)
    genes, first = inputs(rng)
    first = None if cls is None else first
    settings = replace(SETTINGS, readout=readout, cls=cls)
    sweep = TangentSweep(net, genes, first, settings, MASK)
    for source in (0, 5, G - 1):
        got = sweep(source)
        for g, e in zip(got, oracle(net, genes, first, settings, source), strict=True):
            assert g.dtype == np.float64 and g.shape == (4, G)
            np.testing.assert_allclose(g, e, rtol=1e-12, atol=1e-12 * abs(e).max())
