"""Curves, ranked networks and what known edges say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.api.all_genes import from_atlas
from ugrn_core.api.asking import (
    ANNDATA,
    TABLE,
    Genes,
    about_panel,
    backbone_of,
    checked_form,
    how_to,
    panel_of,
    require_columns,
    with_provenance,
)
from ugrn_core.api.references import reference_of
from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog.backbones import DEFAULT as BACKBONE
from ugrn_core.registry import require
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from ugrn_core.backbones.base import Backbone
    from ugrn_core.data.readers.base import Dataset


def open_backbone(name: str | Path = BACKBONE) -> Backbone:
    """Return a backbone with its weights, for the `backbone` of the other functions.

    name: as `python -m ugrn_core backbones` lists it, or the folder of a checkpoint. A name will do
    everywhere; an open backbone also says what it is (`.describe()`, `.vocabulary`, `.defaults`)
    and computes (`.reconstruct(panel, values)`, the (rows, genes) expression it predicts, on its
    own value scale).

    Raises UnknownNameError (with near matches), CheckpointError, MissingDataError (no PyTorch).
    """
    from ugrn_core.experiment.catalog import backbones

    return backbones.open_named(str(name), read_settings())


def open_dataset(name: str, *, form: str = TABLE) -> Dataset | AnnData:
    """Return a data set on this machine: genes, regulators, reference networks, cells if it has.

    name: as the pages' sidebar calls it in a link, or what your own was added as. form: "table" for
    a `Dataset` (`.genes`, `.regulators`, `.expression` with values (genes, cells), `.references`);
    "anndata" for cells x genes, `.X` on the scale that `.uns["ugrn"]` names,
    `.var["is_regulator"]`, and each reference network as a table source, target, sign in
    `.uns["references"]`. A data set without cells gives an AnnData of no rows.

    Raises UnknownNameError (with near matches), MissingDataError, TableError.
    """
    from ugrn_core.experiment.catalog import datasets

    where = read_settings()
    dataset = datasets.open_dataset(datasets.named(name, where), where)
    return datasets.as_anndata(dataset) if checked_form(form) == ANNDATA else dataset


def add_cells(file: str | Path, name: str | None = None, **choices: str) -> str:
    """Return the name of the data set that a file of cells (h5ad, 10x, loom, tables) becomes: it is
    added, and its name is `genes` for the other functions.

    name: default after the file. choices: species, matrix, values, symbols, cell_types, pseudotime,
    keep, panel and genes_in, in words as the options of `python -m ugrn_core data add`; what is not
    said is told by the file. Raises TableError, PanelError, OptionError, UnknownNameError.
    """
    from ugrn_core.experiment.catalog import own_data

    return own_data.add_file(read_settings(), Path(file), name, **choices).name


def probe(
    genes: Genes,
    sources: Genes | None = None,
    *,
    backbone: str | Path | Backbone = BACKBONE,
    form: str = TABLE,
    strict: bool = False,
    workers: int | None = None,
    scheduler: str | Path | None = None,
    progress: bool | Callable[[int, int], None] = True,
    **settings: object,
) -> pd.DataFrame | AnnData:
    """Return how every gene of a panel responds when one gene is driven: VVP and GDT.

    genes: the panel, G genes that share the virtual cell: every number depends on all of them.
    sources: the S genes to drive, of the panel (default: a data set's regulators, else the panel's
    human transcription factors). backbone: see `open_backbone`. settings: `baseline`, `grid` (T
    values of the source), `readout`, `cls`, `dtype`, `depth`, `axis`, as `probe --help` explains;
    default: the backbone's own.

    Returns S x T x G rows: `source`, `value`, `target`, `vvp` (change of the target's
    reconstruction against the baseline cell), `gdt` (its exact derivative by the source's value; no
    column where the backbone has none) and `baseline_output`, all on the backbone's value scale,
    which `.attrs["value_scale"]` names. form="anndata": (S x T) virtual cells x G genes, `.X` the
    VVP, `.layers["gdt"]`. Qi et al., ICML 2026, define both.

    strict: an entry that cannot be used raises. workers: processes of this machine (default: one a
    core). scheduler: a Dask scheduler to compute on, its address or the Path of its file. progress:
    True for bars on stderr, False for silence, or a function that is told (done, total).

    Raises PanelError, UnknownNameError, GridError, OptionError, ClusterError, MissingDataError.
    """
    from ugrn_core.experiment.curves import probing, tables
    from ugrn_core.experiment.curves.filling import fill
    from ugrn_core.probes.settings import default_settings

    checked_form(form)
    where, how = read_settings(), how_to(scheduler, workers=workers, progress=progress)
    net = backbone_of(backbone, where)
    chosen = default_settings(net, **settings)
    panel = panel_of(genes, sources, "sources", net, where, strict=strict)
    for note in panel.notes:
        how.say(note)
    study = panel.study
    request = probing.request(net, study.panel, study.regulators, chosen, where.probes)
    fill(request, where, how)
    about = probing.provenance(net, study.panel, chosen) | about_panel(panel)
    if form == ANNDATA:
        return tables.curve_cells(request, study, about)
    return with_provenance(tables.curve_frame(request, study), about)


def network(
    genes: Genes | None = None,
    regulators: Genes | None = None,
    *,
    dataset: str | None = None,
    backbone: str | Path | Backbone = BACKBONE,
    translator: str | None = None,
    top: int | None = None,
    references: Iterable[str] = (),
    form: str = TABLE,
    strict: bool = False,
    screen: float | None = None,
    workers: int | None = None,
    scheduler: str | Path | None = None,
    progress: bool | Callable[[int, int], None] = True,
) -> pd.DataFrame | AnnData:
    """Return the ranked network of a panel: one row a regulator-target pair, the best first.

    genes: the panel, or dataset: in its place the name of a data set. "all-genes" is answered from
    the atlas of the backbone, else of another that has one (`.attrs["atlas_of"]`): nothing is
    probed, ranks and percentiles are among all pairs, and each gene's best 50 regulators and each
    regulator's best 300 targets are kept. regulators: which of its genes are driven (default: a
    data set's regulators, else the panel's human transcription factors). translator: what turns
    curves into probabilities, as `backbones show NAME` lists them (default: the first; without any,
    edges are ranked by the largest |GDT|). top: keep the best so many. references: names of those
    (see `references`) whose edges to mark.

    Columns: `source` (regulator), `target`, `probability` in [0, 1] (NaN without a translator),
    `rank` from 1, `percentile` in (0, 100], `sign` (+1, -1: a proposal), `vvp_effect` and
    `gdt_peak` (the value of largest magnitude over the grid, in the backbone's units),
    `reverse_probability` (NaN where the target was not driven), `n_seeds_stable`, `in_<reference>`
    of a data set's networks and of `references`, `source_as_given` and `target_as_given` where
    names differ.
    Half of the pairs were edges in the translators' training: in a whole network read ranks.
    form="anndata": no cells, `.varp["GRN"]` (genes x genes, regulators in rows), the table in
    `.uns["edges"]`.

    screen: share of the regulators, those with the strongest GDT at one value, that are probed at
    all of them. backbone: see `open_backbone`. strict, workers, scheduler, progress: see `probe`.

    Raises PanelError, UnknownNameError, CheckpointError, OptionError, ClusterError,
    MissingDataError; with form="anndata" TableError where no translator gave probabilities.
    """
    from ugrn_core.experiment.atlas.asking import is_all_genes
    from ugrn_core.experiment.runs.network import NetworkRequest

    genes = _asked(genes, dataset)
    if is_all_genes(genes):
        how = {"screen": screen, "workers": workers, "scheduler": scheduler, "progress": progress}
        more = {"translator": translator, "top": top, "references": references, "form": form}
        return from_atlas(regulators, backbone=backbone, strict=strict, **more, **how)
    checked_form(form)
    where = read_settings()
    how = how_to(scheduler, screen=screen, workers=workers, progress=progress)
    net = backbone_of(backbone, where)
    panel = panel_of(genes, regulators, "regulators", net, where, strict=strict)
    for note in panel.notes:
        how.say(note)
    if top is not None and top < 1:
        raise OptionError(f"top= is a number of edges, 1 or more; {top} came.")
    more = {"translator": translator, "top": top, "references": tuple(references)}
    request = NetworkRequest(net, panel, where, how, **more)
    frame, about = request.compute()
    about |= about_panel(panel)
    if form == ANNDATA:
        from ugrn_core.export.h5ad import network_anndata

        return network_anndata(frame, about)
    return with_provenance(frame, about)


def regulators(
    gene: str,
    genes: Genes | pd.DataFrame | None = None,
    *,
    dataset: str | None = None,
    **options: object,
) -> pd.DataFrame:
    """Return the regulators that act on `gene`, the best first: rows of `network`.

    gene: a gene of the panel, under any of its names. genes: a network that `network` returned, or
    what it takes. dataset: in its place a data set's name; of "all-genes", the atlas, only the
    gene's rows are read. options: those of `network`, by name.

    Raises UnknownGeneError (with near matches) where the panel does not hold it, and what `network`
    raises; MissingDataError where no backbone has an atlas.
    """
    return _edges_of(gene, "target", _asked(genes, dataset), options)


def targets(
    gene: str,
    genes: Genes | pd.DataFrame | None = None,
    *,
    dataset: str | None = None,
    **options: object,
) -> pd.DataFrame:
    """Return the targets of the regulator `gene`, the best first: rows of `network`.

    gene: a regulator of the panel, under any of its names. genes, dataset, options: as of
    `regulators`.

    Raises UnknownGeneError (with near matches) where it was not driven, and what `network` raises.
    """
    return _edges_of(gene, "source", _asked(genes, dataset), options)


def compare(
    first: pd.DataFrame, second: pd.DataFrame, *, by: str | tuple[str, str] = "rank"
) -> pd.DataFrame:
    """Return the pairs that two networks share, with their rank, sign and probability in both.

    first, second: as `network` returned them, of two backbones, probes or data sets. by: what ranks
    a pair, one name for both or one each: "rank" (the table's own), "vvp_effect" or "gdt_peak" (by
    magnitude). Symbols are the same whatever their case.

    Columns: `source`, `target`, `rank_first`, `rank_second` (from 1, among the shared pairs),
    `sign_first`, `sign_second`, `probability_first`, `probability_second`. `.attrs["agreement"]`
    holds `pairs`, `spearman` of the ranks, `signs` (share of equal signs) with `signs_by_chance`,
    and `overlap`: of the best k of each, how many are shared, beside what chance would share.

    Raises OptionError for another `by`, TableError for tables without its columns.
    """
    from ugrn_core.experiment.runs import agreement

    scores = (by, by) if isinstance(by, str) else tuple(by)
    for score in scores:
        require(str(score), agreement.SCORES, "ranking")
    for table, score in zip((first, second), scores):
        require_columns(table, {"source", "target", "rank", "sign", "probability", score})
    frame, agreed = agreement.compared(first, second, scores)
    agreed["overlap"] = agreed["overlap"].to_dict("records")
    about = {"first": dict(first.attrs), "second": dict(second.attrs), "ranked_by": list(scores)}
    return with_provenance(frame, about | {"agreement": agreed})


def evaluate(
    edges: pd.DataFrame,
    reference: str | pd.DataFrame,
    *,
    dataset: str | None = None,
    sampling: str | Iterable[str] = ("paper", "matched"),
    score: str | None = None,
    draws: int = 5,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how well a network finds known edges: one row a sampling, as `benchmark` judges.

    edges: as `network` returned them. reference: the name of one of the data set's reference
    networks or of `references`, or a table of known edges (columns source, target). dataset: whose
    networks they are (default: the data set that the network is of). sampling: how negatives are
    drawn: "paper" (1:1 at random), "matched" (as popular as the edges), "full" (all pairs). score:
    what ranks a pair,
    "probability", "vvp_effect" or "gdt_peak" by magnitude (default: the probability, else the
    rank). draws of the negatives; seed of the draws and of the intervals.

    Columns: `auprc` with its 95 % interval over regulators (`auprc_low`, `auprc_high`),
    `prevalence` (what chance gives), `auprc_ratio`, `auroc`, the counts of pairs, edges and
    regulators, `early_precision` and `epr` with "full", and `reason` where a row has no number.
    Protocol: Pratapa et al. 2020, Nature Methods 17:147; matched negatives: docs/benchmark.md.

    Raises UnknownNameError, OptionError, TableError (no known edge among the pairs).
    """
    from ugrn_core.benchmark.evaluation_set import Protocol
    from ugrn_core.benchmark.sampling import SAMPLINGS
    from ugrn_core.experiment.evaluation import edge_tables

    if isinstance(reference, str):
        known = reference_of(edges, reference, dataset)
    else:
        known = edge_tables.known_edges(reference, edges)
    names = (sampling,) if isinstance(sampling, str) else tuple(sampling)
    names = tuple(require(str(name), SAMPLINGS, "sampling") for name in names)
    protocols = [Protocol(name, draws, seed) for name in names]
    return with_provenance(
        edge_tables.judged(edges, known, protocols, score), {"network": dict(edges.attrs)}
    )


def _asked(genes: object, dataset: str | None) -> object:
    if (genes is None) == (dataset is None):
        raise OptionError(
            "Give genes= (a list, a file, a network) or dataset=, the name of a data set such as "
            "'all-genes': one of the two."
        )
    return dataset if genes is None else genes


def _edges_of(gene: str, end: str, genes: Genes | pd.DataFrame, options: dict) -> pd.DataFrame:
    import pandas as pd

    from ugrn_core.experiment.atlas.asking import is_all_genes
    from ugrn_core.experiment.catalog.gene_lists import gene_among

    if is_all_genes(genes):
        return from_atlas(gene=gene, end=end, **options)
    net = genes if isinstance(genes, pd.DataFrame) else network(genes, **options)
    require_columns(net, {"source", "target"})
    where = f"this network as a {'regulator' if end == 'source' else end}"
    one = gene_among(gene, net[end].astype(str), where)
    rows = net[net[end] == one].reset_index(drop=True)
    rows.attrs = dict(net.attrs)
    return rows
