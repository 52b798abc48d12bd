"""`python -m ugrn_core bench ...`: the engine timed, and probe settings compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ugrn_core.commands import options as o
from ugrn_core.console import progress_bar, say
from ugrn_core.data.readers.beeline import beeline_networks
from ugrn_core.files import check_writable, write_atomically
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(no_args_is_help=True, help="Time the engine, compare probe settings.")


@app.callback()
def bench() -> None:
    """Time the engine, compare probe settings."""


@app.command()
def probes(
    out: Annotated[Path, typer.Option(help="Markdown table to write.")],
    quick: Annotated[bool, typer.Option("--quick", help="Small shapes only, a minute.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds; the best counts.")] = 3,
) -> None:
    """Time the probe engine against its alternatives, interleaved, on the same shapes.

    Backpropagation per pair, forward-mode autograd, a stock forward pass and the tangent pass:
    seconds per source, ratios, share of the processor's peak, agreement with float64.
    """
    from ugrn_core.backbones.timing.bench import probe_bench

    check_writable(out)  # before minutes of work, not after them
    probe_bench(out, quick, rounds, report=say)


@app.command()
def device(
    device: Annotated[str, typer.Option(help="cuda, cuda:N, or cpu against itself.")] = "cuda",
    backbone: Annotated[str, typer.Option(help="The backbone that is probed.")] = "ugrn-base",
) -> None:
    """Say whether a GPU gives the curves that the processor gives, and how fast.

    256 genes, 8 of them driven, in float32 on both and in float64 on the
    processor: the device may be as far from that as the processor, rounding
    apart. The last line is the verdict; exit code 1 where it is FAIL.
    """
    from dataclasses import replace

    from ugrn_core.experiment.catalog import backbones
    from ugrn_core.experiment.curves.device_check import check_device
    from ugrn_core.settings import read_settings

    where = read_settings()
    verdict = check_device(
        lambda name: backbones.open_named(backbone, replace(where, device=name)), device
    )
    for sentence in verdict.sentences():
        typer.echo(sentence)
    raise typer.Exit(0 if verdict.passed else 1)


@app.command()
def settings(
    backbone: o.BACKBONE,
    out: Annotated[Path, typer.Option(help="Table to write (.csv).")],
    data: o.DATA = None,
    dataset: Annotated[str, typer.Option(help="A data set translators may train on.")] = "hESC",
    regulators: Annotated[int, typer.Option(min=8, help="Regulators drawn.")] = 100,
    seed: o.SEED = 0,
) -> None:
    """Measure what readout, background, grid and panel do to the untrained scores of known edges.

    One row a variant, network and score: AUPRC under matched sampling, and the rank correlation of
    its scores with those of the backbone's defaults.
    """
    from ugrn_core.commands import backbones
    from ugrn_core.experiment.ablations import probe_settings

    check_writable(out)
    net = backbones.open_backbone(backbone)
    trial = probe_settings.open_trial(net, o.beeline(data), dataset, regulators, seed)
    table = probe_settings.measure(trial)
    _write_rows(out, table)


@app.command()
def recipes(
    corpus: o.CORPUS,
    run: Annotated[Path, typer.Option(help="Folder of the trainings' states.")],
    out: Annotated[Path, typer.Option(help="Table to write (.csv); what it holds is kept.")],
    data: o.DATA = None,
    orthologs: o.MOUSE = None,
    exclude: o.EXCLUDE = "",
    held_out: o.HELD_OUT = "",
    dataset: Annotated[str, typer.Option(help="Data sets to judge by.")] = "hESC,mHSC-L",
    recipe: Annotated[str, typer.Option(help="Recipes by name, comma-separated.")] = "",
    steps: Annotated[int, typer.Option(min=4, help="Steps of a training.")] = 240,
    regulators: Annotated[int, typer.Option(min=8, help="Regulators drawn.")] = 150,
) -> None:
    """Train backbones that differ in one thing each (size, data, steps, start, masks, losses,
    optimiser, values) and judge each by masked genes of held-out cells and by known edges,
    untrained.

    A row is written as soon as it is known; the same command goes on where it stopped.
    """
    from ugrn_core.experiment.ablations import training_recipes
    from ugrn_core.experiment.ablations.training_recipes import chosen

    check_writable(out)
    trial = training_recipes.Trial(
        corpus=corpus,
        orthologs=orthologs,
        exclude=o.names(exclude),
        held_out=o.names(held_out),
        data=o.beeline(data),
        datasets=o.names(dataset),
        steps=steps,
        regulators=regulators,
        run=run,
        out=out,
    )
    training_recipes.measure(trial, chosen(o.names(recipe)))
    say(f"Wrote {out}")


@app.command()
def vectors(
    corpus: o.CORPUS,
    out: Annotated[Path, typer.Option(help="Table to write (.csv).")],
    data: o.DATA = None,
    orthologs: o.MOUSE = None,
    exclude: o.EXCLUDE = "",
    held_out: o.HELD_OUT = "",
    merge: o.MERGE = (),
    signatures: o.SIGNATURES = "",
    dataset: Annotated[str, typer.Option(help="Data sets to judge by.")] = "hESC,mHSC-L",
) -> None:
    """Measure what gene vectors made of a corpus alone say of known edges, no network trained."""
    from ugrn_core.experiment.ablations import gene_vectors
    from ugrn_core.pretraining.corpus.merged_sets import CorpusFolder

    check_writable(out)
    data = o.beeline(data)
    for name in o.names(dataset):
        beeline_networks(data, name)  # before minutes of reading, not after them
    files = tuple(map(Path, o.names(signatures)))
    read = CorpusFolder(
        folder=corpus,
        orthologs=orthologs,
        exclude=o.names(exclude),
        merge=tuple(merge),
        signatures=files,
    ).read()
    names = o.names(held_out), data, o.names(dataset)
    table = gene_vectors.measure(read, *names, orthologs)
    _write_rows(out, table)


@app.command()
def redundancy(
    backbone: o.BACKBONE,
    out: Annotated[Path, typer.Option(help="Table to write (.csv).")],
    data: o.DATA = None,
    dataset: Annotated[str, typer.Option(help="Data sets to judge by.")] = "hESC,mHSC-L",
    regulators: Annotated[int, typer.Option(min=8, help="Regulators drawn.")] = 100,
    readout: o.READOUT = None,
    seed: o.SEED = 0,
) -> None:
    """Measure what a backbone's curves say that its own gene table does not, untrained.

    How much of the response the product a_i(v) b_j cos_ij explains, what the rest is worth on known
    edges, whether VVP and GDT are one number, and how much is direction, bend and sign.
    """
    import pandas as pd

    from ugrn_core.commands import backbones
    from ugrn_core.experiment.ablations import probe_settings
    from ugrn_core.experiment.ablations import redundancy as curves

    check_writable(out)
    net, folder = backbones.open_backbone(backbone), o.beeline(data)
    trials = (
        probe_settings.open_trial(net, folder, name, regulators, seed) for name in o.names(dataset)
    )
    table = pd.concat([curves.measure(trial, readout) for trial in list(trials)])
    for row in table[table["network"] == ""].itertuples():
        say(f"{row.dataset}: {row.quantity} {row.value:.4f}")
    _write_rows(out, table)


@app.command()
def contexts(
    backbone: o.BACKBONE,
    out: Annotated[Path, typer.Option(help="Table to write, or to go on with (.csv).")],
    data: o.DATA = None,
    dataset: Annotated[
        str, typer.Option(help="Data sets with cells to judge by.")
    ] = "mHSC-L,hESC,mHSC-E,mESC,hHEP,mDC",
    regulators: Annotated[
        int, typer.Option(min=8, help="Regulators driven, at most, of each network of such cells.")
    ] = 32,
    stages: Annotated[
        Path | None, typer.Option(help="Table of regulators of known stage to write, too (.csv).")
    ] = None,
    few: Annotated[
        Path | None, typer.Option(help="Table of rare cell types to write, too (.csv).")
    ] = None,
) -> None:
    """Measure whether real cells as the background help with known edges, untrained: own cells,
    another data set's, the flat virtual cell, and what combines them.

    Each data set is written as soon as it is measured; stopped, it goes
    on there. With --stages: do regulators of known stage come and go as
    they should. With --few: from how few cells of PBMC 68k a context's
    change can be told.
    """
    from ugrn_core.commands import backbones
    from ugrn_core.data.readers.pbmc68k import NAME
    from ugrn_core.experiment.catalog import datasets
    from ugrn_core.experiment.catalog.study import fit_to_backbone
    from ugrn_core.experiment.contexts.worth import table
    from ugrn_core.experiment.contexts.worth.few import few_cells

    check_writable(out)
    net = backbones.open_backbone(backbone)
    wanted = table.Asked(o.beeline(data), o.names(dataset), regulators)
    rows = table.measure(net, wanted, out, stages, say)
    say(f"{len(rows)} rows in {out}")
    say(table.sentence(rows[rows["backbone"] == net.name]))
    if few is not None:
        study = fit_to_backbone(datasets.open_dataset(NAME, read_settings()), net)
        _write_rows(few, few_cells(net, study, "cell_type").assign(backbone=net.name))


def _write_rows(out: Path, table: pd.DataFrame) -> None:
    write_atomically(out, table.to_csv(index=False, float_format="%.4f").encode())
    say(f"Wrote {len(table)} rows to {out}")


@app.command()
def overexpression(
    backbone: o.BACKBONE,
    signatures: Annotated[
        Path, typer.Option(help="Responses to over-expression (.npz: x, genes, cols).")
    ],
    out: Annotated[Path, typer.Option(help="Table to write (.csv or .tsv).")],
    names: Annotated[
        Path | None, typer.Option(help="CSV of id, symbol, where cols are ids (Entrez).")
    ] = None,
) -> None:
    """Judge a backbone by what over-expressed transcription factors did in cells (LINCS L1000).

    Do the genes that moved rank high, and those that went up above those that went down? One row a
    score: the model's answer, its gene vectors' cosine, random weights, popularity.
    """
    from ugrn_core.commands.backbones import open_backbone
    from ugrn_core.experiment.biology import overexpression as judging
    from ugrn_core.export.save import check_rows, save_rows

    check_rows(out)
    measured = judging.read_measured(signatures, judging.read_names(names) if names else None)
    with progress_bar("virtual cells") as progress:
        table, about = judging.judge(open_backbone(backbone), measured, progress)
    save_rows(out, table, about)
    say(f"{about['regulators']} regulators, {about['genes']} genes. Wrote {out}")


@app.command()
def cells(
    backbone: o.BACKBONE,
    out: Annotated[Path, typer.Option(help="Table to write (.csv).")],
    data: o.DATA = None,
    source: Annotated[str, typer.Option(help="Data set the translators are trained on.")] = "hESC",
    dataset: Annotated[str, typer.Option(help="Data sets to judge by, zero-shot.")] = "mHSC-L",
    networks: Annotated[str, typer.Option(help="Reference networks.")] = (
        "STRING,Non-Specific ChIP-seq,Cell-type-specific ChIP-seq"
    ),
    variant: Annotated[str, typer.Option(help="What is read, comma-separated; all.")] = "all",
    orthologs: o.MOUSE = None,
) -> None:
    """Measure whether a translator is better that reads a pair's correlation in the data set's own
    cells (Spearman, over all of them and within clusters) beside the backbone's numbers.

    One row a variant, data set and network: AUPRC under matched sampling, and how far it is ahead
    of the default translator, paired, with its 95 % interval over regulators.
    """
    from ugrn_core.commands.backbones import open_backbone
    from ugrn_core.experiment.ablations import users_cells as trial
    from ugrn_core.experiment.evaluation.plan import find_orthologs
    from ugrn_core.registry import require_all

    check_writable(out)
    variants = tuple(trial.READS)
    chosen = require_all(variant, variants, "variant", {"all": variants})
    net, where, folder = open_backbone(backbone), read_settings(), o.beeline(data)
    mouse = orthologs or where.orthologs or find_orthologs(folder)
    first, *others = (
        trial.opened(net, where, folder, n, mouse) for n in (source, *o.names(dataset))
    )
    table = trial.measure(first, others, o.names(networks), chosen)
    _write_rows(out, table.assign(backbone=net.name))


@app.command()
def signs(
    backbone: o.BACKBONE,
    out: Annotated[Path, typer.Option(help="Table to write (.csv); other backbones' rows stay.")],
    signatures: Annotated[
        Path | None, typer.Option(help="Responses to over-expression (.npz: x, genes, cols).")
    ] = None,
    names: Annotated[
        Path | None, typer.Option(help="CSV of id, symbol, where cols are ids (Entrez).")
    ] = None,
    known: Annotated[
        Path | None, typer.Option(help="Table of known signs, such as TRRUST's; beside or instead.")
    ] = None,
    data: o.DATA = None,
    dataset: Annotated[str, typer.Option(help="Data sets: BEELINE's, and others here.")] = (
        "hESC,hHEP,mDC,mESC,mHSC-E,mHSC-GM,mHSC-L,pbmc68k"
    ),
    orthologs: o.MOUSE = None,
) -> None:
    """Judge the signs of a backbone on each data set: AUROC of up against down on pairs whose sign
    is known, with its 95 % interval over regulators.

    The column `sign` of edge tables, pages and files is empty where such an interval reaches down
    to 0.5.
    """
    import pandas as pd

    from ugrn_core.commands.backbones import open_backbone
    from ugrn_core.data.beeline.layouts import DATASETS
    from ugrn_core.data.readers.beeline import beeline_dataset
    from ugrn_core.errors import OptionError
    from ugrn_core.experiment.biology import overexpression, signs_by_dataset
    from ugrn_core.experiment.biology.signs import read_signed
    from ugrn_core.experiment.catalog import datasets
    from ugrn_core.experiment.catalog.study import fit_to_backbone
    from ugrn_core.experiment.evaluation.plan import find_orthologs
    from ugrn_core.experiment.references.measured import LINCS

    check_writable(out)
    references = {} if known is None else {known.stem: read_signed(known)}
    if signatures is not None:
        ids = overexpression.read_names(names) if names else None
        measured = overexpression.read_measured(signatures, ids)
        references[LINCS] = signs_by_dataset.signs_of(measured)
    if not references:
        raise OptionError("Nothing knows a sign: give --signatures, --known, or both.")
    net, where, wanted = open_backbone(backbone), read_settings(), o.names(dataset)
    folder = o.beeline(data) if data or set(wanted) & set(DATASETS) else None
    mouse = orthologs or where.orthologs or (find_orthologs(folder) if folder else None)
    tables = []
    for name in wanted:
        known_here = beeline_dataset(folder, name) if name in DATASETS else None
        opened = known_here or datasets.open_dataset(datasets.named(name, where), where)
        trial = signs_by_dataset.SignTrial(net, fit_to_backbone(opened, net, mouse), where)
        tables += [trial.rows(pairs, about) for about, pairs in references.items()]
        say(f"{name}: {sum(map(len, tables[-len(references) :]))} rows")
    before = pd.read_csv(out) if out.is_file() else pd.DataFrame(columns=["backbone"])
    both = pd.concat([before[before["backbone"] != net.name], *filter(len, tables)])
    _write_rows(out, both.astype(dict.fromkeys(("pairs", "activating", "regulators"), int)))
