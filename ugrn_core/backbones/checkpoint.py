"""Reading checkpoint folders: no code is executed, nothing is loaded that was not asked for.

Formats: design notes backbones.md 1.1, 1.2, 2.1, 2.2; models-formats.md 2.1, 3.1, 4.1.
"""

from __future__ import annotations

import hashlib
import math
import pickle
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from ugrn_core.backbones.torch_files import not_only_tensors, read_torch
from ugrn_core.backbones.transformer import Affine
from ugrn_core.backbones.vocabulary import Vocabulary, read_json, read_vocabulary
from ugrn_core.backbones.weight_files import SHARD_INDEXES, WEIGHT_NAMES, WEIGHT_PATTERNS
from ugrn_core.errors import CheckpointError

ARGUMENT_NAMES = ("args.json", "config.json")
# What a state dict may lie in; of scFoundation's three models `gene` is the one with a decoder
# for expression.
WRAPPERS = ("gene", "model_state_dict", "state_dict", "model", "module", "state", "net")
PREFIXES = ("module.", "_orig_mod.", "model.", "net.")
# Parts of the names of tensors that fine-tuning adds (peft, loralib, scPEFT, LyCORIS):
# they change what the model computes wherever they lie.
FINE_TUNING = re.compile(
    r"lora|adapter|prompt|prefix_tun|ia3_|hada_w|lokr_|oft_|magnitude_vector|base_layer|randlora",
    re.IGNORECASE,
)
COUNTERS = ("num_batches_tracked",)  # of batch norm: no part of what it computes in evaluation


@dataclass
class Checkpoint:
    """A checkpoint folder as read. `state` is keyed as the adapters know it, prefixes stripped.

    files: sha256 of every file read so far. config: what the weight file holds beside its state
    dict under that name. What else lies in the folder is read when it is asked for.
    """

    folder: Path
    state: dict[str, Tensor]
    files: dict[str, str]
    config: dict[str, Any] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @cached_property
    def arguments(self) -> dict[str, Any]:
        """What args.json or config.json holds; raises CheckpointError."""
        return read_json(self.file(*ARGUMENT_NAMES), most_bytes=16_000_000)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The tokens of vocab.json; raises CheckpointError."""
        return read_vocabulary(self.file("vocab.json"))

    def file(self, *names: str) -> Path:
        """Return the first of `names` that lies in the folder; note its checksum in `files`.

        Raises CheckpointError when none does.
        """
        path = _required(self.folder, names)
        self.files[path.name] = file_checksum(path)
        return path

    def take(self, key: str, *shape: int | None, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return tensor `key` in `dtype`; None or 0 in `shape` stands for any size.

        A tensor that lacks or misfits is recorded, and an empty one returned in its place, so
        that `require_complete` can name them all.
        """
        self.taken.add(key)
        tensor = self.state.get(key)
        problem = f"'{key}' is missing" if tensor is None else _misfit(key, tensor, shape)
        if not problem:
            # A copy: the file may be a memory map, and may be replaced while we run.
            copied = tensor.detach().to(dtype, copy=True).contiguous()
            if all(map(math.isfinite, torch.aminmax(copied))):  # isfinite() would copy it twice
                return copied
            problem = f"'{key}' holds values that are not finite in float32"
        self.problems.append(problem)
        return torch.zeros([s or 0 for s in shape])

    def require_complete(self) -> None:
        """Raise CheckpointError naming the tensors that `take` found missing or ill-shaped."""
        if self.problems:
            more = f"; and {len(self.problems) - 8} more" if len(self.problems) > 8 else ""
            raise CheckpointError(
                f"The checkpoint in {self.folder} does not fit: {'; '.join(self.problems[:8])}"
                f"{more}. Give the files of one and the same model, as published."
            )

    def affine(self, key: str, *shape: int | None) -> Affine:
        """Return `key`.weight of `shape` with `key`.bias, as long as the first axis."""
        weight = self.take(f"{key}.weight", *shape)
        return Affine(weight, self.take(f"{key}.bias", weight.shape[0]))

    def require_all_read(self, prefixes: tuple[str, ...], unread: tuple[str, ...] = ()) -> None:
        """Raise CheckpointError for a tensor in one of the parts `prefixes` that nobody took.

        It would change what the model computes, and the numbers would be another model's. unread:
        prefixes within them that take no part in the reconstruction.
        """
        unknown = [
            key
            for key in self.ignored
            if key.startswith(prefixes) and not key.startswith(unread) and not _counter(key)
        ]
        if unknown:
            raise CheckpointError(
                f"The checkpoint in {self.folder} holds {_named(unknown)} in parts of the model "
                "that UGRN reads, and does not know how to apply. Without them the numbers would "
                "be another model's. Merge them into the weights, or give the model without them."
            )

    @property
    def ignored(self) -> tuple[str, ...]:
        """Keys nobody took, in file order."""
        return tuple(k for k in self.state if k not in self.taken)

    def renamed(self, rename: Callable[[str], str]) -> Checkpoint:
        """Return the checkpoint with `rename` applied to every key; two keys must not meet.

        It shares `files` with this one.
        """
        state: dict[str, Tensor] = {}
        for key, tensor in self.state.items():
            if rename(key) in state:
                raise CheckpointError(
                    f"The checkpoint in {self.folder} names the tensor '{rename(key)}' twice "
                    f"(once as '{key[:80]}'). Keep one of the two spellings."
                )
            state[rename(key)] = tensor
        return Checkpoint(self.folder, state, self.files, self.config)

    def whole_number(self, *names: str) -> int | None:
        """Return the first of `names` in the arguments, a positive int; None if all lack."""
        for name in names:
            value = self.arguments.get(name)
            if value is None:
                continue
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            if not whole or isinstance(value, bool) or not 0 < value < 10**6:
                raise CheckpointError(
                    f"The arguments in {self.folder} should give '{name}' as a positive whole "
                    f"number, not {str(value)[:40]!r}. Put the checkpoint's own args.json there."
                )
            return int(value)
        return None

    def number(self, name: str, default: float) -> float:
        """Return argument `name`, a finite number; `default` if it lacks."""
        value = self.arguments.get(name, default)
        if value in (None, "auto"):  # as some fine-tuning scripts write it
            return default
        sound = isinstance(value, int | float) and not isinstance(value, bool)
        if not sound or not abs(value) < 1e6:
            raise CheckpointError(
                f"The arguments in {self.folder} should give '{name}' as a number, not "
                f"{str(value)[:40]!r}. Put the checkpoint's own args.json there."
            )
        return float(value)


