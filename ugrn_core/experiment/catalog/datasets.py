"""Data sets one can choose, and a data set fitted to a backbone's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.data.beeline.cells import read_expression
from ugrn_core.data.beeline.networks import GENE_SETS, beeline_cells, read_reference
from ugrn_core.data.cells import builtin
from ugrn_core.data.gene_names import meanings
from ugrn_core.data.orthologs import read_orthologs, to_vocabulary
from ugrn_core.data.tfs import human_tfs, tf_names
from ugrn_core.errors import PanelError, UnknownNameError
from ugrn_core.registry import near_matches
from ugrn_core.settings import Settings
from ugrn_core.types import Expression, Panel, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

PASTED = "pasted"


@dataclass(frozen=True)
class Dataset:
    """Genes, regulators among them, and what is known of them; not yet fitted to a backbone."""

    name: str
    title: str
    species: str
    genes: tuple[str, ...]
    regulators: tuple[str, ...]
    source: str
    expression: Expression | None = None
    references: tuple[ReferenceNetwork, ...] = ()


@dataclass(frozen=True)
class DatasetCard:
    """A data set one can choose, in words and counts."""

    name: str
    title: str
    species: str
    n_genes: int
    n_regulators: int
    has_cells: bool
    references: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Study:
    """A data set as a backbone sees it: `panel` and `regulators` are vocabulary tokens.

    labels: token -> the data set's own symbol. left_out: (gene, reason). route: how genes matched.
    renamed: (given, symbol used, why) of a pasted list's genes under another name.
    """

    dataset: Dataset
    panel: Panel
    regulators: tuple[str, ...]
    labels: dict[str, str]
    left_out: tuple[tuple[str, str], ...] = ()
    route: str = ""
    renamed: tuple[tuple[str, str, str], ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)


def _pbmc() -> Dataset:
    cells = builtin.pbmc68k()
    return Dataset(
        "pbmc68k",
        "Blood cells (PBMC 68k, reduced)",
        "human",
        cells.genes,
        tuple(g for g in cells.genes if g in human_tfs()),
        "Zheng et al. 2017, as shipped with scanpy",
        cells,
    )


def _krumsiek() -> Dataset:
    network = builtin.krumsiek_network()
    return Dataset(
        "krumsiek2011",
        "Myeloid differentiation (11 genes, known network)",
        "human",
        network.genes,
        network.genes,
        "Krumsiek et al. 2011, as shipped with scanpy",
        builtin.krumsiek_expression(),
        (network,),
    )


BUILTIN = {"pbmc68k": _pbmc, "krumsiek2011": _krumsiek}


def dataset_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the data sets on this machine."""
    return (*BUILTIN, *_beeline_names(settings.beeline))


@lru_cache(maxsize=4)
def _beeline_names(folder: Path | None) -> tuple[str, ...]:
    if folder is None:
        return ()
    return tuple(dict.fromkeys(f"beeline-{c.dataset}" for c in beeline_cells(folder)))


@lru_cache(maxsize=16)
def open_dataset(name: str, settings: Settings) -> Dataset:
    """Return the data set `name`; raise UnknownNameError with near matches."""
    if name in BUILTIN:
        return BUILTIN[name]()
    known = dataset_names(settings)
    if name not in known:
        near = near_matches(name, list(known))
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UnknownNameError(
            f"There is no data set named '{name[:60]}' on this machine.{hint} "
            f"Known: {', '.join(known)}."
        )
    return beeline_dataset(settings.beeline, name.removeprefix("beeline-"))


def beeline_networks(folder: Path, dataset: str, gene_set: str = GENE_SETS[0]) -> tuple[str, ...]:
    """Return the networks of a BEELINE data set; raise UnknownNameError with near matches."""
    cells = beeline_cells(folder, gene_set)
    found = tuple(c.network for c in cells if c.dataset == dataset)
    if not found:
        known = list(dict.fromkeys(c.dataset for c in cells))
        near = near_matches(dataset, known)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UnknownNameError(
            f"'{folder}' holds no data set named '{dataset[:60]}' ({gene_set}).{hint} "
            f"Known: {', '.join(known) or 'none'}."
        )
    return found


