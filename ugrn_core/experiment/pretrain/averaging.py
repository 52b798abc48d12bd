"""Weights averaged over stages of one training.

Stages of one run lie in one valley, and their mean is often better than the last of them (Izmailov
et al. 2018, arXiv 1803.05407; Wortsman et al. 2022, arXiv 2203.05482). Weights of two runs that
began differently have no mean that means anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError

from ugrn_core.errors import CheckpointError, OptionError
from ugrn_core.files import disk_errors
from ugrn_core.pretraining.train import Trainer


@dataclass(frozen=True)
class Stage:
    """The backbone folder of an earlier stage of a run, and its share of the mean, in (0, 1)."""

    folder: Path
    share: float


def stages(texts: Sequence[str]) -> tuple[Stage, ...]:
    """Return the stages of 'FOLDER=SHARE' each.

    Raises OptionError for another form, for a folder without weights, and for shares that leave
    nothing for the run itself.
    """
    read = []
    for text in texts:
        folder, _, share = text.rpartition("=")
        try:
            read.append(Stage(Path(folder), float(share)))
        except ValueError:
            folder = ""
        if not folder:
            raise OptionError(
                f"--average is FOLDER=SHARE, such as 'ugrn-1200=0.5'; '{text[:60]}' came."
            )
    for stage in read:
        if not (stage.folder / "model.safetensors").is_file():
            raise OptionError(
                f"--average names '{stage.folder}', which holds no model.safetensors. Name the "
                "folder (--out) of an earlier stage of this run."
            )
    if not all(s.share > 0 for s in read) or sum(s.share for s in read) >= 1:
        raise OptionError(
            "The shares of --average are above 0, and together below 1: what is left is the share "
            f"of the run itself. {', '.join(texts)[:80]} came."
        )
    return tuple(read)


def average(trainer: Trainer, parts: Sequence[Stage]) -> list[dict]:
    """Put the mean of the trainer's weights and of `parts` into the trainer's model.

    Returns rows name, steps, share of what went in, the trainer's own last. Raises CheckpointError
    for a folder without weights, or of another shape or vocabulary.
    """
    model = trainer.model
    own = round(1 - sum(p.share for p in parts), 6)
    mean = {k: own * v.detach().double() for k, v in model.state_dict().items()}
    rows = []
    for part in parts:
        weights, steps = _read(part.folder, trainer)
        for name, tensor in mean.items():
            tensor += part.share * weights[name].to(tensor)
        rows.append({"name": part.folder.name, "steps": steps, "share": part.share})
    model.load_state_dict({k: v.float() for k, v in mean.items()})
    return [*rows, {"name": "this run", "steps": trainer.step, "share": own}]


def _read(folder: Path, trainer: Trainer) -> tuple[dict[str, torch.Tensor], int]:
    """Return the weights of a stage and after how many steps it stood."""
    try:
        with disk_errors(folder, "read"):
            weights = safetensors.torch.load_file(folder / "model.safetensors")
            vocabulary = json.loads((folder / "vocab.json").read_bytes())
            steps = int(json.loads((folder / "card.json").read_bytes())["steps_done"])
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise CheckpointError(
            f"'{folder}' does not hold a backbone that pretrain wrote ({type(error).__name__})."
        ) from error
    shapes = {k: v.shape for k, v in trainer.model.state_dict().items()}
    if {k: v.shape for k, v in weights.items()} != shapes:
        raise CheckpointError(f"'{folder}' is of another shape than this run; average its stages.")
    if vocabulary != trainer.corpus.vocabulary():
        raise CheckpointError(f"'{folder}' was trained on other genes than this run's corpus.")
    return weights, steps
