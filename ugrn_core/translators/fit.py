"""Training a translator: binary cross-entropy, Adam, early stopping on held-out source pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import average_precision_score

from ugrn_core.errors import OptionError
from ugrn_core.translators.mlp import Translator, check_features, standardise

SMALLEST_SPREAD = 1e-6  # relative to |mean|: below it a float32 feature is constant


@dataclass(frozen=True)
class FitConfig:
    """How a translator is trained; part of its card.

    hidden: widths of the hidden layers. batch: pairs a step. patience: epochs without a better
    held-out loss before stopping. dropout: share of hidden units silenced while training.
    """

    hidden: tuple[int, ...] = (64, 32)
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    batch: int = 1024
    epochs: int = 200
    patience: int = 15
    dropout: float = 0.1


@dataclass(frozen=True)
class FitReport:
    """How one training went: losses per epoch (training, held-out), the epoch kept, its AUPRC."""

    seed: int
    loss: tuple[tuple[float, float], ...]
    best_epoch: int
    held_out_auprc: float
    held_out_prevalence: float
    constant_features: tuple[int, ...]


def fit(
    features: np.ndarray,
    labels: np.ndarray,
    held_out: np.ndarray,
    config: FitConfig,
    seed: int,
) -> tuple[Translator, FitReport]:
    """Return the translator of the epoch with the lowest held-out loss, and how it went.

    features (N, K) float32, NaN = missing; labels (N,) of 0/1; held_out (N,) bool, the pairs kept
    back for early stopping (split by regulator: pairs of one regulator are not independent).
    The same arguments give the same bits on the same machine. Raises OptionError for arrays that
    do not fit together or a side without both labels.
    """
    labels, held_out = np.asarray(labels).astype(bool), np.asarray(held_out).astype(bool)
    check_training_set(features, labels, held_out)
    mean, scale, constant = feature_statistics(features[~held_out])
    x = torch.from_numpy(standardise(features, mean, scale))
    y = torch.from_numpy(labels.astype(np.float32))
    inside = torch.from_numpy(~held_out)
    generator = torch.Generator().manual_seed(seed)
    network = _initial_layers((features.shape[1], *config.hidden, 1), generator)
    best, losses, best_epoch = _train(network, (x, y, inside), config, generator)
    translator = Translator(mean, scale, best)
    score = average_precision_score(labels[held_out], translator.logits(features[held_out]))
    prevalence = float(labels[held_out].mean())
    report = FitReport(
        seed=seed,
        loss=tuple(losses),
        best_epoch=best_epoch,
        held_out_auprc=float(score),
        held_out_prevalence=prevalence,
        constant_features=constant,
    )
    return translator, report


def check_training_set(features: np.ndarray, labels: np.ndarray, held_out: np.ndarray) -> None:
    """Raise OptionError for arrays that do not fit together or cannot be learned from."""
    check_features(features, features.shape[-1])
    if labels.shape != (len(features),) or held_out.shape != (len(features),):
        raise OptionError(
            f"Labels and held-out marks need one entry for each of {len(features)} pairs; "
            f"{labels.shape} and {held_out.shape} came."
        )
    if np.isinf(features).any():
        raise OptionError("Features must be finite, or NaN for missing; infinity came.")
    for what, side in (("training", ~held_out), ("held-out", held_out)):
        if len(np.unique(labels[side])) < 2:
            raise OptionError(
                f"The {what} pairs need both edges and non-edges; {int(labels[side].sum())} of "
                f"{int(side.sum())} are edges. Choose a larger source network or another split."
            )


def feature_statistics(features: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Return float32 mean (K,), scale (K,) with 1 for constant features, and those features."""
    present = ~np.isnan(features)
    count = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, features, 0).sum(axis=0, dtype=np.float64) / count
    squares = np.where(present, (features - mean) ** 2, 0).sum(axis=0, dtype=np.float64)
    spread = np.sqrt(squares / count)
    constant = spread <= SMALLEST_SPREAD * np.abs(mean)  # also 0 <= 0
    scale = np.where(constant, 1, spread)
    return (
        mean.astype(np.float32),
        scale.astype(np.float32),
        tuple(int(k) for k in np.flatnonzero(constant)),
    )


def _initial_layers(
    widths: tuple[int, ...], generator: torch.Generator
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return (weight, bias) per layer, uniform within 1/sqrt(inputs)."""
    layers = []
    for inputs, outputs in pairwise(widths):
        bound = inputs**-0.5
        weight = (torch.rand(outputs, inputs, generator=generator) * 2 - 1) * bound
        bias = (torch.rand(outputs, generator=generator) * 2 - 1) * bound
        layers.append((weight.requires_grad_(), bias.requires_grad_()))
    return layers


def _train(layers, data, config: FitConfig, generator: torch.Generator):
    """Return the best layers as numpy, the losses per epoch and the best epoch's number."""
    x, y, inside = data
    x_in, y_in, x_out, y_out = x[inside], y[inside], x[~inside], y[~inside]
    parameters = [p for layer in layers for p in layer]
    adam = torch.optim.AdamW(
        parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    best, best_loss, best_epoch, losses = _frozen(layers), np.inf, 0, []
    for epoch in range(1, config.epochs + 1):
        order = torch.randperm(len(x_in), generator=generator)
        total = 0.0
        for part in order.split(config.batch):
            loss = F.binary_cross_entropy_with_logits(
                _forward(layers, x_in[part], config.dropout, generator), y_in[part]
            )
            adam.zero_grad()
            loss.backward()
            adam.step()
            total += loss.item() * len(part)
        with torch.no_grad():
            logits = _forward(layers, x_out, 0.0, generator)
            held_out = F.binary_cross_entropy_with_logits(logits, y_out).item()
        losses.append((round(total / len(x_in), 6), round(held_out, 6)))
        if held_out < best_loss:
            best, best_loss, best_epoch = _frozen(layers), held_out, epoch
        elif epoch - best_epoch >= config.patience:
            break
    return best, losses, best_epoch


def _forward(layers, x: torch.Tensor, dropout: float, generator: torch.Generator) -> torch.Tensor:
    """Return the (N,) logits of standardised features (N, K)."""
    for weight, bias in layers[:-1]:
        x = F.relu(F.linear(x, weight, bias))
        if dropout:
            x = x * (torch.rand(x.shape, generator=generator) >= dropout) / (1 - dropout)
    weight, bias = layers[-1]
    return F.linear(x, weight, bias).squeeze(-1)


def _frozen(layers) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return copies of the layers as float32 arrays."""
    return tuple((w.detach().numpy().copy(), b.detach().numpy().copy()) for w, b in layers)
