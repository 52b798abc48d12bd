"""The signed myeloid network that comes with the scanpy package, and cells simulated from it."""

from __future__ import annotations

from dataclasses import dataclass

from ugrn_core.data.cells import builtin
from ugrn_core.data.readers.base import Dataset, DatasetCard, Places

NAME, TITLE = "krumsiek2011", "Myeloid differentiation (11 genes, known network)"
SOURCE = "Krumsiek et al. 2011, as shipped with scanpy"


@dataclass(frozen=True)
class Krumsiek2011:
    """11 genes, each of them a regulator, 26 known edges, 640 simulated cells."""

    def stamp(self, places: Places) -> object:
        """Return None: what scanpy ships does not change while we run."""
        return None

    def cards(self, places: Places) -> tuple[DatasetCard, ...]:
        """Return the one card."""
        genes = len(builtin.KRUMSIEK_SYMBOLS)
        known = (builtin.KRUMSIEK_NETWORK,)
        return (
            DatasetCard(
                name=NAME,
                title=TITLE,
                species="human",
                n_genes=genes,
                n_regulators=genes,
                has_cells=True,
                references=known,
                source=SOURCE,
            ),
        )

    def open(self, name: str, places: Places) -> Dataset:
        """Return genes, network and cells."""
        network = builtin.krumsiek_network()
        return Dataset(
            name=NAME,
            title=TITLE,
            species="human",
            genes=network.genes,
            regulators=network.genes,
            source=SOURCE,
            expression=builtin.krumsiek_expression(),
            references=(network,),
        )
