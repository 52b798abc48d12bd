"""scGPT checkpoints: whole-human, organ and fine-tuned ones, in every spelling of their keys.

Format and defaults: design notes backbones.md 1.1 to 1.7.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

from ugrn_core.backbones.adapter import GeneWeights, TransformerBackbone, Weights
from ugrn_core.backbones.base import BackboneDefaults
from ugrn_core.backbones.checkpoint import Checkpoint
from ugrn_core.backbones.layers import (
    attention_name,
    read_gene_table,
    read_heads,
    read_layers,
    stated_layers,
)
from ugrn_core.backbones.transformer import BatchNorm, Transformer
from ugrn_core.errors import CheckpointError
from ugrn_core.types import ValueScale

SAFETENSORS_NAMES = {  # the Hugging Face conversion renames whole modules
    "gene_encoder.": "encoder.",
    "transformer.": "transformer_encoder.",
    "expr_decoder.": "decoder.",
}
# Releases by the sha256 of their weights: a file's name and size have misled many.
RELEASES = {
    "6cb5d451ab5c4b33eb673adbe4fddc61d2389df1b89b7651a9fe2e557572b922": "whole-human",
    "ad0252a1971e0cd619b7116dbab3177432236c4537225d54280a2aa7e5fe402a": "continual pretrained",
    "cabd40e6e22514865825975940f2c61ac1395f3317bba9f773858cd72914064c": "continual pretrained",
}
CONTINUAL_CLASSES = 177  # of the head that only the continual model was published with
REFUSED = {
    "dsbn.": "domain-specific batch norm, which needs a batch label for every cell",
    "batch_encoder.": "batch labels, which UGRN cannot know",
    "pert_encoder.": "the perturbation fine-tune, whose decoder is another function",
    "decoder.coeff_decoder.": "the perturbation fine-tune, whose decoder is another function",
    "decoder.bias_decoder.": "the perturbation fine-tune, whose decoder is another function",
}
READ = ("encoder.", "value_encoder.", "bn.", "transformer_encoder.", "decoder.")
UNREAD = ("decoder.zero_logit.",)  # the probability of a zero, which is no part of the value
GRID = (0.0, 1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0)  # of 50 bins
BIN_COUNT = 51
CLS_LAYOUTS = (-2.0, 0.0, None)  # pretraining, fine-tuning and notebooks, perturbation tutorial


class ScGPT(TransformerBackbone):
    """scGPT. Baseline 1: the lowest value its pretraining fed (zero genes were left out)."""

    kind = "scgpt"

    @staticmethod
    def recognises(keys: Collection[str]) -> bool:
        """Return whether a state dict with `keys` is an scGPT model."""
        published = "encoder.enc_norm.weight" in keys
        converted = "gene_encoder.enc_norm.weight" in keys and "value_encoder.norm.weight" in keys
        return published or converted

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, name: str) -> Self:
        """Return the backbone; raise CheckpointError naming what lacks, misfits or is refused."""
        _refuse_unsupported(checkpoint)
        checkpoint = checkpoint.renamed(canonical_name)
        embedding = read_gene_table(checkpoint, "encoder.embedding.weight")
        width = embedding.shape[1]
        net = _read_network(checkpoint, width)
        flag = None
        # The original never combined its input BatchNorm with queried tokens.
        if "flag_encoder.weight" in checkpoint.state and net.batch_norm is None:
            flag = checkpoint.take("flag_encoder.weight", 2, width)[1].clone()
        norm = checkpoint.affine("encoder.enc_norm", width)
        checkpoint.require_complete()
        checkpoint.require_all_read(READ, UNREAD)
        return cls(
            name=name,
            folder=checkpoint.folder,
            release=release(checkpoint),
            vocabulary=checkpoint.vocabulary,
            defaults=_defaults(checkpoint, generative=flag is not None),
            weights=Weights(GeneWeights(embedding, norm=norm), net, flag),
            files=checkpoint.files,
            ignored=checkpoint.ignored,
        )


def release(checkpoint: Checkpoint) -> str:
    """Return which published scGPT model this is, told by its content; empty where it is none
    that is known: an organ's, or somebody's own."""
    known = [RELEASES[h] for h in checkpoint.files.values() if h in RELEASES]
    if known:
        return known[0]
    head = checkpoint.state.get("cls_decoder.out_layer.weight")
    like = head is not None and head.ndim == 2 and len(head) == CONTINUAL_CLASSES
    return "like continual pretrained, by its head of 177 classes" if like else ""


def canonical_name(key: str) -> str:
    """Return `key` as the original pretraining code names it, attention in torch's naming."""
    for theirs, ours in SAFETENSORS_NAMES.items():
        if key.startswith(theirs):
            key = ours + key[len(theirs) :]
    return attention_name(key)


def _read_network(checkpoint: Checkpoint, width: int) -> Transformer:
    take = checkpoint.affine
    batch_norm = None
    if "bn.running_mean" in checkpoint.state or "bn.weight" in checkpoint.state:
        names = ("weight", "bias", "running_mean", "running_var")
        batch_norm = BatchNorm(*(checkpoint.take(f"bn.{n}", width) for n in names))
    return Transformer(
        heads=read_heads(checkpoint, width),
        value1=take("value_encoder.linear1", width, 1),
        value2=take("value_encoder.linear2", width, width),
        value_norm=take("value_encoder.norm", width),
        batch_norm=batch_norm,
        layers=read_layers(
            checkpoint, "transformer_encoder.layers.", width, stated_layers(checkpoint)
        ),
        decoder=(
            take("decoder.fc.0", width, width),
            take("decoder.fc.2", width, width),
            take("decoder.fc.4", 1, width),
        ),
    )


def _defaults(checkpoint: Checkpoint, generative: bool) -> BackboneDefaults:
    top = float((checkpoint.whole_number("n_bins") or BIN_COUNT) - 1)
    return BackboneDefaults(
        value_range=(0.0, top),
        baseline=1.0,
        grid=tuple(v * top / GRID[-1] for v in GRID),
        readouts=("visible", "masked", "generative") if generative else ("visible", "masked"),
        cls_layouts=CLS_LAYOUTS,
        mask_value=checkpoint.number("mask_value", default=-1.0),
        value_scale=ValueScale.BIN,
        own_phrase=f"expression bin, 1 to {top:g} within the cell's expressed genes, 0 for none",
    )


def _refuse_unsupported(checkpoint: Checkpoint) -> None:
    for prefix, what in REFUSED.items():
        if any(key.startswith(prefix) for key in checkpoint.state):
            raise CheckpointError(
                f"The checkpoint in {checkpoint.folder} uses {what} ('{prefix}' tensors). "
                "Give a pretrained scGPT, or one fine-tuned without it."
            )
    given = checkpoint.arguments
    post = given.get("pre_norm") in (None, False) and given.get("norm_scheme", "post") == "post"
    if not post:
        raise CheckpointError(
            f"The arguments in {checkpoint.folder} ask for pre-norm layers; UGRN reads post-norm "
            "scGPT models, as all published ones are."
        )
    if given.get("input_emb_style", "continuous") != "continuous":
        raise CheckpointError(
            f"The arguments in {checkpoint.folder} give input_emb_style "
            f"'{str(given['input_emb_style'])[:40]}'; UGRN reads 'continuous' scGPT models."
        )
