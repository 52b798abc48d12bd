"""Reading Geneformer's weights: BertForMaskedLM as Hugging Face's library saves it.

Format: design notes models-formats.md 4.1 and 4.2.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ugrn_core.backbones.checkpoint import Checkpoint
from ugrn_core.backbones.ranked.bert import Bert
from ugrn_core.backbones.transformer import ACTIVATIONS, Affine, Layer
from ugrn_core.errors import CheckpointError

PREFIX = "bert.embeddings."
PLACES = f"{PREFIX}position_ids"  # 0, 1, 2, ...: told by the table of places
UNREAD = ("cls.predictions.decoder.",)  # the words again
BARE = ("embeddings.", "encoder.layer.", "pooler.")  # parts of a model saved without its head
WORDS = f"{PREFIX}word_embeddings.weight", "embeddings.word_embeddings.weight"


def plain_name(key: str) -> str:
    """Return `key` as today's files spell it: LayerNorm once had gamma and beta, and a model saved
    without its head has no `bert.`."""
    key = f"bert.{key}" if key.startswith(BARE) else key
    for old, new in (("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")):
        key = key.replace(old, new)
    return key


def read_bert(checkpoint: Checkpoint) -> Bert:
    """Return the network; its head has no bias where the file holds none (a fine-tuned model).

    Raises CheckpointError naming what lacks, misfits or is unknown.
    """
    net = _read_network(checkpoint)
    checkpoint.taken.add(PLACES)
    checkpoint.require_complete()
    _require_tied(checkpoint, "cls.predictions.decoder.weight", net.words)
    _require_tied(checkpoint, "cls.predictions.decoder.bias", net.bias)
    checkpoint.require_all_read(("bert.embeddings.", "bert.encoder.", "cls."), UNREAD)
    return net


def _read_network(checkpoint: Checkpoint) -> Bert:
    take, affine, config = checkpoint.take, checkpoint.affine, checkpoint.arguments
    activation = config.get("hidden_act", "relu")
    kind = config.get("position_embedding_type", "absolute")
    known = isinstance(activation, str) and activation in ACTIVATIONS
    if not known or kind != "absolute":
        raise CheckpointError(
            f"config.json in {checkpoint.folder} asks for activation '{str(activation)[:40]}' and "
            f"positions '{str(kind)[:40]}'; UGRN reads Geneformer with {', '.join(ACTIVATIONS)} "
            "and absolute positions."
        )
    words = take(f"{PREFIX}word_embeddings.weight", None, None)
    size, width = words.shape
    heads = checkpoint.whole_number("num_attention_heads") or 0
    if width and (not heads or width % heads):
        raise CheckpointError(
            f"config.json in {checkpoint.folder} should give num_attention_heads, a divisor of the "
            f"width {width}; got {heads}. Put the checkpoint's own file there."
        )
    stated = checkpoint.whole_number("vocab_size")
    if stated and size and stated != size:
        raise CheckpointError(
            f"config.json in {checkpoint.folder} states {stated} tokens, the weights hold {size}. "
            "Give the files of one and the same model."
        )
    transform, transform_norm, bias = _read_head(checkpoint, size, width)
    return Bert(
        words=words,
        positions=take(f"{PREFIX}position_embeddings.weight", None, width),
        kind=take(f"{PREFIX}token_type_embeddings.weight", None, width)[0],
        norm=affine(f"{PREFIX}LayerNorm", width),
        layers=_read_layers(checkpoint, width),
        transform=transform,
        transform_norm=transform_norm,
        bias=bias,
        heads=heads,
        eps=checkpoint.number("layer_norm_eps", 1e-12),
        activation=activation,
    )


def _read_head(checkpoint: Checkpoint, size: int, width: int) -> tuple[Affine, Affine, Tensor]:
    """Return transform, its norm and the bias of the answers; empty where there is no head."""
    head, state, affine = "cls.predictions", checkpoint.state, checkpoint.affine
    if f"{head}.transform.dense.weight" not in state:
        nothing = Affine(torch.zeros(0, width), torch.zeros(0))
        return nothing, nothing, torch.zeros(0)
    # One and the same vector under two names: some files hold the one, some the other.
    names = f"{head}.bias", f"{head}.decoder.bias"
    bias = checkpoint.take(next((n for n in names if n in state), names[0]), size)
    dense = affine(f"{head}.transform.dense", width, width)
    return dense, affine(f"{head}.transform.LayerNorm", width), bias


def _require_tied(checkpoint: Checkpoint, key: str, shared: Tensor) -> None:
    """Raise CheckpointError where the head has words or a bias of its own beside the `shared`
    ones: published models have one of each."""
    own = checkpoint.state.get(key)
    if own is not None and len(shared) and not torch.equal(own.to(shared.dtype), shared):
        raise CheckpointError(
            f"The checkpoint in {checkpoint.folder} answers with numbers of its own ('{key}'); "
            "UGRN reads Geneformer models that share the words with the input, and have one bias, "
            "as all published ones do."
        )


def _read_layers(checkpoint: Checkpoint, width: int) -> tuple[Layer, ...]:
    prefix = "bert.encoder.layer."
    numbers = {int(k.split(".")[3]) for k in checkpoint.state if _numbered(k, prefix)}
    stated = checkpoint.whole_number("num_hidden_layers")
    count = max(numbers, default=-1) + 1
    if not numbers or (stated and stated != count):
        raise CheckpointError(
            f"The checkpoint in {checkpoint.folder} holds {count} layers, config.json states "
            f"{stated}. Give the files of one and the same model."
        )
    return tuple(_read_layer(checkpoint, f"{prefix}{n}", width) for n in range(count))


def _numbered(key: str, prefix: str) -> bool:
    return key.startswith(prefix) and key.split(".")[3].isdecimal() and len(key.split(".")[3]) < 5


def _read_layer(checkpoint: Checkpoint, at: str, width: int) -> Layer:
    affine = checkpoint.affine
    names = ("query", "key", "value")
    parts = [affine(f"{at}.attention.self.{name}", width, width) for name in names]
    linear1 = affine(f"{at}.intermediate.dense", None, width)
    return Layer(
        qkv=Affine(torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts])),
        out=affine(f"{at}.attention.output.dense", width, width),
        linear1=linear1,
        linear2=affine(f"{at}.output.dense", width, linear1.weight.shape[0]),
        norm1=affine(f"{at}.attention.output.LayerNorm", width),
        norm2=affine(f"{at}.output.LayerNorm", width),
    )
