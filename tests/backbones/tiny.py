"""Tiny random checkpoints in both formats, written on the spot."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

WIDTH, HEADS, LAYERS, HIDDEN = 8, 2, 2, 12
PLACES = 16  # of a Geneformer sequence
GENES = ("GATA1", "SPI1", "KLF1", "C1orf112", "MYC", "STAT3", "TAL1", "CEBPA", "FLI1", "JUN")
VOCABULARY = {t: k for k, t in enumerate((*GENES, "<pad>", "<cls>", "<eoc>"))}
State = dict[str, torch.Tensor]


def layer_state(draw: Callable[..., torch.Tensor], prefix: str, hidden: int) -> State:
    shapes = {
        "self_attn.in_proj_weight": (3 * WIDTH, WIDTH),
        "self_attn.in_proj_bias": (3 * WIDTH,),
        "self_attn.out_proj.weight": (WIDTH, WIDTH),
        "self_attn.out_proj.bias": (WIDTH,),
        "linear1.weight": (hidden, WIDTH),
        "linear1.bias": (hidden,),
        "linear2.weight": (WIDTH, hidden),
        "linear2.bias": (WIDTH,),
        **{f"norm{n}.{part}": (WIDTH,) for n in (1, 2) for part in ("weight", "bias")},
    }
    return {f"{prefix}{n}.{k}": draw(*s) for n in range(LAYERS) for k, s in shapes.items()}


def affine_state(draw: Callable[..., torch.Tensor], **shapes: tuple[int, ...]) -> State:
    return {
        f"{name.replace('__', '.')}.{part}": draw(*(shape if part == "weight" else shape[:1]))
        for name, shape in shapes.items()
        for part in ("weight", "bias")
    }


def drawer(seed: int) -> Callable[..., torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return lambda *shape: torch.randn(shape, generator=generator) * 0.5


def scgpt_state(seed: int = 0) -> State:
    """A canonical scGPT state dict, attention in torch's naming, with flag_encoder."""
    draw, square, vector = drawer(seed), (WIDTH, WIDTH), (WIDTH,)
    return {
        "encoder.embedding.weight": draw(len(VOCABULARY), WIDTH),
        "flag_encoder.weight": draw(2, WIDTH),
        **affine_state(
            draw,
            encoder__enc_norm=vector,
            value_encoder__linear1=(WIDTH, 1),
            value_encoder__linear2=square,
            value_encoder__norm=vector,
            decoder__fc__0=square,
            decoder__fc__2=square,
            decoder__fc__4=(1, WIDTH),
        ),
        **layer_state(draw, "transformer_encoder.layers.", HIDDEN),
    }


def scbenchmark_state(seed: int = 0) -> State:
    """A canonical scBenchmark state dict whose gene table is as wide as the model."""
    draw, square = drawer(seed), (WIDTH, WIDTH)
    return {
        "embedding.weight": draw(len(VOCABULARY), WIDTH),
        **affine_state(
            draw,
            layer_norm=(WIDTH,),
            value_encoder__0=(WIDTH, 1),
            value_encoder__2=square,
            decoder__0=square,
            decoder__2=square,
            decoder__4=(1, WIDTH),
            gene2query__0=square,
        ),
        **layer_state(draw, "encoder.layers.", WIDTH),
    }


