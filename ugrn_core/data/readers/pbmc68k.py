"""Blood cells that come with the scanpy package."""

from __future__ import annotations

from dataclasses import dataclass

from ugrn_core.data.cells import builtin
from ugrn_core.data.readers.base import Dataset, DatasetCard, Places
from ugrn_core.data.tfs import human_tfs

NAME, TITLE = "pbmc68k", "Blood cells (PBMC 68k, reduced)"
SOURCE = "Zheng et al. 2017, as shipped with scanpy"


@dataclass(frozen=True)
class PBMC68k:
    """700 cells x 765 genes of PBMC 68k; regulators are its human transcription factors."""

    def stamp(self, places: Places) -> object:
        """Return None: what scanpy ships does not change while we run."""
        return None

    def cards(self, places: Places) -> tuple[DatasetCard, ...]:
        """Return the one card."""
        genes = builtin.pbmc68k_genes()
        tfs = _regulators(genes)
        return (
            DatasetCard(
                name=NAME,
                title=TITLE,
                species="human",
                n_genes=len(genes),
                n_regulators=len(tfs),
                has_cells=True,
                references=(),
                source=SOURCE,
            ),
        )

    def open(self, name: str, places: Places) -> Dataset:
        """Return genes, regulators and cells."""
        cells = builtin.pbmc68k()
        tfs = _regulators(cells.genes)
        return Dataset(
            name=NAME,
            title=TITLE,
            species="human",
            genes=cells.genes,
            regulators=tfs,
            source=SOURCE,
            expression=cells,
        )


def _regulators(genes: tuple[str, ...]) -> tuple[str, ...]:
    known = human_tfs()
    return tuple(g for g in genes if g in known)
