"""Tahoe-x1 checkpoints: scGPT's scheme with pre-norm layers, trained on perturbed cells too.

Format: design notes models-fetch.md 3; a folder holds model.safetensors, model_config.yml,
collator_config.yml and vocab.json (Ensembl ids), as published.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import yaml

from ugrn_core.backbones.adapter import GeneWeights, TransformerBackbone, Weights
from ugrn_core.backbones.base import BackboneDefaults
from ugrn_core.backbones.checkpoint import Checkpoint
from ugrn_core.backbones.ensembl import ensembl_vocabulary
from ugrn_core.backbones.layers import attention_name, read_layers
from ugrn_core.backbones.transformer import ACTIVATIONS, CLAMP, EPS, Transformer
from ugrn_core.backbones.vocabulary import SPECIAL
from ugrn_core.errors import CheckpointError
from ugrn_core.types import ValueScale

MOST_BYTES = 1_000_000
GRID = (0.0, 1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0)  # of 50 bins
BIN_COUNT = 51
NORMS = ("layernorm", "low_precision_layernorm")
READ = ("gene_encoder.", "expression_encoder.", "transformer_encoder.", "expression_decoder.")


class Tahoe(TransformerBackbone):
    """Tahoe-x1. Baseline 1: the lowest value its training fed (zero genes were left out)."""

    kind = "tahoe"

    @staticmethod
    def recognises(keys: Collection[str]) -> bool:
        """Return whether a state dict with `keys` is a Tahoe-x1 model."""
        return "expression_encoder.linear1.weight" in keys

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, name: str) -> Self:
        """Return the backbone; raise CheckpointError naming what lacks, misfits or is refused."""
        config = _config(checkpoint, "model_config.yml", "model_config.yaml")
        config = _part(config, "model") or config
        collator = _config(checkpoint, "collator_config.yml", "collator_config.yaml")
        collator = _part(collator, "collator") or collator
        checkpoint = checkpoint.renamed(canonical_name)
        _refuse_unsupported(checkpoint, config)
        embedding = checkpoint.take("gene_encoder.embedding.weight", None, None)
        checkpoint.require_complete()
        net = _read_network(checkpoint, config, embedding.shape[1])
        norm, flag = None, None
        if "gene_encoder.enc_norm.weight" in checkpoint.state:
            norm = checkpoint.affine("gene_encoder.enc_norm", net.width)
        # Trained without the mask that keeps queries apart, as the 3B model: another readout.
        apart = _part(config, "attn_config").get("use_attn_mask", True)
        if "flag_encoder.weight" in checkpoint.state and apart:
            flag = checkpoint.take("flag_encoder.weight", 2, net.width)[1].clone()
        checkpoint.require_complete()
        checkpoint.require_all_read(READ)
        tokens = _tokens(checkpoint, len(embedding))
        return cls(
            name=name,
            folder=checkpoint.folder,
            vocabulary=ensembl_vocabulary(tokens),
            defaults=_defaults(collator, has_cls="<cls>" in tokens, generative=flag is not None),
            weights=Weights(GeneWeights(embedding, norm=norm), net, flag),
            files=checkpoint.files,
            ignored=checkpoint.ignored,
        )

    def told(self) -> list[str]:
        """See `LoadedBackbone.told`: the head count, activations, norms and the clamp."""
        net = self.weights.net
        kinds = [net.activation, net.value_activation, net.decoder_activation]
        return [*super().told(), *kinds, str(net.pre_norm), str(net.clamp)]


def canonical_name(key: str) -> str:
    """Return `key` as scGPT's layers are named: attention in torch's naming, linear1, linear2."""
    key = key.replace(".up_proj.", ".linear1.").replace(".down_proj.", ".linear2.")
    return attention_name(key)


def _read_network(checkpoint: Checkpoint, config: dict, width: int) -> Transformer:
    take, value = checkpoint.affine, _part(config, "expression_encoder")
    pre_norm = config.get("norm_scheme", "pre") == "pre"
    has_norm = "expression_encoder.norm.weight" in checkpoint.state
    hidden = sum(k.startswith("expression_decoder.linear_layers.") for k in checkpoint.state) // 2
    decoder = [take(f"expression_decoder.linear_layers.{n}", width, width) for n in range(hidden)]
    return Transformer(
        heads=_heads(checkpoint, config, width),
        value1=take("expression_encoder.linear1", width, 1),
        value2=take("expression_encoder.linear2", width, width),
        value_norm=take("expression_encoder.norm", width) if has_norm else None,
        batch_norm=None,
        layers=read_layers(checkpoint, "transformer_encoder.layers.", width, _count(config)),
        decoder=(*decoder, take("expression_decoder.out_proj", 1, width)),
        activation=_activation(checkpoint, config.get("transformer_activation", "gelu")),
        value_activation=_activation(checkpoint, value.get("activation", "relu")),
        decoder_activation=_activation(
            checkpoint, _part(config, "expression_decoder").get("activation", "leaky_relu")
        ),
        clamp=float(_number(value, "max_value", CLAMP)),
        pre_norm=pre_norm,
        final_norm=take("transformer_encoder.norm", width) if pre_norm else None,
        queries_projected=True,
    )


def _tokens(checkpoint: Checkpoint, rows: int) -> tuple[str, ...]:
    """Return the vocabulary's tokens, as many as the gene table has rows or fewer."""
    tokens = checkpoint.vocabulary.tokens
    if any(not SPECIAL.fullmatch(t) for t in tokens[rows:]):
        raise CheckpointError(
            f"The vocabulary in {checkpoint.folder} names {len(tokens)} tokens, its weights hold "
            f"{rows}. Give the files of one and the same model."
        )
    return tokens[:rows]


