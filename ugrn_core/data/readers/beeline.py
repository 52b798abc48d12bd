"""BEELINE's data sets, each with all its reference networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ugrn_core.data.beeline.cells import cells_path, read_expression
from ugrn_core.data.beeline.layouts import DATASETS, BeelineLayout, find_layout
from ugrn_core.data.beeline.networks import (
    GENE_SETS,
    beeline_cells,
    read_gene_lists,
    read_reference,
)
from ugrn_core.data.readers.base import Dataset, DatasetCard, Places
from ugrn_core.errors import MissingDataError
from ugrn_core.registry import require

PREFIX = "beeline-"
SOURCE = "Pratapa et al. 2020 (BEELINE)"


@dataclass(frozen=True)
class Beeline:
    """The data sets of BEELINE's folder; names are `beeline-` and BEELINE's own."""

    def stamp(self, places: Places) -> object:
        """Return when the folder was last added to or taken from."""
        try:
            return places.beeline and places.beeline.stat().st_mtime_ns
        except OSError:
            return None

    def cards(self, places: Places) -> tuple[DatasetCard, ...]:
        """Return a card a data set; regulators are those its lists of TFs name.

        Raises MissingDataError for a folder without BEELINE's data.
        """
        if places.beeline is None:
            return ()
        networks: dict[str, list[str]] = {}
        for cell in beeline_cells(places.beeline):
            networks.setdefault(cell.dataset, []).append(cell.network)
        layout = find_layout(places.beeline)
        return tuple(_card(layout, *known) for known in networks.items())

    def open(self, name: str, places: Places) -> Dataset:
        """Return the data set with its networks and, where they are there, its cells."""
        if places.beeline is None:
            raise MissingDataError(f"'{name}' is one of BEELINE's: name its folder, UGRN_BEELINE.")
        return beeline_dataset(places.beeline, name.removeprefix(PREFIX))


def beeline_networks(folder: Path, dataset: str, gene_set: str = GENE_SETS[0]) -> tuple[str, ...]:
    """Return the networks of a BEELINE data set; raise UnknownNameError with near matches."""
    cells = beeline_cells(folder, gene_set)
    known = dict.fromkeys(c.dataset for c in cells)
    dataset = require(dataset, known, "data set", f" in '{folder}' ({gene_set})")
    return tuple(c.network for c in cells if c.dataset == dataset)


def beeline_dataset(folder: Path, dataset: str, gene_set: str = GENE_SETS[0]) -> Dataset:
    """Return a BEELINE data set with all its networks; genes in the order of the first network.

    Raises UnknownNameError with near matches.
    """
    names = beeline_networks(folder, dataset, gene_set)
    networks = tuple(read_reference(folder, dataset, n, gene_set) for n in names)
    genes = tuple(dict.fromkeys(g for n in networks for g in n.genes))
    regulators = {n.genes[k] for n in networks for k in n.regulators}
    return Dataset(
        name=f"{PREFIX}{networks[0].dataset}",
        title=_title(networks[0].dataset, gene_set),
        species=networks[0].species,
        genes=genes,
        regulators=tuple(g for g in genes if g in regulators),
        source=SOURCE,
        expression=read_expression(folder, dataset, genes, gene_set),
        references=networks,
    )


def _card(layout: BeelineLayout, dataset: str, networks: list[str]) -> DatasetCard:
    lists = [read_gene_lists(layout, dataset, network) for network in networks]
    return DatasetCard(
        name=f"{PREFIX}{dataset}",
        title=_title(dataset, GENE_SETS[0]),
        species=DATASETS[dataset][0],
        n_genes=len({g for genes, _ in lists for g in genes}),
        n_regulators=len({g for _, regulators in lists for g in regulators}),
        has_cells=cells_path(layout, dataset) is not None,
        references=tuple(networks),
        source=SOURCE,
    )


def _title(dataset: str, gene_set: str) -> str:
    return f"BEELINE {dataset} ({gene_set})"
