"""The options of the command line, one a name: their kind, and what help says of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from ugrn_core.errors import MissingDataError, OptionError
from ugrn_core.probes import PROBES
from ugrn_core.settings import read_settings


def option(kind: object, text: str, *names: str, **more: object) -> object:
    if kind in (float, float | None):
        more = {"callback": _finite, **more}
    return Annotated[kind, typer.Option(*names, help=text, **more)]


def _finite(option: typer.CallbackParam, value: float | None) -> float | None:
    """Return an option's number; raise OptionError for nan and infinity, which compare oddly."""
    if value is not None and not math.isfinite(value):
        raise OptionError(f"{option.opts[0]} takes a finite number, such as 0.5; '{value}' came.")
    return value


def names(text: str) -> tuple[str, ...]:
    """Return the comma-separated names in `text`."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def beeline(data: Path | None) -> Path:
    """Return the folder with BEELINE's data, where --data names none that of the settings."""
    folder = data or read_settings().beeline
    if folder is None:
        raise MissingDataError(
            "No folder with BEELINE's data is known: name it with --data or UGRN_BEELINE, or fetch "
            "it with `python -m ugrn_core data fetch beeline`."
        )
    return folder


BACKBONE = option(
    str,
    "The model to read: a name that `backbones` lists, or a folder with a checkpoint of scGPT, "
    "scBenchmark, Tahoe-x1, scBERT, Geneformer or scFoundation, as published.",
)
PANEL = option(
    Path | None,
    "List of genes, as text (lines, commas, a table's gene column, GMT) or .xlsx: those that share "
    "the virtual cell. Every number depends on all of them. Other names become approved symbols.",
)
DATASET = option(
    str | None,
    "In place of --panel: a data set on this machine, with its regulators; `data list` names those "
    "you have added. `network` also takes all-genes, the atlas.",
)
SOURCES = option(Path, "List of genes, read as --panel is: the panel's genes to drive.")
PROBE_OUT = option(Path, "Folder to write: probe.npz, provenance.json.")
GRID = option(
    str | None,
    "Values the driven gene takes, such as 0,1,2.5, on the backbone's value scale (default: the "
    "backbone's own).",
)
BASELINE = option(float | None, "Value of every other gene (default: the backbone's own).")
READOUT = option(
    str | None,
    "How the other genes are read: visible (they carry the baseline), masked, generative (scGPT "
    "and Tahoe-x1), or visible-all (scBERT, with the class of zeros). Default: the backbone's own.",
)
CLS = option(
    str | None,
    "Value of the <cls> token: -2, 0, or none to leave the token out (default: the backbone's "
    "own).",
)
DEPTH = option(
    str | None,
    "scFoundation only: T,S, the logarithms to base 10 of the sequencing depth asked for and of "
    "the cell's own (default: 4,4).",
)
AXIS = option(
    str | None,
    "What the grid is of: value, or place, for Geneformer: the driven gene's place in the cell's "
    "order as a share, 1 the front, towards 0 the back, 0 absent (default grid: 8 places).",
)
DTYPE = option(str, "Precision of the computation: float32, or float64 (slower).")
SKIP = option(
    bool,
    "What is done anyway: entries that cannot be used are told of and left out. Kept for scripts.",
    "--skip-unknown",
    hidden=True,
)
STRICT = option(
    bool,
    "Stop where an entry of a list cannot be used (unknown, no gene, named twice); by default each "
    "is told of, and the others are used.",
    "--strict",
)
REGULATORS = option(
    Path | None,
    "List of genes, read as --panel is: the panel's genes that may regulate (default: its human "
    "transcription factors).",
)
TRANSLATOR = option(
    str | None,
    "What turns curves into probabilities; `backbones` lists the names (default: the first "
    "listed; without any, edges are ranked by |GDT|).",
)
ESTIMATE = option(
    bool,
    "Only say what the run would take (time, memory, disk), after some seconds' measuring.",
    "--estimate",
)
ATLAS_OUT = option(
    Path | None,
    "Folder to write the atlas below (default: UGRN_HOME/runs, where the dashboard finds it).",
    "--out",
)
ATLAS_VALUES = option(
    int | None,
    "Ask each pair at this many of the grid's values, 2 or more, and tell the others from these by "
    "a linear map fitted to pairs asked at all (default: all). The run says how wrong that is.",
    "--values",
)
SCHEDULER = option(
    str | None,
    "Probe on the workers of this Dask scheduler, such as tcp://10.0.0.1:8786 (default: one "
    "process a core of this machine). They must see the backbone and UGRN_HOME under the same "
    "paths.",
)
SCHEDULER_FILE = option(Path | None, "The same, by the file that `dask scheduler` wrote.")
SCREEN = option(
    float | None,
    "Two-stage run: probe every regulator at one value first, then this share of them (such as "
    "0.5), those with the strongest GDT, at all values. The others are left out.",
)
TOP = option(int | None, "Keep the best N edges (default: all).", min=1)
DATA = option(
    Path | None,
    "Folder with BEELINE's data, in its own or GENELink's layout (default: UGRN_BEELINE, else what "
    "`data fetch beeline` fetched).",
)
RESULTS = option(Path, "Results table to write (.parquet).")
PR_CURVES = option(
    bool, "Keep precision-recall curves in the table, for the report.", "--pr-curves"
)
CLASSICAL_HOURS = option(
    float | None,
    "Core hours a classical method may spend on a data set now; what is unfinished becomes a row "
    "that says so, and the next run goes on there. Default: all it takes.",
    "--classical-hours",
    min=0,
)
TABLE_OF_RESULTS = option(Path, "Results table that `benchmark` wrote (.parquet).", "--results")
REPORT_OUT = option(Path, "Folder to write the report to.", "--out")
SOURCE = option(
    str, "Data sets the translators are trained on, comma-separated (together), or all."
)
MATRIX = option(
    bool, "Train on each data set of --source by itself: any source to any target.", "--matrix"
)
NETWORKS = option(
    str,
    "Reference networks, comma-separated, or all: STRING, Non-Specific ChIP-seq, "
    "Cell-type-specific ChIP-seq, LOF/GOF.",
)
TARGETS = option(str, "Data sets to test on, comma-separated, or all.")
SAMPLING = option(
    str,
    "How negatives are drawn, comma-separated: paper (1:1 at random), matched (as popular as the "
    "edges), full (all pairs).",
)
METHODS = option(
    str,
    f"Probes and controls, comma-separated: {', '.join(PROBES)}, ensemble, stacked ..., or groups "
    "of them: all (minutes), expression (knock-out and attention on real cells), ablations, "
    "classical (hours), yardsticks (with --corpus).",
)
YARDSTICK_CORPUS = option(
    Path | None,
    "Folder of data sets for the group yardsticks: index.csv and one NAME.parquet a data set.",
    "--corpus",
)
RECIPES = option(str, "How translators are trained, comma-separated: paper, centred, or all.")
GENE_SET = option(str, "BEELINE's gene set: TFs+500 or TFs+1000.")
SEEDS = option(int, "Translators trained per probe; their logits are averaged.", min=1)
ORTHOLOGS = option(
    Path | None,
    "CSV (or .csv.gz) of human, mouse symbols for mouse data sets (default: UGRN_ORTHOLOGS, else a "
    "file named *ortholog*.csv beside the data, else the table that ships with UGRN).",
)
KEEP = option(Path | None, "Folder to keep the trained translators in (default: not kept).")
CONTROL = option(bool, "Judge the same network with random weights, too.")
CORPUS = option(
    Path, "Folder with index.csv (name, species, value_kind, ...) and one NAME.parquet a data set."
)
BACKBONE_OUT = option(Path, "Folder to write the finished backbone to.")
RUN = option(Path, "Folder of the run's state; goes on from what is there.")
MOUSE = option(Path | None, "CSV of human, mouse symbols; without it mouse genes are left out.")
EXCLUDE = option(str, "Data sets not to read at all, comma-separated.")
HELD_OUT = option(str, "Data sets kept for validation only, comma-separated.")
LAYERS = option(int, "Layers of the network.", min=1, max=48)
WIDTH = option(int, "Width of the network, 256 or more; a multiple of --heads.", min=1, max=4096)
HEADS = option(int, "Attention heads.", min=1, max=64)
CELLS = option(int, "Cells in a batch, all of one data set.", min=2)
CONTEXT = option(int, "Genes a cell is shown with.", min=2)
ACCUMULATE = option(int, "Batches whose gradients make one step, on every process.", min=1)
PRECISION = option(
    str,
    "Of the forward pass: bfloat16 (mixed precision), float32, or auto: bfloat16 where the "
    "machine computes with it. Weights are float32.",
)
LEVEL = option(
    float,
    "Weight of the plain squared error of the values beside the losses on differences between "
    "cells: 4 restores values better (docs/backbone.md).",
    min=0,
)
METACELLS = option(
    bool,
    "Train on means of 6 to 30 near cells, drawn anew at every step, and on profiles, without "
    "virtual cells (docs/backbone.md).",
    "--metacells",
)
BY_METACELLS = option(
    bool, "Judge by means of near held-out cells, as `pretrain --metacells`.", "--metacells"
)
MERGE = option(
    list[str],
    "Join small data sets under one name: NAME=PATTERN,PATTERN, such as "
    "'human_adult=p_h_adult_*'. May be given many times.",
)
SIGNATURES = option(
    str,
    "Files of signed responses (.npz: x, genes, cols), comma-separated: a weak block of the gene "
    "vectors that --metacells starts from.",
)
SETS_PER_STEP = option(int, "Data sets that a step draws --cells from, each.", min=1)
DECAY = option(
    float, "Share of the steps, the last, over which the learning rate falls.", min=0, max=1
)
AVERAGE = option(
    list[str],
    "Average the finished weights with an earlier stage of the same run: FOLDER=SHARE, such as "
    "'ugrn-1200=0.5'; the rest is the share of the run's end. May be given many times.",
)
DEVICE = option(str, "Where to train: auto (CUDA where there is one), cpu, cuda or cuda:N.")
STEPS = option(int, "Optimiser steps in all.", min=1)
MINUTES = option(float | None, "Stop after so many minutes; the same command goes on later.", min=0)
SEED = option(int, "Seed of weights, batches and masks.", min=0)
NAME = option(str, "Name of the backbone.")
VALIDATION_OUT = option(Path, "Folder to write: validation.md, its tables and figure.", "--out")
BATCHES = option(int, "Batches of 24 cells a data set and masking.", min=1)
