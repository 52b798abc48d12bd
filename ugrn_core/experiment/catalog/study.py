"""A data set fitted to a backbone's vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.backbones.vocabulary import ENSEMBL
from ugrn_core.data.gene_names import meanings, previous_symbols
from ugrn_core.data.orthologs import read_orthologs, to_vocabulary
from ugrn_core.errors import PanelError, did_you_mean
from ugrn_core.experiment.catalog.datasets import all_genes, pasted_dataset
from ugrn_core.experiment.catalog.gene_lists import resolve
from ugrn_core.types import Panel, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.data.readers.base import Dataset


@dataclass(frozen=True)
class Study:
    """A data set as a backbone sees it: `panel` and `regulators` are vocabulary tokens.

    labels: token -> the symbol shown: the data set's own, a list's approved one. left_out: (gene,
    reason). route: how genes matched. Of a pasted list: renamed, (given, symbol, why) of its genes
    under another name; as_given, symbol -> how it names the gene; counts, what became of all its
    entries, in words.
    """

    dataset: Dataset
    panel: Panel
    regulators: tuple[str, ...]
    labels: dict[str, str]
    left_out: tuple[tuple[str, str], ...] = ()
    route: str = ""
    renamed: tuple[tuple[str, str, str], ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)
    as_given: dict[str, str] = field(default_factory=dict)
    counts: str = ""

    @property
    def names(self) -> list[tuple[str, str, str]]:
        """(token, symbol shown, name as given) of the panel's genes, in its order."""
        shown = [(token, self.labels.get(token, token)) for token in self.panel.genes]
        return [(token, label, self.as_given.get(label, label)) for token, label in shown]


def fit_to_backbone(dataset: Dataset, backbone: Backbone, orthologs: Path | None = None) -> Study:
    """Return the study of `dataset`'s genes that `backbone` knows, and why others are left out.

    Raises PanelError when fewer than two genes or no regulator remain.
    """
    table = read_orthologs(orthologs) if orthologs and dataset.species == "mouse" else None
    older = _older_names(dataset, backbone)
    names = [older.get(g, g) for g in dataset.genes]
    mapping = to_vocabulary(names, dataset.species, lambda g: g in backbone.vocabulary, table)
    own = {name: gene for gene, name in older.items()}
    symbols = {own.get(g, g): s for g, s in mapping.symbols.items()}
    matches = {g: backbone.vocabulary.token(s) for g, s in symbols.items()}
    # Two symbols may still be one token: versions of one Ensembl id, for instance.
    labels = {t: g for g, t in reversed(matches.items())}
    tokens = {g: t for g, t in matches.items() if labels[t] == g}
    unique = tuple(tokens.values())
    twice = tuple((g, f"same gene as {labels[t]}") for g, t in matches.items() if g not in tokens)
    missing = tuple((g, _reason(g, backbone)) for g in mapping.missing)
    same = tuple((g, f"same gene as {first}") for g, first in mapping.collisions.items())
    regulators = tuple(dict.fromkeys(tokens[g] for g in dataset.regulators if g in tokens))
    if len(unique) < 2 or not regulators:
        unknown = ", ".join(f"{g[:30]!a}" for g, _ in missing[:5])
        said = f" Not known: {unknown}{' and more' if len(missing) > 5 else ''}." if missing else ""
        raise PanelError(
            f"Of {len(dataset.genes)} genes {len(unique)} are known to {backbone.name}, "
            f"{len(regulators)} of them regulators; at least two genes and one regulator are "
            f"needed.{said} Use human gene symbols, and include a transcription factor."
        )
    return Study(
        dataset=dataset,
        panel=Panel(unique),
        regulators=regulators,
        labels=labels,
        left_out=missing + same + twice,
        route=mapping.route,
        tokens=tokens,
    )


def _older_names(dataset: Dataset, backbone: Backbone) -> dict[str, str]:
    """Return approved symbol -> the one it had before, of users' human genes that the vocabulary
    knows by that alone."""
    if not dataset.content or dataset.species != "human":
        return {}
    missing = [g for g in dataset.genes if g not in backbone.vocabulary]
    older = {g: [p for p in previous_symbols(g) if p in backbone.vocabulary] for g in missing}
    taken = set(dataset.genes)
    return {g: names[0] for g, names in older.items() if len(names) == 1 and names[0] not in taken}