def _counter(key: str) -> bool:
    return key.rsplit(".", 1)[-1] in COUNTERS


def _named(keys: list[str]) -> str:
    shown = ", ".join(f"'{k[:80]}'" for k in keys[:4])
    count = f"{len(keys)} tensors" if len(keys) > 1 else "the tensor"
    return f"{count} {shown}{' ...' if len(keys) > 4 else ''}"


def _refuse_fine_tuning(where: Path, names: Iterable[str]) -> None:
    """Raise CheckpointError where `names` are of tensors or files that a fine-tuning added."""
    added = [n for n in names if FINE_TUNING.search(n)]
    if added:
        raise CheckpointError(
            f"{where} carries what a fine-tuning (LoRA, adapters, prompts) added beside the "
            f"weights, which UGRN does not apply: {_named(added).replace('the tensor ', '')}. "
            "Without it the numbers would be the base model's. Merge it into the weights first "
            "(peft: merge_and_unload()), or give the base model alone."
        )


def _misfit(key: str, tensor: Tensor, shape: tuple[int | None, ...]) -> str:
    """Return what is wrong with a tensor, or an empty string."""
    got, expected = tuple(tensor.shape), ", ".join(str(s or "any") for s in shape)
    if len(got) != len(shape) or 0 in got or any(s and s != g for s, g in zip(shape, got)):
        return f"'{key}' has shape {got} instead of ({expected})"
    # A tensor may claim more elements than it stores (stride 0): copying it would not end.
    # float8 has no arithmetic: the conversions below would raise.
    sound = tensor.layout == torch.strided and tensor.is_floating_point() and tensor.itemsize > 1
    whole = sound and tensor.untyped_storage().nbytes() >= tensor.nbytes
    return "" if whole else f"'{key}' is not a plain floating-point tensor"


def read_checkpoint(folder: Path) -> Checkpoint:
    """Return the checkpoint in `folder`; raise CheckpointError in one sentence if there is none."""
    if not folder.is_dir():
        raise CheckpointError(
            f"{folder} is not a folder. Give the folder that holds the weights and the files "
            "published beside them."
        )
    _refuse_fine_tuning(folder, (f.name for f in sorted(folder.glob("adapter_*"))))
    state: dict[str, Tensor] = {}
    files: dict[str, str] = {}
    config: dict[str, Any] = {}
    for weights in _weight_files(folder):
        part, config = read_state(weights)
        twice = next((key for key in part if key in state), None)
        if twice is not None:
            raise CheckpointError(
                f"{folder} holds the tensor '{twice[:80]}' in two files. Keep one."
            )
        state |= part
        files[weights.name] = file_checksum(weights)
    return Checkpoint(folder, state, files, config)


def _weight_files(folder: Path) -> list[Path]:
    """Return the file of the weights, or the shards that their index names (Hugging Face's layout
    of large models: weight_map, tensor -> file name)."""
    index = next((folder / n for n in SHARD_INDEXES if (folder / n).is_file()), None)
    if index is None or any((folder / name).is_file() for name in WEIGHT_NAMES):
        return [_single_file(folder)]
    table = read_json(index, most_bytes=16_000_000).get("weight_map")
    names = sorted({str(name) for name in table.values()}) if isinstance(table, dict) else []
    odd = [n for n in names if not re.fullmatch(r"[\w.-]{1,200}\.(safetensors|bin)", n)]
    lacking = [n for n in names if not odd and not (folder / n).is_file()]
    if not names or odd:
        raise CheckpointError(
            f"{index} does not say which files beside it hold the weights "
            f"({', '.join(n[:40] for n in odd[:3]) or 'no weight_map'}). Download it again."
        )
    if lacking:
        raise CheckpointError(
            f"{folder} lacks {len(lacking)} of the {len(names)} weight files that {index.name} "
            f"names ({', '.join(lacking[:3])}). Put them beside it."
        )
    return [folder / name for name in names]


