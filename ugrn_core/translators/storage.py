"""Translators on disk: NAME.safetensors, its card in the header, and NAME.card.json for people.

The header's card is the one that is read; both are written atomically. The header carries a digest
of card and tensors, so that a flipped bit is noticed; format 1, of before that, is read as it is.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from ugrn_core.errors import CheckpointError, MissingDataError
from ugrn_core.files import SEAL, clear_way, read_plain, write_together
from ugrn_core.translators.card import TranslatorCard, read_card
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.mlp import Translator

FORMAT = "2"  # of the file; 1 had no digest
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
    text = card.to_json()
    about = {"card": text, "format": FORMAT, SEAL: _digest(text, tensors)}
    content = safetensors.numpy.save(tensors, metadata=about)
    path = Path(path)
    clear_way(path)
    write_together({path.with_suffix(".card.json"): text.encode(), path: content})


def _digest(card: str, tensors: dict[str, np.ndarray]) -> str:
    """Return the sha256 of a card and of every tensor's name, type, shape and values."""
    digest = hashlib.sha256(card.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"\n{name} {tensor.dtype.str} {tensor.shape}\n".encode())
        digest.update(np.ascontiguousarray(tensor).tobytes())
    return digest.hexdigest()


def load_translator(path: Path) -> tuple[SeedEnsemble, TranslatorCard]:
    """Return what `save_translator` wrote. Nothing in the file is executed.

    Raises MissingDataError when absent; CheckpointError when a tensor is missing, left over,
    ill-shaped, not float32 or not finite, or the card does not fit.
    """
    path = Path(path)
    try:
        raw = read_plain(path, LARGEST)
        tensors, about = safetensors.numpy.load(raw), _metadata(raw)
    except FileNotFoundError as error:
        raise MissingDataError(
            f"There is no translator {path.name} in {path.parent}. Train one."
        ) from error
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise CheckpointError(f"{path} is no readable safetensors file ({error}).") from error
    text = about.get("card", "")
    if set(about) - {"card"}:  # format 1 holds nothing else
        if about.get(SEAL) != _digest(text, tensors):
            raise CheckpointError(f"{path} is damaged: its digest does not fit. Train it again.")
        if about.get("format") != FORMAT:
            raise CheckpointError(
                f"{path} was written by another version of UGRN (format "
                f"{str(about.get('format'))[:20]}, this one reads {FORMAT}). Train it again."
            )
    card = read_card(text, str(path))
    members = tuple(_member(tensors, k, path) for k in range(len(card.reports)))
    if tensors:
        raise CheckpointError(f"{path} holds tensors of no known use: {', '.join(tensors)[:200]}.")
    if any(m.features != card.feature_count for m in members):
        raise CheckpointError(f"{path}: its card states {card.feature_count} features; not so.")
    return SeedEnsemble(members), card


def _metadata(raw: bytes) -> dict[str, str]:
    """Return the metadata in the header of a safetensors file that has been read already."""
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    return {str(k): str(v) for k, v in (header.get("__metadata__") or {}).items()}


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
