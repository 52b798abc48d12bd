"""A checkpoint as somebody else saved it, of every kind: the plain one's numbers, or a sentence."""

from __future__ import annotations

import json
import pickle
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.backbones import tiny
from tests.backbones.tiny import State
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.ranked.tokens import read_dictionary
from ugrn_core.errors import CheckpointError
from ugrn_core.types import Panel

CELLS = torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 0.5, 1.5, 2.5, 2.0]])
WRITERS: dict[str, Callable[[Path], Path]] = {
    "scgpt": lambda folder: tiny.write_checkpoint(folder, tiny.scgpt_state()),
    "scbenchmark": lambda folder: tiny.write_checkpoint(folder, tiny.scbenchmark_state()),
    "tahoe": tiny.write_tahoe,
    "scbert": tiny.write_scbert,
    "geneformer-v1": partial(tiny.write_geneformer, version=1),
    "geneformer-v2": tiny.write_geneformer,
    "scfoundation": tiny.write_scfoundation,
}
KINDS = tuple(WRITERS)
GENEFORMER = KINDS[4:6]
TEXTS = (".json", ".txt", ".tsv", ".yml")


def answers(folder: Path) -> list[np.ndarray]:
    """All that a backbone answers to two cells of five genes."""
    backbone = open_backbone(folder)
    panel, cls = Panel(backbone.vocabulary.genes[:5]), backbone.defaults.cls_layouts[0]
    with torch.no_grad():
        outputs = [
            backbone.reconstruct(panel, CELLS, readout=readout, cls=cls).numpy()
            for readout in backbone.defaults.readouts
        ]
    return [*outputs, backbone.attention(panel, CELLS, cls), backbone.gene_embedding(panel)]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    place = tmp_path_factory.mktemp("plain")
    return {kind: answers(write(place / kind)) for kind, write in WRITERS.items()}


def weights(folder: Path) -> tuple[State, dict]:
    """Return the state dict in a plain folder, and what is to lie beside it; the file is gone."""
    path = next(p for p in folder.iterdir() if p.suffix in (".pt", ".pth", ".ckpt", ".safetensors"))
    if path.suffix == ".safetensors":
        state, beside = load_file(path), {}
    else:
        content = torch.load(path, weights_only=True)
        entry = content.get("gene", content)
        state = entry.get("state_dict", entry.get("model_state_dict", entry))
        beside = {"config": entry["config"]} if "config" in entry else {}
    path.unlink()
    return state, beside


def resave(folder: Path, change: Callable[[State], object], **how) -> None:
    """Save the weights of a folder again, as `change` makes them, by torch.save."""
    state, beside = weights(folder)
    content = change(state)
    if beside and not set(content) & {"state_dict", "model", "module", "state", "gene"}:
        content = {"state_dict": content}
    torch.save(content | beside, folder / "pytorch_model.bin", **how)


def prefixed(prefix: str, state: State) -> State:
    return {prefix + key: tensor for key, tensor in state.items()}


def cast(dtype: torch.dtype, state: State) -> State:
    return {k: t.to(dtype) if t.is_floating_point() else t for k, t in state.items()}


def columns_first(state: State) -> State:
    return {k: t.mT.contiguous().mT if t.ndim == 2 else t for k, t in state.items()}


def beside_numbers(state: State) -> dict:
    """A training script's checkpoint: numbers of numpy beside the weights."""
    losses = [np.float64(0.5), np.float32(0.25), np.int64(3), np.bool_(True)]
    return {"epoch": 3, "losses": losses, "best": OrderedDict(auc=None), "model_state_dict": state}


SAVED_OTHERWISE: dict[str, tuple[Callable[[State], object], dict]] = {
    "under module.": (partial(prefixed, "module."), {}),
    "compiled, in parallel": (partial(prefixed, "_orig_mod.module."), {}),
    "in a Lightning module": (lambda s: {"state_dict": prefixed("net.", s)}, {}),
    "in 64 bits": (partial(cast, torch.float64), {}),
    "in state_dict": (lambda s: {"state_dict": s}, {}),
    "in model": (lambda s: {"model": s}, {}),
    "in state, model": (lambda s: {"state": {"model": s, "optimizers": {}}}, {}),
    "in module": (lambda s: {"module": s, "global_steps": 3}, {}),
    "in gene": (lambda s: {"gene": {"state_dict": s}}, {}),
    "numbers beside it": (beside_numbers, {}),
    "parameters": (lambda s: {k: torch.nn.Parameter(t, False) for k, t in s.items()}, {}),
    "columns first": (columns_first, {}),
    "an ordered dict, old format": (OrderedDict, {"_use_new_zipfile_serialization": False}),
    "protocol 3": (dict, {"pickle_protocol": 3}),
}


