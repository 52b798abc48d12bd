"""`python -m ugrn_core explain, drives, knock-out`: from edges to biology (docs/biology.md)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from ugrn_core.commands import options as o
from ugrn_core.commands.backbones import open_backbone
from ugrn_core.commands.panel import choose_panel, read_members
from ugrn_core.console import progress_bar, say
from ugrn_core.data.gene_lists import read_gene_list
from ugrn_core.experiment.curves.filling import How
from ugrn_core.experiment.curves.panels import own_regulators, with_regulators
from ugrn_core.experiment.runs.network import NetworkRequest
from ugrn_core.export.save import check_rows, save_rows
from ugrn_core.settings import read_settings

OUT = o.option(Path, "Table to write: .tsv or .csv; what made it goes beside it.")
LISTED = o.option(Path, "The genes to explain: a list, read as --panel is.", "--genes")
REGULATOR = o.option(str, "The regulator that is asked about.")
DRIVEN = o.option(Path, "List of the genes to set, one or several, read as --panel is.", "--genes")
KNOWN = o.option(
    Path,
    "Table of known signs (.csv, .tsv, also .gz): source, target, sign (1, -1, activation, "
    "repression); TRRUST's will do.",
)
SETS = o.option(str, "hallmark, reactome, or a GMT file.", "--gene-sets")
BY = o.option(str, "top: its best targets (hypergeometric); ranks: the whole ranking (rank-sum).")
BEST = o.option(
    int | None,
    "Best targets that count as a regulator's own (default: a tenth of the genes, 50 at least).",
    "--top",
    min=1,
)
RANDOM = o.option(
    bool,
    "Ask the same network with random weights, too (one sweep): which sets its shape alone "
    "brings out.",
    "--random-weights",
)
START = o.option(float | None, "Value of the genes before (default: that of an expressed gene).")
END = o.option(
    float | None, "Value afterwards (default: off; the highest of the grid is over-expression)."
)

CONTEXT = o.option(
    str | None,
    "The mean of real cells of --dataset is the cell: all, or those for which this holds, such as "
    "'cell_type=Monocyte' (default: the flat virtual cell).",
)


def explain(
    listed: LISTED,
    backbone: o.BACKBONE,
    out: OUT,
    panel: o.PANEL = None,
    dataset: o.DATASET = None,
    top: BEST = None,
) -> None:
    """Find the regulators that explain a list of genes: best targets, and whole rankings against
    random lists as popular and, where the data set has cells, as much expressed."""
    from ugrn_core.enrichment.ranks import target_ranks
    from ugrn_core.experiment.biology.listed import explained, expression_by_name

    check_rows(out)
    entries = read_gene_list(listed, "genes").genes
    frame, about = _network(backbone, panel, dataset)
    ranks = target_ranks(frame)
    level = expression_by_name(dataset, ranks.genes, read_settings())
    answer = explained(entries, ranks, top=top, expression=level)
    _tell_list(answer.genes, answer.absent)
    told = {"used": list(answer.genes), "absent": list(answer.absent)}
    save_rows(out, answer.table, about | {"listed": told, "top": top})
    first = answer.table.iloc[0]
    say(f"{first['regulator']} explains them best (q {first['q']:.2g}). Wrote {out}")


def drives(
    regulator: REGULATOR,
    backbone: o.BACKBONE,
    out: OUT,
    panel: o.PANEL = None,
    dataset: o.DATASET = None,
    sets: SETS = "hallmark",
    by: BY = "top",
    top: BEST = None,
    random: RANDOM = False,
) -> None:
    """Say which gene sets a regulator drives, and which are those of regulators of its degree."""
    from ugrn_core.enrichment.ranks import target_ranks
    from ugrn_core.experiment.biology import collections, listed
    from ugrn_core.experiment.biology import drives as biology
    from ugrn_core.registry import require

    check_rows(out)
    way = require(by, biology.WAYS, "way to ask")
    chosen = collections.collection(read_settings(), sets)
    request = _request(backbone, panel, dataset)
    frame, about = request.compute()
    ranks = target_ranks(frame)
    asked_of = biology.against(ranks, regulator, chosen, listed.human_names(ranks.genes))
    count = top or listed.usual_top(ranks)
    by_top = way == biology.TOP
    table = biology.best_targets(asked_of, count) if by_top else biology.whole_ranking(asked_of)
    about |= {"regulator": regulator, "sets": chosen.about(), "by": way, "top": count}
    said = f"{int((table['q'] < 0.05).sum())} of {len(table)} sets have q < 0.05"
    if random:
        what = request.backbone, request.panel.study, regulator, request.probe_settings
        answers = biology.random_answers(*what)
        table = biology.beside_random_weights(table, asked_of, answers, count if by_top else None)
        said += f", {int((table['q_random'] < 0.05).sum())} by random weights"
    save_rows(out, table, about)
    say(f"{said}. Wrote {out}")


def knock_out(
    driven: DRIVEN,
    backbone: o.BACKBONE,
    out: OUT,
    panel: o.PANEL = None,
    dataset: o.DATASET = None,
    start: START = None,
    end: END = None,
    readout: o.READOUT = None,
    context: CONTEXT = None,
) -> None:
    """Switch genes off, or set them to a value, and rank how every other gene answers."""
    from ugrn_core.experiment.biology.driven import KnockOutRequest
    from ugrn_core.experiment.contexts.groups import profile_of
    from ugrn_core.probes.settings import default_settings

    check_rows(out)
    net = open_backbone(backbone)
    listed = choose_panel(panel, dataset, net)
    genes = with_regulators(listed, read_members(driven, "genes to set", listed, net))
    settings = default_settings(net, **({} if readout is None else {"readout": readout}))
    if context is not None:
        profile = profile_of(genes.study, net, "" if context == "all" else context)
        settings = replace(settings, background=profile, readout=readout or "visible")
    request = KnockOutRequest(net, genes, settings, start=start, end=end)
    with progress_bar("virtual cells") as progress:
        table, about = request.compute(progress)
    save_rows(out, table, about)
    start = "its own mean" if about["start"] is None else f"{about['start']:g}"
    say(f"{' and '.join(about['driven'])}: {start} to {about['end']:g}. Wrote {out}")


def signs(
    known: KNOWN,
    backbone: o.BACKBONE,
    out: OUT,
    panel: o.PANEL = None,
    dataset: o.DATASET = None,
) -> None:
    """Judge the signs of a network by a table of known ones: AUROC, with its interval."""
    from ugrn_core.experiment.biology import signs as judging

    check_rows(out)
    pairs = judging.read_signed(known)
    frame, about = _network(backbone, panel, dataset)
    table = judging.judged(frame, pairs)
    save_rows(out, table, about | {"known": known.name, "known_pairs": len(pairs)})
    for row in table.itertuples():
        verdict = "tells" if row.tells else "does not tell"
        interval = f"{row.auroc:.2f} ({row.auroc_low:.2f}-{row.auroc_high:.2f})"
        say(f"{row.number}: AUROC {interval}, {row.pairs} pairs: {verdict} the sign")


def _network(backbone: str, panel: Path | None, dataset: str | None) -> tuple[pd.DataFrame, dict]:
    return _request(backbone, panel, dataset).compute()


def _request(backbone: str, panel: Path | None, dataset: str | None) -> NetworkRequest:
    net = open_backbone(backbone)
    listed = choose_panel(panel, dataset, net)
    genes = with_regulators(listed, own_regulators(listed))
    return NetworkRequest(net, genes, read_settings(), How())


def _tell_list(used: tuple[str, ...], absent: tuple[str, ...]) -> None:
    if absent:
        shown = ", ".join(absent[:10]) + (" and more" if len(absent) > 10 else "")
        say(f"{len(used)} of {len(used) + len(absent)} are targets here; not: {shown}")
