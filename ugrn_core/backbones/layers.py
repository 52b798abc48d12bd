"""Reading the encoder layers that scGPT and scBenchmark checkpoints share."""

from __future__ import annotations

import re

from torch import Tensor

from ugrn_core.backbones.checkpoint import Checkpoint
from ugrn_core.backbones.transformer import Affine, Layer
from ugrn_core.errors import CheckpointError

HEAD_NAMES = ("nheads", "nhead", "n_heads", "n_head", "num_heads", "num_attention_heads")
LAYER_NAMES = ("nlayers", "n_layers", "num_layers", "num_hidden_layers")


def attention_name(key: str) -> str:
    """Return `key` with flash-attention spellings (Wqkv, _impl) renamed to torch's.

    The matrices are laid out alike: query, key, value rows, head by head.
    """
    key = key.replace(".self_attn._impl.", ".self_attn.")
    return re.sub(r"\.self_attn\.(?:Wqkv\.|in_proj\.)(weight|bias)$", r".self_attn.in_proj_\1", key)


def read_gene_table(checkpoint: Checkpoint, key: str) -> Tensor:
    """Return the gene table `key`, a row a token of vocab.json; raise CheckpointError where they
    are not as many."""
    table = checkpoint.take(key, None, None)
    tokens = len(checkpoint.vocabulary)
    checkpoint.require_complete()
    if len(table) != tokens:
        raise CheckpointError(
            f"vocab.json in {checkpoint.folder} names {tokens:,} tokens, special ones counted; the "
            f"weights hold {len(table):,} ('{key}'). Give the files of one and the same model."
        )
    return table


def read_heads(checkpoint: Checkpoint, width: int) -> int:
    """Return the head count from the arguments: no tensor's shape tells it."""
    heads = checkpoint.whole_number(*HEAD_NAMES)
    if heads is None or width % heads:
        raise CheckpointError(
            f"The arguments in {checkpoint.folder} should give the number of attention heads "
            f"('nheads'), a divisor of the width {width}; got {heads}. "
            "Put the checkpoint's own args.json there."
        )
    return heads


def read_layers(
    checkpoint: Checkpoint, prefix: str, width: int, stated: int | None = None
) -> tuple[Layer, ...]:
    """Return the layers under `prefix`, as many as the keys name; record those that misfit.

    stated: how many the configuration names. Raises CheckpointError when the keys name another
    number.
    """
    pattern = re.compile(re.escape(prefix) + r"(\d{1,4})\.")
    numbers = {int(m[1]) for m in map(pattern.match, checkpoint.state) if m}
    count = max(numbers, default=-1) + 1
    if not numbers or (stated is not None and stated != count):
        raise CheckpointError(
            f"The checkpoint in {checkpoint.folder} holds {count} layers ('{prefix}N' tensors), "
            f"its arguments state {stated}. Give weights and args.json of one and the same model."
        )
    return tuple(_read_layer(checkpoint, f"{prefix}{n}", width) for n in range(count))


def stated_layers(checkpoint: Checkpoint) -> int | None:
    """Return how many layers the arguments state, if they do."""
    return checkpoint.whole_number(*LAYER_NAMES)


def _read_layer(checkpoint: Checkpoint, at: str, width: int) -> Layer:
    take = checkpoint.affine
    linear1 = take(f"{at}.linear1", None, width)
    return Layer(
        qkv=Affine(
            checkpoint.take(f"{at}.self_attn.in_proj_weight", 3 * width, width),
            checkpoint.take(f"{at}.self_attn.in_proj_bias", 3 * width),
        ),
        out=take(f"{at}.self_attn.out_proj", width, width),
        linear1=linear1,
        linear2=take(f"{at}.linear2", width, linear1.weight.shape[0]),
        norm1=take(f"{at}.norm1", width),
        norm2=take(f"{at}.norm2", width),
    )