@pytest.mark.parametrize("how", SAVED_OTHERWISE)
def test_weights_saved_otherwise_are_the_same_backbone(plain, tmp_path, how):
    change, options = SAVED_OTHERWISE[how]
    for kind, write in WRITERS.items():
        resave(write(tmp_path / kind), change, **options)
        assert same(answers(tmp_path / kind), plain[kind]), kind


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_halves_are_read_as_the_numbers_they_hold(tmp_path, dtype):
    for kind, write in WRITERS.items():
        resave(write(tmp_path / f"{kind} half"), partial(cast, dtype))
        resave(write(tmp_path / kind), lambda s: cast(torch.float32, cast(dtype, s)))
        assert same(answers(tmp_path / f"{kind} half"), answers(tmp_path / kind)), kind


def test_links_into_a_folder_of_blobs_that_nobody_may_write(plain, tmp_path):
    """As Hugging Face's cache keeps a model, under a name with blanks."""
    for kind, write in WRITERS.items():
        place = write(tmp_path / kind)
        blobs, snapshot = tmp_path / f"{kind} blobs", tmp_path / f"ein Modell, {kind}"
        place.rename(blobs)
        snapshot.mkdir()
        for number, path in enumerate(sorted(blobs.iterdir())):
            (snapshot / path.name).symlink_to(path.rename(blobs / f"{number:040x}"))
        snapshot.chmod(0o555)
        assert same(answers(snapshot), plain[kind]), kind


def marked(content: bytes) -> bytes:
    """As Windows' editors save text: a byte order mark, its line ends, a blank line at the end."""
    return b"\xef\xbb\xbf" + content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n\r\n"


def test_texts_as_windows_saves_them(plain, tmp_path):
    for kind, write in WRITERS.items():
        for path in (p for p in write(tmp_path / kind).iterdir() if p.suffix in TEXTS):
            content = path.read_bytes()
            if path.suffix == ".json":
                content = json.dumps(json.loads(content), indent=2).encode()
            path.write_bytes(marked(content))
        assert same(answers(tmp_path / kind), plain[kind]), kind


def rewritten(name: str, change: Callable[[dict], dict]) -> Callable[[Path], None]:
    def rewrite(folder: Path) -> None:
        path = folder / name
        path.write_text(json.dumps(change(json.loads(path.read_text()))))

    return rewrite


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def replace(folder: Path) -> None:
        path = next(folder.glob(name))
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return replace


def with_tensors(change: Callable[[State], State]) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        save_file(change(weights(folder)[0]), folder / "model.safetensors")

    return save


def reversed_rows(folder: Path) -> None:
    path = next(folder.glob("*.tsv"))
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *reversed(rows)]))


def as_json(folder: Path) -> None:
    for path in folder.glob("*.pkl"):
        path.with_suffix(".json").write_text(json.dumps(read_dictionary(path)))
        path.unlink()


def numpy_numbers(protocol: int, folder: Path) -> None:
    for path in folder.glob("*.pkl"):
        kind = np.int16 if "token" in path.name else np.float64
        content = {
            key: value if key.startswith("<") else kind(value)
            for key, value in read_dictionary(path).items()
        }
        path.write_bytes(pickle.dumps(content, protocol=protocol))


def tied(state: State) -> State:
    """As Geneformer's .bin files hold what is one and the same: twice."""
    head = "cls.predictions"
    words, bias = (
        state[k].clone() for k in ("bert.embeddings.word_embeddings.weight", f"{head}.bias")
    )
    again = {f"{head}.decoder.weight": words, f"{head}.decoder.bias": bias}
    pooler = {"bert.pooler.dense.weight": torch.ones(8, 8), "bert.pooler.dense.bias": torch.ones(8)}
    return state | again | pooler | {"bert.embeddings.position_ids": torch.arange(16)[None]}