def study_of_list(genes: Sequence[str], regulators: Sequence[str], backbone: Backbone) -> Study:
    """Return the study of a typed or pasted list; `regulators` (default: its human transcription
    factors) join the panel.

    Raises PanelError when fewer than two genes can be used, or none of them regulates.
    """
    listed = resolve([*genes, *(r for r in regulators if r not in set(genes))], backbone)
    panel = listed.panel()
    chosen = {g.symbol for g in resolve(regulators, backbone).used}
    symbols = tuple(g.symbol for g in listed.used)
    dataset = pasted_dataset(symbols, tuple(s for s in symbols if s in chosen))
    tokens = {g.symbol: g.token for g in listed.used}
    if not dataset.regulators or (regulators and not chosen):
        raise PanelError(
            f"None of the {len(symbols):,} genes used is a regulator ({listed.counts}). Include a "
            "human transcription factor."
        )
    return Study(
        dataset,
        panel,
        tuple(tokens[r] for r in dataset.regulators),
        labels=listed.symbols,
        left_out=listed.left_out,
        route="approved symbols, of every name a gene has",
        renamed=listed.renamed,
        tokens=tokens,
        as_given=listed.as_given,
        counts=listed.counts,
    )


def study_of_all(tokens: tuple[str, ...], regulators: tuple[str, ...]) -> Study:
    """Return the study of all genes of a backbone, `tokens`, `regulators` among them; tokens that
    are Ensembl ids are shown as the symbol they mean."""
    labels = {token: _symbol(token) for token in tokens}
    if len(set(labels.values())) < len(labels):  # two ids of one symbol: each under its own name
        labels = {token: token for token in tokens}
    genes = tuple(labels.values())
    return Study(
        dataset=all_genes(genes, tuple(labels[t] for t in regulators)),
        panel=Panel(tokens),
        regulators=regulators,
        labels=labels,
        route="the backbone's own names",
        tokens={symbol: token for token, symbol in labels.items()},
    )


def _symbol(token: str) -> str:
    named = meanings(token) if ENSEMBL.fullmatch(token) else ()
    return named[0].symbol if len(named) == 1 else token


def _reason(gene: str, backbone: Backbone) -> str:
    others = [m.symbol for m in meanings(gene) if backbone.vocabulary.find(m.symbol).token]
    if others:
        return f"not in the vocabulary under this name; give {' or '.join(others)}"
    near = backbone.vocabulary.find(gene).near
    return "not in the vocabulary" + (f"; {did_you_mean(near)}" if near else "")


def scores_for(
    network: ReferenceNetwork, study: Study, by_token: np.ndarray, sources: tuple[str, ...]
) -> np.ndarray:
    """Return `by_token` (S, G of the panel) in the network's order, (R, genes), NaN if unscored."""
    column = {t: k for k, t in enumerate(study.panel.genes)}
    row = {t: k for k, t in enumerate(sources)}
    columns = np.array([column.get(study.tokens.get(g, ""), -1) for g in network.genes])
    names = (network.genes[k] for k in network.regulators)
    rows = np.array([row.get(study.tokens.get(g, ""), -1) for g in names])
    scores = np.asarray(by_token, dtype=np.float64)[rows][:, columns]
    scores[rows < 0] = np.nan
    scores[:, columns < 0] = np.nan
    return scores


def in_order_of(reference: ReferenceNetwork, dataset: Dataset, scores: np.ndarray) -> np.ndarray:
    """Return `scores` of the data set's pairs in the order of `reference`, NaN where absent."""
    row = {g: k for k, g in enumerate(dataset.regulators)}
    column = {g: k for k, g in enumerate(dataset.genes)}
    rows = np.array([row.get(reference.genes[k], -1) for k in reference.regulators])
    columns = np.array([column.get(g, -1) for g in reference.genes])
    out = scores[rows][:, columns]
    out[rows < 0] = np.nan
    out[:, columns < 0] = np.nan
    return out