def _defaults(collator: dict, has_cls: bool, generative: bool) -> BackboneDefaults:
    top = float(_number(collator, "num_bins", BIN_COUNT) - 1)
    pad = float(_number(collator, "pad_value", -2))  # what `<cls>` carried in training
    return BackboneDefaults(
        value_range=(0.0, top),
        baseline=1.0,
        grid=tuple(v * top / GRID[-1] for v in GRID),
        readouts=("visible", "masked", "generative") if generative else ("visible", "masked"),
        cls_layouts=tuple(dict.fromkeys((pad, 0.0, None))) if has_cls else (None,),
        mask_value=float(_number(collator, "mask_value", -1)),
        value_scale=ValueScale.BIN,
        own_phrase=f"expression bin, 1 to {top:g} within the cell's expressed genes, 0 for none",
    )


def _config(checkpoint: Checkpoint, *names: str) -> dict[str, Any]:
    """Return the mapping in the first of the YAML files `names`; raise CheckpointError."""
    path: Path = checkpoint.file(*names)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise CheckpointError(
            f"{path} cannot be read as YAML ({type(error).__name__}). "
            "Put the checkpoint's own file there."
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} should hold a YAML mapping, not {type(content).__name__}.")
    return content


def _part(config: dict, name: str) -> dict:
    part = config.get(name)
    return part if isinstance(part, dict) else {}


def _number(config: dict, name: str, default: float) -> float:
    value = config.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e6:
        raise CheckpointError(
            f"The configuration should give '{name}' as a number, not {str(value)[:40]!r}. "
            "Put the checkpoint's own files there."
        )
    return value


def _eps(norm: dict) -> float:
    """Return the norms' eps; YAML reads `1e-5`, without a point, as text. NaN where it is none."""
    try:
        return float(norm.get("eps", EPS))
    except (TypeError, ValueError):
        return math.nan


def _count(config: dict) -> int | None:
    return int(_number(config, "n_layers", 0)) or None


def _heads(checkpoint: Checkpoint, config: dict, width: int) -> int:
    heads = int(_number(config, "n_heads", 0))
    if heads < 1 or width % heads:
        raise CheckpointError(
            f"model_config.yml in {checkpoint.folder} should give n_heads, a divisor of the width "
            f"{width}; got {heads}. Put the checkpoint's own file there."
        )
    return heads


def _activation(checkpoint: Checkpoint, name: object) -> str:
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise CheckpointError(
            f"The configuration in {checkpoint.folder} asks for the activation "
            f"'{str(name)[:40]}'; UGRN reads Tahoe-x1 with {', '.join(ACTIVATIONS)}."
        )
    return name


def _refuse_unsupported(checkpoint: Checkpoint, config: dict) -> None:
    norm = _part(config, "norm_config")
    problems = {
        "gated feed-forward layers (use_glu)": bool(config.get("use_glu"))
        or any(".gate_proj." in key for key in checkpoint.state),
        "gene embeddings of another model beside its own": any(
            key.startswith(("gene_encoder.extra_embeddings.", "gene_encoder.project."))
            for key in checkpoint.state
        ),
        f"a norm of kind '{str(norm.get('norm_type'))[:40]}'": str(
            norm.get("norm_type", NORMS[0])
        ).lower()
        not in NORMS,
        f"a norm with eps {str(norm.get('eps'))[:20]}": _eps(norm) != EPS,
        "expression that is not read as a number": _part(config, "expression_encoder").get(
            "input_emb_style", "continuous"
        )
        != "continuous",
        f"norm_scheme '{str(config.get('norm_scheme'))[:40]}'": config.get("norm_scheme", "pre")
        not in ("pre", "post"),
    }
    for what, there in problems.items():
        if there:
            raise CheckpointError(
                f"The checkpoint in {checkpoint.folder} uses {what}, which UGRN does not read. "
                "Give a published Tahoe-x1 model, such as the one of 70 million parameters."
            )
