"""Random transformers, and their exact responses and derivatives by reverse mode."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

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

DEPTH, D, H, F = 3, 24, 4, 32
MASK = -1.0


def random_network(
    rng: np.random.Generator,
    value_norm: bool = True,
    batch_norm: bool = False,
    pre_norm: bool = False,
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
        for _ in range(DEPTH)
    )
    return Transformer(
        heads=H,
        value1=affine(D, 1),
        value2=affine(D, D),
        value_norm=norm() if value_norm else None,
        batch_norm=BatchNorm(draw(D), draw(D), draw(D), draw(D).square() + 0.5)
        if batch_norm
        else None,
        layers=encoder,
        decoder=(*(affine(D, D) for _ in range(1 if pre_norm else 2)), affine(1, D)),
        pre_norm=pre_norm,
        final_norm=norm() if pre_norm else None,
    )


def gene_vectors(rng: np.random.Generator, count: int) -> Tensor:
    """Return (count, D) random vectors."""
    return torch.from_numpy(rng.standard_normal((count, D)).astype(np.float32))


def oracle(
    net: Transformer, genes: Tensor, cls: Tensor | None, settings: ProbeSettings, source: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (response, tangent), both (T, G), by float64 reverse mode, target by target."""
    run = _forward(net, genes, cls, settings, source, torch.float64)
    values = torch.tensor(settings.grid, dtype=torch.float64)
    start = run(torch.tensor(settings.background.at(source), dtype=torch.float64))
    response = torch.stack([run(v) - start for v in values])
    tangent = torch.stack([torch.autograd.functional.jacobian(run, v) for v in values])
    return response.numpy(), tangent.numpy()


def plain_float32(
    net: Transformer, genes: Tensor, cls: Tensor | None, settings: ProbeSettings, source: int
) -> np.ndarray:
    """Return the (T, G) outputs of the plain float32 forward pass."""
    run = _forward(net, genes, cls, settings, source, torch.float32)
    return torch.stack([run(torch.tensor(v)) for v in settings.grid]).numpy()


def _forward(net, genes, cls, settings, source, dtype):
    """Return the outputs (G,) as a function of the source's value."""
    net = cast(net, dtype)
    others = np.array(MASK) if settings.readout == "masked" else settings.background.array()

    def run(value: Tensor) -> Tensor:
        values = torch.from_numpy(np.broadcast_to(others, len(genes)).copy()).to(dtype)
        values = values.index_put((torch.tensor(source),), value)
        x = genes.to(dtype) + encode_values(net, values)
        if cls is not None:
            first = torch.tensor([settings.cls], dtype=dtype)
            x = torch.cat([cls.to(dtype) + encode_values(net, first), x])
        return decode(net, encode(net, normalise_input(net, x)[None]))[0, -len(genes) :]

    return run


def relative(got: np.ndarray, expected: np.ndarray) -> float:
    """Return the relative L2 distance."""
    return float(np.linalg.norm(got - expected) / np.linalg.norm(expected))
