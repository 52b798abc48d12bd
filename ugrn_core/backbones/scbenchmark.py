"""scBenchmark checkpoints, and the backbone UGRN ships, which has the same format.

Format and defaults: design notes backbones.md 2.1 to 2.4. A folder may hold `ugrn.json` with
defaults of its own: name, baseline, grid, readouts, value_scale, value_range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Self

from ugrn_core.backbones.adapter import GeneWeights, TransformerBackbone, Weights
from ugrn_core.backbones.base import BackboneDefaults
from ugrn_core.backbones.checkpoint import Checkpoint, file_checksum
from ugrn_core.backbones.layers import (
    attention_name,
    read_gene_table,
    read_heads,
    read_layers,
    stated_layers,
)
from ugrn_core.backbones.transformer import Transformer
from ugrn_core.backbones.vocabulary import read_json
from ugrn_core.errors import CheckpointError
from ugrn_core.types import ValueScale

STRUCTURES = ("transformer", "transformer_ours")
READ = ("embedding.", "emb_trans.", "value_encoder.", "encoder.", "decoder.")
OVERRIDES = "ugrn.json"
ONE_COUNT = math.log1p(1)
READOUTS = ("visible", "masked")
DEFAULTS = BackboneDefaults(
    value_range=(0.0, 10.0),  # log1p counts: 10 is 22,025 counts of one gene in one cell
    baseline=ONE_COUNT,
    grid=(0.0, 0.25, 0.5, ONE_COUNT, 1.0, 1.5, 2.5, 5.0),
    readouts=READOUTS,
    cls_layouts=(0.0, None),
    mask_value=-1.0,
    value_scale=ValueScale.LOG1P_COUNTS,
)


class ScBenchmark(TransformerBackbone):
    """scBenchmark, transformer structure. Baseline log 2, one count: the lowest value it saw."""

    kind = "scbenchmark"

    @staticmethod
    def recognises(keys: Collection[str]) -> bool:
        """Return whether a state dict with `keys` is a scBenchmark model, of any structure."""
        return "embedding.weight" in keys and "value_encoder.0.weight" in keys

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, name: str) -> Self:
        """Return the backbone; raise CheckpointError naming what lacks, misfits or is refused."""
        structure = checkpoint.arguments.get("model_structure", STRUCTURES[0])
        if structure not in STRUCTURES:
            raise CheckpointError(
                f"The arguments in {checkpoint.folder} give model_structure "
                f"'{str(structure)[:40]}'; UGRN reads scBenchmark's {' and '.join(STRUCTURES)}."
            )
        checkpoint = checkpoint.renamed(attention_name)
        genes, net = _read_weights(checkpoint)
        checkpoint.require_complete()
        checkpoint.require_all_read(READ)
        defaults = replace(
            DEFAULTS,
            mask_value=checkpoint.number("mask_value", default=DEFAULTS.mask_value),
            cls_layouts=(checkpoint.number("cls_value", default=0.0), None),
        )
        files = dict(checkpoint.files)
        overrides = checkpoint.folder / OVERRIDES
        if overrides.is_file():
            defaults = override(defaults, read_json(overrides, most_bytes=1_000_000), overrides)
            files[OVERRIDES] = file_checksum(overrides)
        return cls(
            name=name,
            folder=checkpoint.folder,
            vocabulary=checkpoint.vocabulary,
            defaults=defaults,
            weights=Weights(genes, net),
            files=files,
            ignored=checkpoint.ignored,
        )


def _read_weights(checkpoint: Checkpoint) -> tuple[GeneWeights, Transformer]:
    take = checkpoint.affine
    embedding = read_gene_table(checkpoint, "embedding.weight")
    first = checkpoint.take("value_encoder.0.weight", None, 1)
    checkpoint.require_complete()
    width = first.shape[0]
    projection = None
    if embedding.shape[1] != width or "emb_trans.weight" in checkpoint.state:
        projection = take("emb_trans", width, embedding.shape[1])
    net = Transformer(
        heads=read_heads(checkpoint, width),
        value1=take("value_encoder.0", width, 1),
        value2=take("value_encoder.2", width, width),
        value_norm=None,  # the state dict has a layer_norm, but the original never applies it
        batch_norm=None,
        layers=read_layers(checkpoint, "encoder.layers.", width, stated_layers(checkpoint)),
        decoder=(
            take("decoder.0", width, width),
            take("decoder.2", width, width),
            take("decoder.4", 1, width),
        ),
    )
    return GeneWeights(embedding, projection=projection), net


def override(defaults: BackboneDefaults, given: dict[str, Any], source: object) -> BackboneDefaults:
    """Return `defaults` with what a `ugrn.json` gives; raise CheckpointError if it is ill-formed.

    `source` names the file in messages. `name` is accepted here and read by `open_backbone`.
    """
    checks: dict[str, Callable[[Any], bool]] = {
        "name": lambda v: isinstance(v, str) and 0 < len(v) <= 60,
        "value_scale": lambda v: isinstance(v, str) and 0 < len(v) <= 120,
        "value_range": lambda v: _numbers(v) and len(v) == 2 and v[0] < v[1],
        "baseline": lambda v: _numbers([v]),
        "grid": lambda v: _numbers(v) and 0 < len(v) == len(set(v)),
        "readouts": lambda v: isinstance(v, list) and v != [] and _distinct_readouts(v),
    }
    for key, value in given.items():
        if key not in checks or not checks[key](value):
            what = "an ill-formed" if key in checks else "an unknown"
            raise CheckpointError(
                f"{source} holds {what} entry '{key[:40]}': {str(value)[:60]}. "
                f"It may give {', '.join(checks)}."
            )
    parts = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items() if k != "name"}
    if "value_scale" in parts:
        phrase = parts["value_scale"]
        parts["value_scale"] = ValueScale.of_phrase(phrase)
        parts["own_phrase"] = "" if phrase == parts["value_scale"].phrase else phrase
    merged = replace(defaults, **parts)
    low, high = merged.value_range
    if not all(low <= v <= high for v in (*merged.grid, merged.baseline)):
        raise CheckpointError(
            f"{source} gives a baseline or grid outside its value range {low:g} to {high:g}. "
            "Widen value_range or change them."
        )
    return merged


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 512 for v in values
    )


def _distinct_readouts(values: list) -> bool:
    return all(v in READOUTS for v in values) and len(set(map(str, values))) == len(values)
