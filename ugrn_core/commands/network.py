"""`python -m ugrn_core network`: the ranked network of a gene list."""

from __future__ import annotations

from pathlib import Path

from ugrn_core.commands import options as o
from ugrn_core.commands.backbones import open_backbone, tell_ignored, tell_relaxed
from ugrn_core.commands.panel import choose_panel, read_members
from ugrn_core.console import say
from ugrn_core.data.gene_lists import read_gene_list
from ugrn_core.errors import MissingDataError, OptionError, StorageError
from ugrn_core.experiment.atlas.asking import AtlasRequest, asked_atlas, is_all_genes
from ugrn_core.experiment.catalog import identity
from ugrn_core.experiment.curves.filling import How
from ugrn_core.experiment.curves.panels import NamedList, own_regulators, with_regulators
from ugrn_core.experiment.runs.network import NetworkRequest
from ugrn_core.export import FORMATS
from ugrn_core.export.save import format_for, save
from ugrn_core.files import check_writable
from ugrn_core.settings import read_settings

TABLE = o.option(
    Path,
    "Edge table to write; its ending names the format: "
    f"{', '.join(FORMATS[name].suffix for name in FORMATS if not FORMATS[name].weighted)}; with a "
    f"translator also {', '.join(FORMATS[n].suffix for n in FORMATS if FORMATS[n].weighted)}.",
)

REFERENCES = o.option(
    str | None,
    "References of `references list` whose edges the table marks (in_<name>), with commas between.",
)

GENE = o.option(
    str | None,
    "Of --dataset all-genes only the pairs of this gene, as regulator or as target.",
)


def network(
    backbone: o.BACKBONE,
    out: TABLE,
    panel: o.PANEL = None,
    dataset: o.DATASET = None,
    regulators: o.REGULATORS = None,
    gene: GENE = None,
    translator: o.TRANSLATOR = None,
    top: o.TOP = None,
    references: REFERENCES = None,
    skip_unknown: o.SKIP = False,
    strict: o.STRICT = False,
    screen: o.SCREEN = None,
    estimate: o.ESTIMATE = False,
    scheduler: o.SCHEDULER = None,
    scheduler_file: o.SCHEDULER_FILE = None,
) -> None:
    """Infer the network of a gene list: every regulator-target pair, ranked, in one table.

    --dataset all-genes reads it from the atlas of the backbone, or of another
    that has one, and probes nothing.
    """
    how, settings = How(scheduler, scheduler_file, estimate, screen), read_settings()
    if is_all_genes(dataset) and panel is None:
        identity.known(backbone, settings)  # an unknown name; no weights: PyTorch may be absent
        _check_table(out)
        given = {"translator": translator, "screen": screen, "references": _references(references)}
        atlas = asked_atlas(settings, backbone, **given)
        if estimate:
            say(f"Nothing is probed: {atlas.rows:,} pairs of the atlas are read.")
            return
        _from_atlas(atlas, out, regulators, gene, top, strict)
        return
    net = open_backbone(backbone)
    _check_table(out)  # before the work, not after it
    if gene is not None:
        raise OptionError("--gene picks from --dataset all-genes; of a panel filter the table.")
    listed = choose_panel(panel, dataset, net, strict)
    if regulators is None:
        driven = own_regulators(listed)
    else:
        driven = read_members(regulators, "regulators", listed, net, strict)
    genes = with_regulators(listed, driven)
    wanted = {"translator": translator, "top": top, "references": _references(references)}
    request = NetworkRequest(net, genes, settings, how, **wanted)
    for name, count in request.known.counts.items():
        say(f"{name} knows {count:,} of these pairs: column in_{name}")
    _check_fits(out, request.n_edges, request.scored_by is not None)
    written = request.compute()
    if written is None:
        return
    frame, about = written
    save(out, frame, about)
    tell_ignored(net)
    tell_relaxed(net)
    _tell_written(out, len(frame), whole=top is None)


def _from_atlas(
    atlas: AtlasRequest,
    out: Path,
    regulators: Path | None,
    gene: str | None,
    top: int | None,
    strict: bool,
) -> None:
    """Write rows of an atlas: of the regulators in a file, or of one gene as either end."""
    if regulators is not None and gene is not None:
        raise OptionError("Give --regulators or --gene, not both.")
    chosen, notes = {"either": gene and atlas.gene(gene)}, atlas.notes
    if regulators is not None:
        given = NamedList(regulators.name, read_gene_list(regulators, "regulators"))
        chosen["source"], told = atlas.regulators(given, strict=strict)
        notes += told
    for note in notes:
        say(note)
    frame = atlas.edges(top=top, **chosen)
    _check_fits(out, len(frame), bool(frame["probability"].notna().any()))
    save(out, frame, atlas.about)
    _tell_written(out, len(frame), whole=False)


def _references(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))


def _tell_written(out: Path, edges: int, whole: bool) -> None:
    say(f"Wrote {edges:,} edges to {out}")
    if whole and FORMATS[format_for(out)].scoreless:
        say("It holds every pair, and no score to tell them by: --top N keeps the best N.")


def _check_table(out: Path) -> None:
    format_for(out)
    if out.is_dir():
        raise StorageError(f"'{out}' is a folder; give the name of the edge table to write.")
    if not out.absolute().parent.is_dir():
        raise MissingDataError(f"The folder '{out.parent}' does not exist; make it first.")
    check_writable(out)


def _check_fits(out: Path, pairs: int, scored: bool) -> None:
    """Raise OptionError where the format of `out` cannot hold what the run will give."""
    style = FORMATS[format_for(out)]
    if not style.fits(0, scored):
        raise OptionError(
            f"A {style.suffix} table holds a probability for every edge, and this backbone has no "
            "translator to give them. End --out with .tsv, or train one with `benchmark`."
        )
    if not style.fits(pairs, scored):
        raise OptionError(
            f"A {style.suffix} table holds {style.most_rows:,} edges; this run gives {pairs:,}. "
            "Keep fewer with --top, or end --out with .tsv."
        )
