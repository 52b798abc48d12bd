"""Translators on disk: NAME.safetensors, its card in the header, and NAME.card.json for people.

The header's card is the one that is read; both are written atomically.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from ugrn_core.errors import CheckpointError, MissingDataError
from ugrn_core.files import write_atomically
from ugrn_core.translators.card import TranslatorCard, read_card
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.mlp import Translator

LARGEST = 256_000_000  # bytes


def save_translator(path: Path, ensemble: SeedEnsemble, card: TranslatorCard) -> None:
    """Write `path` (.safetensors) and the readable card beside it; raise StorageError."""
    if len(card.reports) != len(ensemble.members) or card.feature_count != ensemble.features:
        raise CheckpointError(
            f"The card tells of {len(card.reports)} seeds and {card.feature_count} features; the "
            f"translator has {len(ensemble.members)} and {ensemble.features}."
        )
    tensors = {}
    for k, member in enumerate(ensemble.members):
        tensors |= {f"{k}.mean": member.mean, f"{k}.scale": member.scale}
        for n, (weight, bias) in enumerate(member.layers):
            tensors |= {f"{k}.{n}.weight": weight, f"{k}.{n}.bias": bias}
    tensors = {name: np.ascontiguousarray(t, dtype=np.float32) for name, t in tensors.items()}
    content = safetensors.numpy.save(tensors, metadata={"card": card.to_json()})
    write_atomically(Path(path), content)
    write_atomically(Path(path).with_suffix(".card.json"), card.to_json().encode())


def load_translator(path: Path) -> tuple[SeedEnsemble, TranslatorCard]:
    """Return what `save_translator` wrote. Nothing in the file is executed.

    Raises MissingDataError when absent; CheckpointError when a tensor is missing, left over,
    ill-shaped, not float32 or not finite, or the card does not fit.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingDataError(f"There is no translator {path.name} in {path.parent}. Train one.")
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"larger than {LARGEST} bytes")
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get("card", "")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{path} is no readable safetensors file ({error}).") from error
    card = read_card(text, str(path))
    members = tuple(_member(tensors, k, path) for k in range(len(card.reports)))
    if tensors:
        raise CheckpointError(f"{path} holds tensors of no known use: {', '.join(tensors)[:200]}.")
    if any(m.features != card.feature_count for m in members):
        raise CheckpointError(f"{path}: its card states {card.feature_count} features; not so.")
    return SeedEnsemble(members), card


def _member(tensors: dict[str, np.ndarray], k: int, path: Path) -> Translator:
    """Take member `k` out of `tensors`."""
    mean = _take(tensors, f"{k}.mean", None, path)
    scale = _take(tensors, f"{k}.scale", mean.shape, path)
    if mean.ndim != 1 or not (scale > 0).all():
        raise CheckpointError(f"{path}: {k}.mean and {k}.scale are no feature statistics.")
    layers, width = [], len(mean)
    while f"{k}.{len(layers)}.weight" in tensors:
        name = f"{k}.{len(layers)}"
        weight = _take(tensors, f"{name}.weight", None, path)
        if weight.ndim != 2 or weight.shape[1] != width:
            raise CheckpointError(f"{path}: {name}.weight is {weight.shape}, not (*, {width}).")
        width = weight.shape[0]
        layers.append((weight, _take(tensors, f"{name}.bias", (width,), path)))
    if not layers or width != 1:
        raise CheckpointError(f"{path}: the layers of member {k} do not end in one logit.")
    return Translator(mean, scale, tuple(layers))


def _take(tensors: dict, name: str, shape: tuple[int, ...] | None, path: Path) -> np.ndarray:
    if name not in tensors:
        raise CheckpointError(f"{path} lacks the tensor {name}. Train the translator again.")
    tensor = tensors.pop(name)
    sound = tensor.dtype == np.float32 and np.isfinite(tensor).all()
    if not sound or (shape is not None and tensor.shape != shape):
        raise CheckpointError(
            f"{path}: {name} should be finite float32{f' {shape}' if shape else ''}; "
            f"it is {tensor.dtype} {tensor.shape}."
        )
    return tensor
