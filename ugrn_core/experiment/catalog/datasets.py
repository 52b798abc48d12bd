"""Data sets one can choose on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ugrn_core.data.beeline.cells import read_expression
from ugrn_core.data.beeline.networks import GENE_SETS, beeline_cells, read_reference
from ugrn_core.data.cells import builtin
from ugrn_core.data.tfs import human_tfs, tf_names
from ugrn_core.registry import require
from ugrn_core.settings import Settings
from ugrn_core.types import Expression, ReferenceNetwork

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
    name = require(name, dataset_names(settings), "data set", " on this machine")
    return beeline_dataset(settings.beeline, name.removeprefix("beeline-"))


def beeline_networks(folder: Path, dataset: str, gene_set: str = GENE_SETS[0]) -> tuple[str, ...]:
    """Return the networks of a BEELINE data set; raise UnknownNameError with near matches."""
    cells = beeline_cells(folder, gene_set)
    found = tuple(c.network for c in cells if c.dataset == dataset)
    if not found:
        known = dict.fromkeys(c.dataset for c in cells)
        require(dataset, known, "data set", f" in '{folder}' ({gene_set})")
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


def cards(settings: Settings) -> tuple[DatasetCard, ...]:
    """Return the data sets on this machine."""
    return tuple(card(open_dataset(n, settings)) for n in dataset_names(settings))