def beeline_dataset(folder: Path, dataset: str, gene_set: str = GENE_SETS[0]) -> Dataset:
    """Return a BEELINE data set with all its networks; genes in the order of the first network.

    Raises UnknownNameError with near matches.
    """
    names = beeline_networks(folder, dataset, gene_set)
    networks = tuple(read_reference(folder, dataset, n, gene_set) for n in names)
    genes = tuple(dict.fromkeys(g for n in networks for g in n.genes))
    regulators = {n.genes[k] for n in networks for k in n.regulators}
    return Dataset(
        f"beeline-{dataset}",
        f"BEELINE {dataset} ({gene_set})",
        networks[0].species,
        genes,
        tuple(g for g in genes if g in regulators),
        "Pratapa et al. 2020 (BEELINE)",
        read_expression(folder, dataset, genes, gene_set),
        networks,
    )


def pasted_dataset(genes: tuple[str, ...], regulators: tuple[str, ...] = ()) -> Dataset:
    """Return a typed or pasted gene list as a data set; regulators default to its human TFs."""
    genes = tuple(dict.fromkeys((*genes, *regulators)))
    chosen = tuple(dict.fromkeys(regulators))
    if not chosen:
        chosen = tuple(g for g in genes if g.upper() in tf_names())
    return Dataset(PASTED, "Your gene list", "human", genes, chosen, "typed or pasted")


def card(dataset: Dataset) -> DatasetCard:
    """Return the data set in words and counts."""
    return DatasetCard(
        dataset.name,
        dataset.title,
        dataset.species,
        len(dataset.genes),
        len(dataset.regulators),
        dataset.expression is not None,
        tuple(n.name for n in dataset.references),
        dataset.source,
    )


def fit_to_backbone(dataset: Dataset, backbone: Backbone, orthologs: Path | None = None) -> Study:
    """Return the study of `dataset`'s genes that `backbone` knows, and why others are left out.

    Raises PanelError when fewer than two genes or no regulator remain.
    """
    table = read_orthologs(orthologs) if orthologs and dataset.species == "mouse" else None
    mapping = to_vocabulary(
        dataset.genes, dataset.species, lambda g: g in backbone.vocabulary, table
    )
    found = {g: backbone.vocabulary.find(s).token for g, s in mapping.symbols.items()}
    # Two symbols may still be one token: versions of one Ensembl id, for instance.
    labels = {t: g for g, t in reversed(found.items())}
    tokens = {g: t for g, t in found.items() if labels[t] == g}
    kept = tuple(tokens.values())
    twice = tuple((g, f"same gene as {labels[t]}") for g, t in found.items() if g not in tokens)
    missing = tuple((g, _reason(g, backbone)) for g in mapping.missing)
    same = tuple((g, f"same gene as {first}") for g, first in mapping.collisions.items())
    regulators = tuple(dict.fromkeys(tokens[g] for g in dataset.regulators if g in tokens))
    if len(kept) < 2 or not regulators:
        unknown = ", ".join(f"{g[:30]!a}" for g, _ in missing[:5])
        said = f" Not known: {unknown}{' and more' if len(missing) > 5 else ''}." if missing else ""
        raise PanelError(
            f"Of {len(dataset.genes)} genes {len(kept)} are known to {backbone.name}, "
            f"{len(regulators)} of them regulators; at least two genes and one regulator are "
            f"needed.{said} Use human gene symbols, and include a transcription factor."
        )
    return Study(
        dataset,
        Panel(kept),
        regulators,
        labels,
        missing + same + twice,
        mapping.route,
        tokens=tokens,
    )


def _reason(gene: str, backbone: Backbone) -> str:
    others = [m.symbol for m in meanings(gene) if backbone.vocabulary.find(m.symbol).token]
    if others:
        return f"not in the vocabulary under this name; give {' or '.join(others)}"
    near = backbone.vocabulary.find(gene).near
    return "not in the vocabulary" + (f"; near: {', '.join(near)}" if near else "")


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