def respelt(old: str, new: str) -> Callable[[Path], None]:
    return with_tensors(lambda state: {k.replace(old, new): t for k, t in state.items()})


LEGAL: list[tuple[str, Callable[[Path], None]]] = [
    *((kind, rewritten("vocab.json", lambda d: dict(reversed(d.items())))) for kind in KINDS[:3]),
    *((kind, rewritten("args.json", lambda d: {"nhead": 2.0, "more": [d]})) for kind in KINDS[:2]),
    *(
        (kind, rewritten("config.json", lambda d: d | {"torch_dtype": "bfloat16", "more": [1]}))
        for kind in GENEFORMER
    ),
    *(
        (kind, rewritten("config.json", lambda d: {"num_attention_heads": 2}))
        for kind in GENEFORMER
    ),
    *((kind, with_tensors(tied)) for kind in GENEFORMER),
    *((kind, respelt("LayerNorm.weight", "LayerNorm.gamma")) for kind in GENEFORMER),
    *((kind, respelt("predictions.bias", "predictions.decoder.bias")) for kind in GENEFORMER),
    *((kind, respelt("bert.", "")) for kind in GENEFORMER),
    *((kind, as_json) for kind in GENEFORMER),
    *((kind, partial(numpy_numbers, protocol)) for kind in GENEFORMER for protocol in (3, 4, 5)),
    ("tahoe", replaced("model_config.yml", "1.0e-5", "1e-5")),
    ("tahoe", replaced("model_config.yml", "d_model: 8", "model: tahoe_x1\nd_model: 8")),
    ("scfoundation", reversed_rows),
    ("scfoundation", replaced("*.tsv", "gene_name\tindex", "gene_name\tindex\tmore")),
]


@pytest.mark.parametrize("number", range(len(LEGAL)))
def test_files_written_otherwise_are_the_same_backbone(plain, tmp_path, number):
    kind, change = LEGAL[number]
    change(WRITERS[kind](tmp_path))
    assert same(answers(tmp_path), plain[kind])


class Odd:
    """What an own training script may have saved beside the weights."""


REFUSED: list[tuple[str, Callable[[Path], None], str]] = [
    ("scgpt", partial(resave, change=dict, pickle_protocol=4), "protocol 4; UGRN reads 2 and 3"),
    ("scbert", partial(resave, change=lambda s: {"model": s, "o": Odd()}), r"asks for .*Odd"),
    ("scgpt", partial(resave, change=lambda s: {"ema": dict(s), "x": 1}), "its entries: ema, x"),
    ("scbert", partial(resave, change=lambda s: {"a": defaultdict(list), "model": s}), "defaultd"),
    ("geneformer-v2", rewritten("config.json", lambda d: d | {"hidden_act": ["relu"]}), "relu"),
    ("geneformer-v1", rewritten("config.json", lambda d: {}), "num_attention_heads"),
    (
        "geneformer-v1",
        with_tensors(lambda s: s | {"cls.predictions.decoder.bias": s["cls.predictions.bias"] + 1}),
        "numbers of its own",
    ),
    ("tahoe", replaced("model_config.yml", "1.0e-5", "small"), "eps small"),
    ("tahoe", replaced("model_config.yml", "1.0e-5", "null"), "eps None"),
    ("tahoe", replaced("model_config.yml", "max_value: 512", "max_value: lots"), "max_value"),
    ("tahoe", replaced("model_config.yml", "ion: relu\nn", "ion: [relu]\nn"), "activation"),
    ("scbert", lambda folder: (folder / "genes.txt").unlink(), "the model's 10 genes, one a line"),
    ("scbert", replaced("genes.txt", "SPI1", "GATA1"), r"holds 10 \(9 different\)"),
    ("scbert", replaced("genes.txt", "GATA1", "gene\nGATA1"), r"holds 11 \(11 different\)"),
    ("scfoundation", replaced("*.tsv", "index", "number"), "columns gene_name and index"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_cannot_be_read_is_refused_in_a_sentence(tmp_path, number):
    kind, change, told = REFUSED[number]
    change(WRITERS[kind](tmp_path))
    with pytest.raises(CheckpointError, match=told):
        open_backbone(tmp_path)
