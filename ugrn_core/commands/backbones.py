"""`python -m ugrn_core backbones ...`: the models on this machine, and bringing others here."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ugrn_core.commands import options as o
from ugrn_core.console import progress_bars, progress_bars_of_steps, say
from ugrn_core.errors import CheckpointError, MissingDataError
from ugrn_core.experiment.catalog import identity
from ugrn_core.experiment.catalog.added_models import add_folder, remove_model
from ugrn_core.experiment.catalog.backbones import BackboneCard, lost, open_named, refuse_lost
from ugrn_core.experiment.catalog.backbones import backbones as backbone_cards
from ugrn_core.experiment.catalog.fetch_models import fetch_model
from ugrn_core.experiment.catalog.published_models import PublishedModel, published_models
from ugrn_core.experiment.models.listing import about, answers, published_as, read_as, trained
from ugrn_core.quantities import duration, size
from ugrn_core.registry import require
from ugrn_core.settings import Settings, read_settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

app = typer.Typer(help="List, show, fetch, add and remove backbones.")
_WIDE = 40  # columns that a cell of free text may take, so that a list fits 80


def open_backbone(name: str) -> Backbone:
    """Return the backbone called `name` or in the folder `name`; raise InputError."""
    return open_named(name, read_settings())


def tell_ignored(backbone: Backbone) -> None:
    """Say which heads took no part; at the end, so that an error stands alone."""
    heads = dict.fromkeys(key.split(".")[0][:40] for key in backbone.ignored)
    if heads and "ugrn.json" not in backbone.files:  # what our own leaves unread is known
        say(f"Heads of the checkpoint that no probe reads: {', '.join(heads)[:120]}")


def tell_relaxed(backbone: Backbone) -> None:
    """Say which part of the curves is a relaxation, where one is."""
    if backbone.defaults.relaxation:
        say(f"gdt is relaxed, ours: {backbone.defaults.relaxation}")


@app.callback(invoke_without_command=True)
def backbones(context: typer.Context) -> None:
    """List, show, fetch, add and remove backbones; alone it lists them."""
    if context.invoked_subcommand is None:
        list_backbones()


@app.command("list")
def list_backbones() -> None:
    """List the backbones on this machine, with the names to give as --backbone, and those to
    fetch."""
    settings = read_settings()
    here = backbone_cards(settings)
    rows = [
        (
            card.name,
            _origin(settings, card),
            str(len(_trained(card, settings)) or "none"),
            about(card, settings),
        )
        for card in here
    ]
    rows += [(n, "lost", "none", f"Its folder is gone: {f}") for n, f in lost(settings).items()]
    Console().print(_table(("on this machine", "", "translators", "what it is"), rows))
    names = {card.name for card in here}
    others = [m for m in published_models().values() if m.name not in names]
    rows = [(m.name, _size(m), f"{m.title}. Licence: {m.licence}") for m in others]
    Console().print(_table(("to fetch", "download", "what it is"), rows))
    say(
        "`backbones show NAME` says more, `backbones fetch NAME` brings one here. A folder with a "
        "checkpoint works as --backbone FOLDER, too."
    )


@app.command()
def show(name: Annotated[str, typer.Argument(help="A name that `backbones list` shows.")]) -> None:
    """Show where a backbone lies, its translators, its licence, and how to get it."""
    settings = read_settings()
    here = {card.name: card for card in reversed(backbone_cards(settings))}
    if name not in here:
        refuse_lost(name, settings)
    name = require(name, dict.fromkeys([*here, *published_models()]), "backbone")
    card = here.get(name)
    model = published_as(card, settings) if card else published_models()[name]
    rows = _card_rows(settings, card) if card else []
    rows += _model_rows(model) if model else []
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for what, words in rows:
        table.add_row(what, Text(words))
    Console().print(table)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A model that `backbones list` offers to fetch.")],
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept its licence where it restricts.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder with the model's files, copied by hand: for machines without a "
            "connection. They are checked like downloaded ones.",
        ),
    ] = None,
    data: o.DATA = None,
    translators: Annotated[
        bool, typer.Option(help="Train its translators, where BEELINE's data are here.")
    ] = True,
) -> None:
    """Download a published model, check every byte, and put it among the backbones.

    An interrupted download goes on where it was. Files come from the model hub (HF_ENDPOINT names
    a mirror). Where BEELINE's data are on this machine, its translators are trained at once.
    """
    settings = read_settings()
    how = {"accept": accept_licence, "source": source, "say": say}
    try:
        with progress_bars() as progress:
            fetch_model(name, settings, progress=progress, **how)
    except KeyboardInterrupt:
        say("Stopped. What has arrived is kept: the same command goes on there.")
        raise
    data = data or settings.beeline
    if data is not None and translators and not _has_translators(settings, name):
        _train(settings, name, data)
    _tell_translators(settings, name)


@app.command()
def train(
    name: Annotated[str, typer.Argument(help="A backbone that `backbones list` shows.")],
    data: o.DATA = None,
) -> None:
    """Train a backbone's translators, which make scores of its curves, on BEELINE's hESC.

    Its regulators are probed first; curves are kept, and a stopped training goes on where it was.
    """
    settings = read_settings()
    data = data or settings.beeline
    if data is None:
        raise MissingDataError(
            "Translators are trained on BEELINE's networks, which are not here: `python -m "
            "ugrn_core data fetch beeline` brings them, --data or UGRN_BEELINE names a folder."
        )
    _train(settings, name, data)


@app.command()
def add(
    folder: Annotated[Path, typer.Argument(help="Folder with a checkpoint UGRN reads.")],
    name: Annotated[str | None, typer.Option(help="Name for it (default: the folder's).")] = None,
) -> None:
    """Put a checkpoint folder among the backbones; its files stay where they are."""
    card = add_folder(folder, name, read_settings())
    settings = read_settings()
    known = identity.known(card, settings)  # noted: no page opens the weights to learn a name
    say(f"Added {card}: {read_as(known)} `--backbone {card}` and the pages offer it now.")
    _tell_translators(settings, card)


@app.command()
def remove(name: Annotated[str, typer.Argument(help="A backbone that was fetched or added.")]):
    """Remove a backbone that was fetched or added; the files of an added folder stay."""
    say(remove_model(name, read_settings()))


def _train(settings: Settings, name: str, data: Path) -> None:
    from ugrn_core.experiment.models.translating import train as train_translators  # brings torch

    began = time.monotonic()
    with progress_bars_of_steps() as progress:
        folders = train_translators(name, data, settings, progress=progress)
    names = ", ".join(folder.name for folder in folders)
    say(f"Trained in {duration(time.monotonic() - began)}: {names}. Scores come from them now.")


def _has_translators(settings: Settings, name: str) -> bool:
    """Whether there are translators of the very weights that bear `name` now."""
    card = next(c for c in backbone_cards(settings) if c.name == name)
    return bool(_trained(card, settings))


def _trained(card: BackboneCard, settings: Settings) -> tuple[str, ...]:
    """Return the translators of the very weights in the card's folder. Weights put there by hand
    are opened once where a former model's translators bear their name: only they tell."""
    names = trained(card, settings)
    if names and not card.is_control:
        try:
            identity.known(str(card.folder), settings)
        except MissingDataError:  # without PyTorch they are as they were when last opened
            return names
        except CheckpointError:  # no weights, so none of theirs
            return ()
        return trained(card, settings)
    return names


