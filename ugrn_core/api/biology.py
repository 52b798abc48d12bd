"""From edges to biology: the functions of `import ugrn_core as ugrn` that read gene sets, explain
lists and drive several genes at once (docs/biology.md).

They take networks as `network` returns them, or what it takes, and give tables as it does.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.api.asking import (
    backbone_of,
    how_to,
    names_of,
    panel_of,
    require_columns,
    with_provenance,
)
from ugrn_core.api.networks import network
from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog.backbones import DEFAULT as BACKBONE
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd

    from ugrn_core.api import Genes
    from ugrn_core.backbones.base import Backbone

SETS = "hallmark"


def explain(
    listed: Genes, genes: Genes | pd.DataFrame, *, top: int | None = None, **options: object
) -> pd.DataFrame:
    """Return the regulators that explain a list of genes, the best first.

    listed: the genes, a list, a file or pasted text. genes: a network that `network` returned, with
    every pair, or what it takes. top: best targets that count as a regulator's own (default: a
    tenth of the genes, 50 at least). options: those of `network`, by name.

    Columns: `regulator`, `mean_rank` of the two orders that follow; `overlap` of the list with its
    best targets, `expected`, `p_overlap` (hypergeometric) and `q_overlap`; `place`, the mean place
    of the list among all of its targets (1 is best), `place_alike`, that of random lists as
    popular (of a data set with cells on this machine: and as much expressed), `z`, `p` and `q`
    (Benjamini-Hochberg); `degree`, `in_list`, `genes`. `.attrs["listed"]` tells which entries were
    used and which are no target of the network.

    Raises PanelError where fewer than three of the list are targets, TableError for a table without
    ranks, and what `network` raises.
    """
    from ugrn_core.enrichment.ranks import target_ranks
    from ugrn_core.experiment.biology import listed as lists
    from ugrn_core.experiment.curves import panels

    net = _network(genes, options)
    entries = panels.named_list(names_of(listed), "list").listed.genes
    ranks = target_ranks(net)
    level = lists.expression_by_name(net.attrs.get("dataset"), ranks.genes, read_settings())
    answer = lists.explained(entries, ranks, top=_count(top, "top"), expression=level)
    told = {"used": list(answer.genes), "absent": list(answer.absent)}
    return with_provenance(answer.table, {"network": dict(net.attrs), "listed": told, "top": top})


def drives(
    regulator: str,
    genes: Genes | pd.DataFrame,
    *,
    sets: str | Path = SETS,
    by: str = "top",
    top: int | None = None,
    random_weights: bool = False,
    **options: object,
) -> pd.DataFrame:
    """Return the gene sets that a regulator drives, the smallest p first.

    regulator: a regulator of the network. genes: a network that `network` returned, with every
    pair, or what it takes. sets: "hallmark", "reactome", or the Path of a GMT file. by: "top" asks
    of its best targets (hypergeometric against all genes asked about), "ranks" of the whole ranking
    (rank-sum). top: how many best targets (default: a tenth of the genes, 50 at least).
    random_weights: whether the same network with random weights is asked, too (one sweep; `genes`
    is then what `network` takes, not its table). options: those of `network`, by name.

    Columns: `set`, `size`, then `overlap`, `expected`, `fold` or `auroc`, `direction`, `z`; `p`,
    `q` (Benjamini-Hochberg over the sets tested); `overlap_alike` or `auroc_alike`, the same of the
    20 regulators nearest in degree, and `alike`, the share of them that have as much: a set that is
    everybody's has a large one; with random_weights `overlap_random` or `auroc_random`, and
    `q_random`; `genes`.

    Raises UnknownNameError, TableError (no regulator, no GMT), PanelError, OptionError
    (random_weights of a table), and what `network` raises.
    """
    from ugrn_core.enrichment.ranks import target_ranks
    from ugrn_core.experiment.biology import collections, listed
    from ugrn_core.experiment.biology import drives as biology
    from ugrn_core.registry import require

    way = require(by, biology.WAYS, "way to ask")
    chosen = collections.collection(read_settings(), sets)
    net = _network(genes, options)
    ranks = target_ranks(net)
    asked_of = biology.against(ranks, regulator, chosen, listed.human_names(ranks.genes))
    count = _count(top, "top") or listed.usual_top(ranks)
    by_top = way == biology.TOP
    table = biology.best_targets(asked_of, count) if by_top else biology.whole_ranking(asked_of)
    if random_weights:
        answers = _random_answers(regulator, genes, options)
        table = biology.beside_random_weights(table, asked_of, answers, count if by_top else None)
    about = {"network": dict(net.attrs), "regulator": regulator, "sets": chosen.about()}
    return with_provenance(table, about | {"by": way, "top": count if by_top else None})


def _random_answers(regulator: str, genes: object, options: dict) -> dict[str, float]:
    """Return what `drives.random_answers` gives of the network that `options` describe."""
    import pandas as pd

    from ugrn_core.experiment.biology.drives import random_answers
    from ugrn_core.experiment.runs.network import NetworkRequest

    if isinstance(genes, pd.DataFrame):
        raise OptionError(
            "random_weights= asks a backbone about a panel; a table came. Give the genes, or a "
            "data set's name, and the backbone."
        )
    where = read_settings()
    net = backbone_of(options.get("backbone", BACKBONE), where)
    driven, strict = options.get("regulators"), bool(options.get("strict"))
    panel = panel_of(genes, driven, "regulators", net, where, strict=strict)
    request = NetworkRequest(net, panel, where, translator=options.get("translator"))
    return random_answers(net, panel.study, regulator, request.probe_settings)


def enrich(listed: Genes, background: Genes, *, sets: str | Path = SETS) -> pd.DataFrame:
    """Return the gene sets over-represented in a list of genes, the smallest p first.

    listed: the genes, a list, a file or pasted text. background: all genes that could have been in
    it, such as a probed panel. sets: "hallmark", "reactome", or the Path of a GMT file.

    Columns: `set`, `size`, `overlap`, `expected`, `fold`, `p` (one-sided hypergeometric), `q`
    (Benjamini-Hochberg over the sets tested), `genes`. Genes of the list that are not in the
    background do not count, and are told in `.attrs["absent"]`.

    Raises UnknownNameError, TableError, PanelError (a background of fewer than ten genes).
    """
    import numpy as np

    from ugrn_core.data.gene_names import current_symbol
    from ugrn_core.enrichment.membership import membership
    from ugrn_core.enrichment.overrepresentation import overrepresented
    from ugrn_core.experiment.biology import collections
    from ugrn_core.experiment.curves import panels

    chosen = collections.collection(read_settings(), sets)
    named = [
        tuple(map(current_symbol, panels.named_list(names_of(g), what).listed.genes))
        for g, what in ((listed, "list"), (background, "background"))
    ]
    members = membership(named[1], chosen.sets)
    wanted = {g.casefold() for g in named[0]}
    inside = np.array([g.casefold() in wanted for g in members.genes])
    absent = sorted(set(named[0]) - {g for g, i in zip(members.genes, inside) if i})
    about = {"sets": chosen.about(), "background": len(members.genes), "absent": absent}
    return with_provenance(overrepresented(members, inside), about)


def knock_out(
    driven: Genes,
    genes: Genes,
    *,
    end: float | None = None,
    start: float | None = None,
    backbone: str | Path | Backbone = BACKBONE,
    context: str | None = None,
    draws: int = 24,
    progress: bool = True,
    **settings: object,
) -> pd.DataFrame:
    """Return how every gene of a panel answers when some are switched off, or set to a value.

    driven: the genes to set, one or several. genes: the panel. end: their value afterwards
    (default: the lowest, a knock-out; the highest of the grid is an over-expression). start: their
    value before (default: three quarters up the grid, a gene that is expressed; in the flat cell a
    gene is off already). backbone: see `open_backbone`. context: "all", or a condition such as
    "cell_type=Monocyte": the mean of these cells of the data set `genes` names is the cell, each
    gene starting from its own. draws: groups of other genes driven alike,
    which say what is ordinary. progress: whether to say on stderr which genes are left out.
    settings: as those of `probe`.

    Columns: `gene`, `effect` (what is written for it after less before, on the backbone's value
    scale), `direction`, `z` (its distance from ordinary effects on this gene, in their standard
    deviations), `p` and `q` of that (Student's t, Benjamini-Hochberg), `ordinary`, `spread`; with
    several genes `beyond_sum`, the effect less the sum of the genes' own, and `alone_1`, `alone_2`,
    ...; rows by the size of `z`.

    Raises PanelError, UnknownNameError, GridError, OptionError, MissingDataError (no PyTorch).
    """
    from ugrn_core.experiment.biology.driven import KnockOutRequest
    from ugrn_core.experiment.contexts.groups import profile_of
    from ugrn_core.probes.settings import default_settings

    where = read_settings()
    net = backbone_of(backbone, where)
    panel = panel_of(genes, driven, "genes to drive", net, where, strict=False)
    for note in panel.notes if progress else ():
        how_to(None, progress=True).say(note)
    chosen = default_settings(net, **settings)
    if context is not None:
        profile = profile_of(panel.study, net, "" if context == "all" else context)
        readout = settings.get("readout", "visible")
        chosen = replace(chosen, background=profile, readout=readout)
    request = KnockOutRequest(net, panel, chosen, start=start, end=end, draws=draws)
    return with_provenance(*request.compute())


def signs(
    edges: Genes | pd.DataFrame, known: str | Path | pd.DataFrame, **options: object
) -> pd.DataFrame:
    """Return how well a network tells activation from repression, one row a number with a sign.

    edges: a network that `network` returned, or what it takes. known: a table of known signs
    (source, target, sign: 1 and -1, or activation and repression), or the path of one; TRRUST's
    will do. options: those of `network`, by name.

    Columns: `number` (as it is, and centred: less the target's mean over all regulators), `pairs`,
    `activating`, `regulators`, `auroc` with its 95 % interval over regulators (`auroc_low`,
    `auroc_high`), and `tells`, whether the interval leaves 0.5 out. Where it does not, the sign
    says nothing.

    Raises MissingDataError, TableError (fewer than ten pairs of either sign), and what `network`
    raises.
    """
    from ugrn_core.experiment.biology import signs as judging

    net = _network(edges, options)
    require_columns(net, {"source", "target", "vvp_effect"})
    if hasattr(known, "columns"):
        pairs = judging.signed_of_table(known)
    else:
        pairs = judging.read_signed(Path(known))
    return with_provenance(judging.judged(net, pairs), {"network": dict(net.attrs)})


def _network(genes: Genes | pd.DataFrame, options: dict) -> pd.DataFrame:
    import pandas as pd

    return genes if isinstance(genes, pd.DataFrame) else network(genes, **options)


def _count(number: int | None, name: str) -> int | None:
    if number is not None and number < 1:
        raise OptionError(f"{name}= is a number of genes, 1 or more; {number} came.")
    return number