def write_checkpoint(folder: Path, state: object, **arguments: object) -> Path:
    """Write a folder as published: best_model.pt, args.json, vocab.json."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / "best_model.pt")
    (folder / "args.json").write_text(json.dumps({"nheads": HEADS, "nlayers": LAYERS, **arguments}))
    (folder / "vocab.json").write_text(json.dumps(VOCABULARY))
    return folder


ENSEMBL = {  # of GENES' first ones; the last has no approved symbol
    "ENSG00000102145": "GATA1",
    "ENSG00000066336": "SPI1",
    "ENSG00000105610": "KLF1",
    "ENSG00000000460": "FIRRM",
    "ENSG00000136997": "MYC",
    "ENSG00000168610": "STAT3",
    "ENSG00000162367": "TAL1",
    "ENSG99999999999": "ENSG99999999999",
}
TAHOE = {
    "model_config.yml": "d_model: 8\nn_layers: 2\nn_heads: 2\nexpansion_ratio: 2\n"
    "transformer_activation: relu\nnorm_scheme: pre\nnorm_config: {norm_type: layernorm, eps: "
    "1.0e-5}\nexpression_encoder: {activation: relu, max_value: 512, use_norm: true}\n"
    "gene_encoder: {use_norm: true}\nexpression_decoder: {n_layers: 1, activation: leaky_relu}\n",
    "collator_config.yml": "pad_value: -2\nmask_value: -1\nnum_bins: 51\n",
}


def tahoe_state(seed: int = 0) -> State:
    """A Tahoe-x1 state dict as published: prefix `model.`, one hidden decoder layer."""
    draw, square, vector = drawer(seed), (WIDTH, WIDTH), (WIDTH,)
    layers: State = {}
    names = {"self_attn.in_proj_": "self_attn.Wqkv.", "linear1": "up_proj", "linear2": "down_proj"}
    for key, tensor in layer_state(draw, "transformer_encoder.layers.", HIDDEN).items():
        for ours, theirs in names.items():
            key = key.replace(ours, theirs)
        layers[key] = tensor
    state = {
        "gene_encoder.embedding.weight": draw(len(ENSEMBL) + 4, WIDTH),
        "flag_encoder.weight": draw(2, WIDTH),
        **affine_state(
            draw,
            gene_encoder__enc_norm=vector,
            expression_encoder__linear1=(WIDTH, 1),
            expression_encoder__linear2=square,
            expression_encoder__norm=vector,
            transformer_encoder__norm=vector,
            expression_decoder__linear_layers__0=square,
            expression_decoder__out_proj=(1, WIDTH),
            mvc_decoder__gene2query=square,
        ),
        **layers,
    }
    return {f"model.{key}": tensor for key, tensor in state.items()}


def write_tahoe(folder: Path, state: State | None = None, **texts: str) -> Path:
    """Write a Tahoe-x1 folder; `texts` replace the configuration files (model_config=...)."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tahoe_state() if state is None else state, folder / "model.safetensors")
    for name, text in TAHOE.items():
        (folder / name).write_text(texts.get(name.removesuffix(".yml"), text))
    tokens = (*ENSEMBL, "<pad>", "<cls>", "<eoc>")
    (folder / "vocab.json").write_text(json.dumps({t: k for k, t in enumerate(tokens)}))
    return folder


def performer_state(
    draw: Callable[..., torch.Tensor], prefix: str, width: int, heads: int, bias: bool = False
) -> State:
    """Two Performer layers of `heads` x 4, 6 random features each."""
    state: State = {}
    inner = 4 * heads
    for n in range(LAYERS):
        at = f"{prefix}net.layers.{n}"
        state[f"{at}.0.fn.fast_attention.projection_matrix"] = draw(6, 4) * 2
        for name in "qkv":
            state[f"{at}.0.fn.to_{name}.weight"] = draw(inner, width)
            if bias:
                state[f"{at}.0.fn.to_{name}.bias"] = draw(inner)
        parts = affine_state(
            draw,
            **{
                "0__norm": (width,),
                "0__fn__to_out": (width, inner),
                "1__norm": (width,),
                "1__fn__fn__w1": (12, width),
                "1__fn__fn__w2": (width, 12),
            },
        )
        state |= {f"{at}.{key}": tensor for key, tensor in parts.items()}
    return state


def scbert_state(seed: int = 0) -> State:
    """An scBERT state dict with 7 classes that knows GENES."""
    draw = drawer(seed)
    genes = draw(len(GENES) + 1, WIDTH).double() / 3
    genes[-1] = 0
    return {
        "token_emb.weight": draw(7, WIDTH),
        "pos_emb.emb.weight": genes,
        **performer_state(draw, "performer.", WIDTH, heads=3),
        **affine_state(draw, norm=(WIDTH,), to_out=(7, WIDTH)),
    }