def _tell_translators(settings: Settings, name: str) -> None:
    if _has_translators(settings, name):
        return
    fetch_data = "" if settings.beeline else "`python -m ugrn_core data fetch beeline`, then "
    say(
        "Probes can be read at once. Scores need translators, trained on BEELINE's networks: "
        f"{fetch_data}`python -m ugrn_core backbones train {name}`."
    )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for k, head in enumerate(heads):
        last = k == len(heads) - 1
        table.add_column(head, overflow="fold", no_wrap=k == 0, max_width=_WIDE if last else None)
    for row in rows:
        # Text: a description comes from a file, and may hold what rich takes for markup.
        table.add_row(*map(Text, row))
    return table


def _origin(settings: Settings, card: BackboneCard) -> str:
    if card.is_control:
        return "control"
    if settings.assets in card.folder.parents:
        return "shipped"
    return "yours"


def _size(model: PublishedModel) -> str:
    if model.folder_only:
        return "by hand"
    return size(model.size) if model.size else "size unknown"


def _card_rows(settings: Settings, card: BackboneCard) -> list[tuple[str, str]]:
    names = _trained(card, settings)
    return [
        ("name", card.name),
        ("what it is", f"{card.title}. {card.description}"),
        *_read_rows(settings, card),
        ("folder", str(card.folder.resolve() if card.folder.is_symlink() else card.folder)),
        ("translators", ", ".join(names) or "none: scores need one, `backbones train` makes them"),
    ]


def _read_rows(settings: Settings, card: BackboneCard) -> list[tuple[str, str]]:
    """Return what the weights said of themselves when they were last opened."""
    known = identity.remembered(card.folder, settings)
    if known is None:
        return [("read as", "told when it is first used")]
    given = known.defaults
    relaxed = bool(given.relaxation)
    return [
        ("read as", read_as(known)),
        ("answers", ", ".join(answers(given.readouts, given.differentiable, relaxed))),
        ("readouts", ", ".join(given.readouts) or "none: no answer for genes"),
        (
            "baseline",
            f"{given.baseline:g}, of {given.value_range[0]:g} to {given.value_range[1]:g}",
        ),
        ("grid", ", ".join(f"{value:g}" for value in given.grid)),
    ]


def _model_rows(model: PublishedModel) -> list[tuple[str, str]]:
    if model.folder_only:
        return [("licence", model.licence), ("how to get it", model.folder_only)]
    lines = [
        f"{f.path}: " + (f"{f.size:,} bytes, sha256 {f.sha256}" if f.sha256 else "as the hub says")
        for f in model.files
    ]
    return [
        ("title", model.title),
        ("licence", model.licence + (" (to be accepted)" if model.must_accept else "")),
        ("origin", model.origin),
        ("pinned to", f"{model.repository} at {model.revision}"),
        *[("file", line) for line in lines],
    ]