def read_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors of a weight file, wrappers and prefixes stripped, and its `config`.

    Raises CheckpointError when the file is damaged, or is a pickle that wants to run code.
    """
    try:
        if path.suffix == ".safetensors":
            content = load_file(path, device="cpu")
        else:
            content = read_torch(path)
    except pickle.UnpicklingError as error:
        raise CheckpointError(not_only_tensors(path, error)) from error
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes the readers raise anything at all
        if "allocate memory" in str(error):
            raise MemoryError(str(error)) from error
        raise CheckpointError(
            f"{path} cannot be read as a weight file: it is damaged, cut off or of another kind "
            f"({type(error).__name__}). Download or save it again."
        ) from error
    state, config = _unwrapped(path, content)
    return _plain_state(path, state), config


def _unwrapped(path: Path, content: object) -> tuple[object, dict[str, Any]]:
    """Return the innermost state dict, and the `config` that lay beside it."""
    config: dict[str, Any] = {}
    for _ in range(len(WRAPPERS)):
        if not isinstance(content, dict):
            break
        if isinstance(content.get("config"), dict):
            config = content["config"]
        inner = next((w for w in WRAPPERS if isinstance(content.get(w), dict)), None)
        if inner is None:
            break
        beside = [k for k, v in content.items() if isinstance(v, dict | Tensor) and k != inner]
        _refuse_fine_tuning(path, (k for k in beside if isinstance(k, str)))
        content = content[inner]
    return content, config


def file_checksum(path: Path) -> str:
    """Return the sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain_state(path: Path, state: object) -> dict[str, Tensor]:
    if not isinstance(state, dict):
        raise CheckpointError(f"{path} should hold a state dict, not a {type(state).__name__}.")
    plain: dict[str, Tensor] = {}
    _refuse_fine_tuning(path, (k for k in state if isinstance(k, str)))
    for key, tensor in state.items():
        if not isinstance(key, str) or not isinstance(tensor, Tensor):
            continue
        while key.startswith(PREFIXES):
            key = key.split(".", 1)[1]
        if key in plain:
            raise CheckpointError(f"{path} names the tensor '{key[:80]}' twice. Keep one of them.")
        if tensor.device.type != "cpu" or tensor.layout != torch.strided or tensor.is_quantized:
            kind = "no values" if tensor.is_meta else f"layout {tensor.layout}, {tensor.dtype}"
            raise CheckpointError(
                f"{path}: the tensor '{key[:80]}' holds no plain numbers ({kind}). Save the whole "
                "model again, on the processor and in full precision."
            )
        plain[key] = tensor
    if not plain:
        entries = ", ".join(str(k)[:40] for k in list(state)[:5]) or "none"
        raise CheckpointError(
            f"{path} holds no tensors where a state dict has them (its entries: {entries}). Save "
            "the model's state dict there: torch.save(model.state_dict(), ...)."
        )
    return plain


def _single_file(folder: Path) -> Path:
    for name in WEIGHT_NAMES:
        if (folder / name).is_file():
            return folder / name
    matching = (p for pattern in WEIGHT_PATTERNS for p in folder.glob(pattern))
    others = sorted(p for p in matching if p.is_file())  # a pipe or a device would not end
    if len(others) == 1:
        return others[0]
    if others:
        shown = ", ".join(p.name for p in others[:5])
        raise CheckpointError(
            f"{folder} holds {len(others)} weight files ({shown}). "
            f"Name the one to use {WEIGHT_NAMES[0] if shown.endswith('.pt') else WEIGHT_NAMES[3]}."
        )
    raise CheckpointError(
        f"{folder} is not a checkpoint: it holds no {', '.join(WEIGHT_NAMES)} or model*.pt. "
        "Give the folder that holds the weights and the files published beside them."
    )


def _required(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise CheckpointError(
        f"{folder} lacks {' or '.join(names)}. Put the checkpoint's own file beside the weights."
    )


def state_checksum(tensors: list[Tensor], more: str) -> str:
    """Return the sha256 over shapes and bytes of `tensors` and the text `more`, hex."""
    digest = hashlib.sha256(more.encode())
    for tensor in tensors:
        digest.update(f"|{tuple(tensor.shape)}|".encode())
        if math.prod(tensor.shape):
            digest.update(memoryview(tensor.contiguous().numpy()).cast("B"))
    return digest.hexdigest()