def write_scbert(folder: Path, state: State | None = None) -> Path:
    """Write a folder as UGRN asks for it: panglao_pretrain.pth, genes.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    saved = {"epoch": 1, "model_state_dict": scbert_state() if state is None else state}
    torch.save(saved, folder / "panglao_pretrain.pth")
    (folder / "genes.txt").write_text("\n".join(GENES) + "\n")
    return folder


def geneformer_state(tokens: int, seed: int = 0) -> State:
    """A Geneformer state dict of `tokens` words and PLACES places."""
    draw, square, e = drawer(seed), (WIDTH, WIDTH), "bert.embeddings"
    shapes: dict[str, tuple[int, ...]] = {
        f"{e}__LayerNorm": (WIDTH,),
        "cls.predictions.transform__dense": square,
        "cls.predictions.transform__LayerNorm": (WIDTH,),
    }
    for n in range(LAYERS):
        at = f"bert.encoder.layer.{n}"
        shapes |= {f"{at}.attention.self__{name}": square for name in ("query", "key", "value")}
        shapes |= {
            f"{at}.attention.output__dense": square,
            f"{at}.attention.output__LayerNorm": (WIDTH,),
            f"{at}.intermediate__dense": (HIDDEN, WIDTH),
            f"{at}.output__dense": (WIDTH, HIDDEN),
            f"{at}.output__LayerNorm": (WIDTH,),
        }
    return {
        f"{e}.word_embeddings.weight": draw(tokens, WIDTH),
        f"{e}.position_embeddings.weight": draw(PLACES, WIDTH),
        f"{e}.token_type_embeddings.weight": draw(2, WIDTH),
        "cls.predictions.bias": draw(tokens),
        **affine_state(draw, **shapes),
    }


def write_geneformer(folder: Path, version: int = 2, pickled: bool = True) -> Path:
    """Write a Geneformer folder of ENSEMBL's genes and some unknown ones, as published."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = ("<cls>", "<eos>") if version == 2 else ()
    ids = (*ENSEMBL, *(f"ENSG000009{k:05d}" for k in range(12)))
    tokens = {t: k for k, t in enumerate(("<pad>", "<mask>", *frame, *ids))}
    medians = {gene: 0.5 + (7 * k % 10) for k, gene in enumerate(ids)}  # some are equal
    save_file(geneformer_state(len(tokens)), folder / "model.safetensors")
    config = {"num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "hidden_act": "relu"}
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": len(tokens)}))
    family = "gc30M" if version == 1 else "gc104M"
    for stem, content in (("token_dictionary", tokens), ("gene_median_dictionary", medians)):
        path = folder / f"{stem}_{family}"
        if pickled:
            path.with_suffix(".pkl").write_bytes(pickle.dumps(content, protocol=4))
        else:
            path.with_suffix(".json").write_text(json.dumps(content))
    return folder


def scfoundation_state(seed: int = 0) -> State:
    """An entry of scFoundation's file that knows GENES: encoder 8 wide, decoder 10, 5 bins."""
    draw, decoded = drawer(seed), 10
    return {
        "token_emb.emb.weight": draw(5, WIDTH),
        "token_emb.emb_mask.weight": draw(1, WIDTH),
        "token_emb.emb_pad.weight": draw(1, WIDTH),
        "pos_emb.weight": draw(len(GENES) + 3, WIDTH),
        **layer_state(draw, "encoder.transformer_encoder.", HIDDEN),
        **performer_state(draw, "decoder.performer.", decoded, heads=2, bias=True),
        **affine_state(
            draw,
            token_emb__mlp=(5, 1),
            token_emb__mlp2=(5, 5),
            encoder__norm=(WIDTH,),
            decoder_embed=(decoded, WIDTH),
            decoder__norm=(decoded,),
            norm=(decoded,),
            to_final=(1, decoded),
        ),
    }


def write_scfoundation(folder: Path, state: State | None = None) -> Path:
    """Write a folder as UGRN asks for it: models.ckpt with three entries, and the gene list."""
    folder.mkdir(parents=True, exist_ok=True)
    options = {"encoder": {"heads": HEADS}, "mask_token_id": 22, "pad_token_id": 23}
    config = {"model": "mae_autobin", "model_config": {"mae_autobin": options}}
    gene = scfoundation_state() if state is None else state
    entries = {"cell": scfoundation_state(1), "gene": gene, "rde": scfoundation_state(2)}
    saved = {
        name: {"config": config, "state_dict": {f"model.{k}": v for k, v in entry.items()}}
        for name, entry in entries.items()
    }
    torch.save(saved, folder / "models.ckpt")
    rows = "".join(f"{gene}\t{k}\n" for k, gene in enumerate(GENES))
    (folder / f"OS_scRNA_gene_index.{len(GENES)}.tsv").write_text(f"gene_name\tindex\n{rows}")
    return folder
