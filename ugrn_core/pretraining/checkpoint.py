"""The finished backbone on disk: scBenchmark's format, safetensors, with its model card."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import safetensors.torch
import torch

from ugrn_core import markdown
from ugrn_core.errors import ComputationError
from ugrn_core.files import write_atomically
from ugrn_core.pretraining.corpus.data_sets import Corpus
from ugrn_core.pretraining.train import MASK, Trainer
from ugrn_core.types import ValueScale

VALUE_SCALE = ValueScale.LOG1P_CP10K


def write_backbone(trainer: Trainer, folder: Path, defaults: dict, card: dict) -> None:
    """Write model.safetensors, vocab.json, args.json, ugrn.json, card.json and README.md.

    The gene table is stored in half precision, the rest in float32. defaults: for ugrn.json.
    card: name, title, description, and what was measured; the training sets are added here.
    Raises ComputationError, and writes nothing, when a weight is not finite.
    """
    state = _state_to_write(trainer.model)
    folder.mkdir(parents=True, exist_ok=True)
    t = trainer.training
    arguments = {
        "embsize": t.width,
        "nheads": t.heads,
        "nlayers": t.layers,
        "model_structure": "transformer",
        "mask_value": MASK,
        "pad_value": 0,
        "cls_value": 0,
        "pad_token": "<pad>",
        "cell_emb_style": "cls",
        "preprocess_mode": "log1p_cp10k",
        "train_maxseq": t.sampling.context,
    }
    sets = training_sets(trainer.corpus, t.held_out)
    full = card | {
        "kind": "scBenchmark format, pretrained by UGRN",
        "training": asdict(t),
        "steps_done": trainer.step,
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "genes": len(trainer.corpus.genes),
        "training_sets": sets,
        "losses": _thinned(list(trainer.history())),
    }
    write_atomically(folder / "model.safetensors", safetensors.torch.save(state))
    _write_json(folder / "vocab.json", trainer.corpus.vocabulary())
    _write_json(folder / "args.json", arguments)
    _write_json(folder / "ugrn.json", {"name": card["name"]} | defaults)
    _write_json(folder / "card.json", full)
    write_atomically(folder / "README.md", model_card(full).encode())


def _state_to_write(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    state = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    state["embedding.weight"] = state["embedding.weight"].to(torch.float16)
    lost = [k for k, v in state.items() if not v.isfinite().all()]
    if lost:
        raise ComputationError(
            f"The backbone is not written: {len(lost)} of its tensors hold values that are not "
            f"finite ({', '.join(lost[:3])}). Train it anew, in another run folder."
        )
    return state


def training_sets(corpus: Corpus, held_out: tuple[str, ...]) -> list[dict]:
    """Return name, cells, study, source and licence of every set, and whether it was held out."""
    keys = ("species", "tissue", "value_kind", "study", "source_repository", "licence")
    return [
        {"name": s.name, "cells": s.n_cells, "held_out": s.name in held_out}
        | {k: s.card.get(k, "") for k in keys}
        for s in corpus.sets
    ]


def model_card(card: dict) -> str:
    """Return the card as Markdown."""
    used = [s for s in card["training_sets"] if not s["held_out"]]
    held_out = [s["name"] for s in card["training_sets"] if s["held_out"]]
    lines = [
        f"# {card['title']}",
        "",
        card["description"],
        "",
        *_facts(card, used),
        "",
        "## Validation",
        "",
        "Share of the variance among cells of one data set that is explained on masked genes "
        "(0 is the gene's mean in that set; each gene weighs by its own spread), and of the values "
        "themselves, differences between genes included.",
        "",
        markdown.table(_validation(card.get("validation", []))),
        "",
        "## Data sets trained on",
        "",
        markdown.table(_sets(used)),
        "",
        f"Held out of training, for validation: {', '.join(held_out) or 'none'}.",
        "",
    ]
    return "\n".join(lines)


def _facts(card: dict, used: list[dict]) -> list[str]:
    t = card["training"]
    return [
        f"- Shape: {t['layers']} layers x {t['width']}, {t['heads']} heads, "
        f"{card['parameters']:,} parameters, {card['genes']:,} genes (human symbols)",
        f"- Values: {VALUE_SCALE.phrase}; a masked gene carries {MASK:g}",
        f"- Training: {card['steps_done']:,} steps, {t['sets_per_step']} x "
        f"{t['sampling']['cells']} cells of {t['sampling']['context']} genes each, seed "
        f"{t['seed']}, {sum(s['cells'] for s in used):,} cells of {len(used)} data sets",
        *_drawn(t["sampling"]),
        *_averaged(card.get("averaged") or []),
        "- Losses of single steps, for comparison with a rerun (how near another machine comes: "
        f"docs/backbone.md): {_losses(card['losses'])}",
        f"- Command: `{card['command']}`",
    ]


def _drawn(sampling: dict) -> list[str]:
    how = sampling["metacells"]
    if not how:
        return []
    return [
        f"- Metacells: means of {how['fewest']} to {how['most']} near cells, drawn anew at every "
        f"step; {sampling['profiles'] or 0:.0%} of the batches are profiles; "
        f"{sampling['redrawn']:.0%} show counts redrawn at another depth. Validation is on "
        "metacells of held-out cells alone."
    ]


def _averaged(rows: list[dict]) -> list[str]:
    parts = [f"{r['steps']:,} steps {r['share']:.0%}" for r in rows]
    return [f"- Mean of the weights of stages of this run: {', '.join(parts)}"] if parts else []


def _thinned(history: list[dict]) -> list[dict]:
    """Return the rows of the first steps, every 1,000th, and the last."""
    rows = [r for r in history if r["step"] <= 300 or r["step"] % 1000 == 0]
    return rows + history[-1:] if history and history[-1] not in rows else rows


def _losses(rows: list[dict]) -> str:
    return (
        "; ".join(
            f"step {r['step']}: " + ", ".join(f"{k} {v:.3f}" for k, v in r.items() if k != "step")
            for r in rows
        )
        or "none"
    )


def _sets(used: list[dict]) -> pd.DataFrame:
    names = {
        **{"name": "set", "species": "species", "tissue": "tissue", "cells": "cells"},
        **{"study": "study", "source_repository": "source", "licence": "licence stated"},
    }
    rows = [{words: str(s[key])[:90] for key, words in names.items()} for s in used]
    return pd.DataFrame(rows, columns=list(names.values()))


def _validation(rows: list[dict]) -> pd.DataFrame:
    names = {
        **{"cells": "cells", "shown": "genes shown", "r2": "R2 between cells"},
        **{"r2_values": "R2 of values", "batches": "batches"},
    }
    return pd.DataFrame(rows, columns=list(names)).rename(columns=names)


def _write_json(path: Path, content: object) -> None:
    write_atomically(path, json.dumps(content, indent=1).encode())
