"""`validate`: what a backbone of the embedded family knows of cells and modules, as a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ugrn_core.backbones.random_weights import randomised
from ugrn_core.console import progress_bar, say
from ugrn_core.errors import OptionError
from ugrn_core.experiment.pretrain.gene_modules import (
    BACKGROUND,
    module_panel,
    responses,
    separation,
)
from ugrn_core.experiment.pretrain.masked_genes import METHODS, explained, imputation, require_scale
from ugrn_core.experiment.report.figures import as_svg, new_figure
from ugrn_core.files import check_writable, write_atomically
from ugrn_core.markdown import table as markdown_table
from ugrn_core.pretraining.batches import Sampling
from ugrn_core.pretraining.corpus import held_out_sets, read_index, require_sets
from ugrn_core.pretraining.corpus.merged_sets import CorpusFolder, merge_plan
from ugrn_core.pretraining.corpus.metacells import Metacells
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.pretraining.corpus.data_sets import Corpus

FEWEST_MEMBERS = 10  # of modules in the vocabulary: below it there is nothing to separate
TITLES = {"cells": "cells", "shown": "genes shown", "tissue": "tissue", "species": "species"}


@dataclass(frozen=True)
class Validation:
    """What `validate` was asked for; `command` is repeated in the report. metacells: judge by means
    of held-out cells, not by single cells."""

    corpus: Path
    out: Path
    orthologs: Path | None
    exclude: tuple[str, ...]
    held_out: tuple[str, ...]
    batches: int
    command: str
    metacells: bool = False
    merge: tuple[str, ...] = ()


def run(backbone: Backbone, validation: Validation) -> None:
    """Measure `backbone` and write imputation.csv, modules.csv, modules.svg and validation.md.

    Raises OptionError for a backbone on another scale, InputError for what the corpus lacks.
    """
    require_scale(backbone)
    rows = read_index(validation.corpus)
    require_sets(validation.exclude, rows)
    require_sets(validation.held_out, [*rows, *({"name": n} for n in merge_plan(validation.merge))])
    check_writable(validation.out / "validation.md")
    with progress_bar("reading the corpus") as progress:
        folder = CorpusFolder(
            validation.corpus, validation.orthologs, validation.exclude, validation.merge
        )
        corpus = folder.read(progress)
    for note in corpus.notes:
        say(note)
    held_out = held_out_sets(corpus, validation.held_out)
    with progress_bar("restoring masked genes") as progress:
        sampling = Sampling(metacells=Metacells() if validation.metacells else None)
        rows = imputation(
            backbone, corpus, held_out, validation.batches, progress, sampling=sampling
        )
    if rows.empty:
        raise OptionError(
            "No data set has eight held-out cells (every 20th is), and --held-out names no study. "
            "Name one, or give a larger corpus."
        )
    files = {"imputation.csv": _csv(rows)}
    text = [f"# Validation of {backbone.name}", f"`{validation.command}`", *_imputation_text(rows)]
    modules = _modules(backbone, corpus)
    if modules is not None:
        table, figure = modules
        files |= {"modules.csv": _csv(table), "modules.svg": figure.encode()}
        text += _modules_text(table)
    files["validation.md"] = ("\n\n".join(text) + "\n").encode()
    validation.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(validation.out / name, content)
    say(f"Wrote {', '.join(files)} to {validation.out}")


def _imputation_text(rows: pd.DataFrame) -> list[str]:
    studies = rows[rows["cells"] == "held-out study"]
    tables = [explained(rows, ["cells", "shown"]), explained(rows, ["cells", "tissue", "shown"])]
    tables.append(explained(rows, ["cells", "species", "shown"]))
    if len(studies):
        tables.append(explained(studies, ["set", "shown"]))
    about = (
        "Share of the variance between the cells of one data set that is explained on masked genes "
        "(0: the gene's mean in the set; each gene weighs by its own spread). ridge and kNN learn "
        "from the training cells of the same set, of a held-out study from those of all other sets "
        "and are told the study's mean and spread of every gene; the backbone learns nothing. "
        "ridge over all sets learns from training cells of all sets, on the scale of the values; "
        "like the backbone it is told nothing of the set it is asked about."
    )
    values = (
        "The same cells, the values themselves (log1p of counts per 10,000), differences between "
        "genes included: most of it is told by a gene's mean alone, which ridge and kNN are given."
    )
    whole = explained(rows, ["cells", "shown"], "value_", METHODS)
    tables = [markdown_table(t.rename(columns=TITLES)) for t in tables]
    return ["## Masked genes", about, *tables, values, markdown_table(whole.rename(columns=TITLES))]


def _modules(backbone: Backbone, corpus: Corpus) -> tuple[pd.DataFrame, str] | None:
    """Return the separation of the modules, with that of random weights, and the figure."""
    of = module_panel(backbone, corpus)
    if sum(m != BACKGROUND for m in of.values()) < FEWEST_MEMBERS:
        say("The corpus has too few genes of known modules: that part is left out.")
        return None
    panel, modules = Panel(tuple(of)), np.array(list(of.values()))
    tables, first = [], None
    for net in (backbone, randomised(backbone, 0)):
        with progress_bar(f"probing modules of {net.name}") as progress:
            response = responses(net, panel, progress)
        first = response if first is None else first
        tables.append(separation(response, modules).assign(backbone=net.name))
    table = pd.concat(tables)
    return table[["backbone", "module", "genes", "auroc"]], _figure(first, modules, backbone.name)


def _modules_text(table: pd.DataFrame) -> list[str]:
    about = (
        "Masked read-out, one gene driven: how surely a pair inside a module answers more (mean "
        "over the grid, each target in units of its spread) than a pair of a member and a gene "
        "outside all modules of the same mean expression. AUROC; 0.5 is chance."
    )
    wide = table.pivot(index=["module", "genes"], columns="backbone", values="auroc")
    wide = wide[list(dict.fromkeys(table["backbone"]))].reset_index()
    figure = "![Responses within and between modules](modules.svg)"
    return ["## Known modules", about, markdown_table(wide), figure]


def _figure(response: np.ndarray, modules: np.ndarray, name: str) -> str:
    figure, (axes,) = new_figure(5.2, 4.4)
    image = axes.imshow(response, cmap="RdBu_r", vmin=-3, vmax=3, interpolation="nearest")
    names = list(dict.fromkeys(modules))
    ends = np.cumsum([(modules == m).sum() for m in names])
    middles = ends - np.array([(modules == m).sum() for m in names]) / 2
    for end in ends[:-1]:
        axes.axhline(end - 0.5, color="black", linewidth=0.6)
        axes.axvline(end - 0.5, color="black", linewidth=0.6)
    axes.set_xticks(middles, names, rotation=30, ha="right")
    axes.set_yticks(middles, names)
    axes.set_xlabel("gene that answers")
    axes.set_ylabel("gene driven")
    axes.set_title(f"Mean response, {name}", loc="left")
    figure.colorbar(image, ax=axes, label="standard deviations of the target")
    return as_svg(figure)


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, float_format="%.6g").encode()
