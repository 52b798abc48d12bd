"""`pretrain`: from a corpus folder to a finished backbone folder, resumable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ugrn_core.backbones.tangent.device import open_device
from ugrn_core.console import say
from ugrn_core.errors import OptionError
from ugrn_core.experiment.pretrain.averaging import average, stages
from ugrn_core.files import check_writable
from ugrn_core.pretraining.batches import Sampling
from ugrn_core.pretraining.checkpoint import VALUE_SCALE, write_backbone
from ugrn_core.pretraining.corpus import (
    Corpus,
    held_out_sets,
    read_index,
    require_sets,
)
from ugrn_core.pretraining.corpus.merged_sets import CorpusFolder, merge_plan
from ugrn_core.pretraining.ranks import Ranks, started
from ugrn_core.pretraining.recipe import PRECISIONS, Training, fast_precision, on_metacells
from ugrn_core.pretraining.run_folder import RunFolder
from ugrn_core.pretraining.start_weights import GENE_DIMS
from ugrn_core.pretraining.train import Trainer
from ugrn_core.pretraining.validation import validate

# Chosen on hESC, the source data set, alone (docs/backbone.md).
DEFAULTS = {
    "value_scale": VALUE_SCALE.phrase,
    "value_range": [0.0, 9.3],  # log1p(10,000), the whole cell in one gene, is 9.2
    "baseline": 0.0,
    "grid": [0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0],
    "readouts": ["masked", "visible"],
}


@dataclass(frozen=True)
class Plan:
    """What `pretrain` was asked for."""

    corpus: Path
    out: Path
    run: Path
    orthologs: Path | None
    exclude: tuple[str, ...]
    held_out: tuple[str, ...]
    steps: int
    seed: int
    name: str
    command: str
    layers: int = 2
    width: int = 256
    heads: int = 4
    cells: int = 24
    context: int = 256
    accumulate: int = 1
    precision: str = "auto"
    device: str = "auto"
    level: float = 0.0
    metacells: bool = False
    merge: tuple[str, ...] = ()
    signatures: tuple[Path, ...] = ()
    sets_per_step: int = 1
    decay: float = 0.25
    average: tuple[str, ...] = ()

    def training(self) -> Training:
        """Return what decides the weights."""
        plain = Training(
            layers=self.layers,
            width=self.width,
            heads=self.heads,
            steps=self.steps,
            seed=self.seed,
            held_out=self.held_out,
            sampling=Sampling(self.cells, self.context),
            accumulate=self.accumulate,
            precision=self.precision,
            level=self.level,
            sets_per_step=self.sets_per_step,
            decay=self.decay,
        )
        return on_metacells(plain) if self.metacells else plain


def run(plan: Plan, minutes: float | None = None) -> bool:
    """Train until the plan's steps are done, then write the backbone; return whether it is done.

    With `minutes` the run may stop earlier; the same command goes on where it stopped.
    """
    _check_shape(plan)
    _check_sets(plan)
    stages(plan.average)  # told before the training, not after it
    with started(open_device(plan.device)) as ranks:
        plan = replace(plan, precision=_precision(plan, ranks.device))
        if ranks.first:
            for path in (plan.out / "model.safetensors", plan.run / "state.pt"):
                check_writable(path)  # before hours of work, not after them
        trainer = _train(plan, ranks, minutes)
        if trainer.step < plan.steps:
            if ranks.first:
                now = f"step {trainer.step} of {plan.steps}"
                say(f"Stopped at {now}; run the same command to go on.")
            return False
        if ranks.first:
            finish(trainer, plan)
            say(f"Wrote the backbone to {plan.out}")
    return True


def _train(plan: Plan, ranks: Ranks, minutes: float | None) -> Trainer:
    with _bars(ranks.first) as bar:
        reading = bar.add_task("reading corpus", total=None, note="")

        def read() -> Corpus:
            folder = CorpusFolder(
                folder=plan.corpus,
                orthologs=plan.orthologs,
                exclude=plan.exclude,
                merge=plan.merge,
                signatures=plan.signatures,
            )
            return folder.read(
                lambda done, total: bar.update(reading, completed=done, total=total),
                plan.run / "corpus",
            )

        corpus = read() if ranks.first else None  # the others find on disk what it leaves there
        ranks.wait()
        corpus = corpus or read()
        if ranks.first:
            _tell_left_out(plan, corpus)
        held_out = _held_out(plan, corpus)
        trainer = Trainer(corpus, replace(plan, held_out=held_out).training(), plan.run, ranks)
        task = bar.add_task("training", total=plan.steps, completed=trainer.step, note="")

        def on_step(step: int, losses: dict[str, float]) -> None:
            note = "  ".join(f"{k} {v:.3f}" for k, v in losses.items())
            bar.update(task, completed=step, note=note)

        trainer.run(minutes, on_step=on_step)
    return trainer


def _held_out(plan: Plan, corpus: Corpus) -> tuple[str, ...]:
    """Return the data sets that are not trained on, those of a divided file one by one."""
    names = held_out_sets(corpus, plan.held_out)
    if len(names) == len(corpus.sets):
        raise OptionError(
            f"--held-out names all {len(names)} data sets that were read of '{plan.corpus}'; "
            "none is left to train on."
        )
    return names


def _tell_left_out(plan: Plan, corpus: Corpus) -> None:
    """Say what was made of ids, and which data sets have no gene under a human symbol."""
    for note in corpus.notes:
        say(note)
    used = {s.name.split("/")[0] for s in corpus.sets} | set(plan.exclude)
    used |= {n for s in corpus.sets for n in s.card.get("parts", "").split(", ")}
    lost = [r["name"] for r in read_index(plan.corpus) if r["name"] not in used]
    if lost:
        say(
            f"Left out, for want of genes under human symbols: {', '.join(lost)}. "
            "Mouse sets need --orthologs."
        )


def _bars(shown: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
    return Progress(
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not shown,
    )


def _check_shape(plan: Plan) -> None:
    """Refuse a width the heads do not divide, or too narrow for what the start writes into it."""
    if plan.width % plan.heads or plan.width < 2 * GENE_DIMS:
        raise OptionError(
            f"--width is a multiple of --heads, at least {2 * GENE_DIMS}; "
            f"{plan.width} and {plan.heads} came."
        )
    if plan.signatures and not plan.metacells:
        raise OptionError("--signatures is read with --metacells alone. Give both or neither.")
    if plan.precision not in PRECISIONS:
        raise OptionError(
            f"--precision is {' or '.join(PRECISIONS)}; '{plan.precision[:40]}' came."
        )


def _precision(plan: Plan, device: torch.device) -> str:
    """Return the precision asked for; auto is what the run began with, else the faster one here."""
    if plan.precision != "auto":
        return plan.precision
    return RunFolder(plan.run).noted("precision") or fast_precision(device)


def _check_sets(plan: Plan) -> None:
    """Refuse names the corpus does not list, and a plan that leaves nothing to train on."""
    rows = read_index(plan.corpus)
    merged = [{"name": name} for name in merge_plan(plan.merge)]
    require_sets(plan.exclude, rows)
    require_sets(plan.held_out, [*rows, *merged])
    if not {r["name"] for r in rows} - {*plan.exclude, *plan.held_out}:
        raise OptionError(
            f"--exclude and --held-out name all {len(rows)} data sets of '{plan.corpus}'; "
            "none is left to train on."
        )


def finish(trainer: Trainer, plan: Plan) -> None:
    """Average, where the plan says so, validate and write the backbone of a trainer."""
    averaged = average(trainer, stages(plan.average)) if plan.average else []
    layers = trainer.training.layers
    of_means = trainer.training.sampling.metacells is not None
    kind = "metacell" if of_means else "embedded"  # first: a list of names is cut at its end
    means = "means of near cells and of cell types in " if of_means else ""
    card = {
        "name": plan.name,
        "title": f"UGRN {kind} backbone, {layers} layer{'s' * (layers != 1)}",
        "description": (
            f"A small masked-value transformer pretrained on {means}public single-cell data sets. "
            "Made to run offline in seconds; larger published backbones know more."
        ),
        "command": plan.command,
        "averaged": averaged,
        "validation": validate(trainer),
    }
    write_backbone(trainer, plan.out, DEFAULTS, card)
