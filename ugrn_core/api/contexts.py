"""The network of a cell type, along a trajectory: the function of `import ugrn_core as ugrn` that
probes around real cells (docs/contexts.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.api.asking import how_to, with_provenance
from ugrn_core.experiment.catalog.backbones import DEFAULT as BACKBONE
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd


def contexts(
    dataset: str,
    by: str | None = None,
    *,
    condition: str | None = None,
    stages: str | None = None,
    root: str = "",
    branchings: int = 0,
    windows: int = 8,
    least: int | None = None,
    between: tuple[str, str] | None = None,
    sources: Iterable[str] = (),
    backbone: str | Path = BACKBONE,
    readout: str | None = None,
    workers: int | None = None,
    scheduler: str | Path | None = None,
    progress: bool | Callable[[int, int], None] = True,
) -> pd.DataFrame:
    """Return how edges differ between cell types, conditions or stages of a data set's cells.

    dataset: one with cells, by the name of `open_dataset`. Contexts are told in one of three ways:
    `by`, a column of the cells (one context a value); `condition`, such as "cell_type=Monocyte"
    (those cells, and all others); `stages`, a column of pseudotime, or "dpt", computed from `root`
    (a cell, or "cell_type=HSC"), cut into `windows` that overlap by half. Several columns, parted
    by commas, are branches, as are the parts of a computed pseudotime after `branchings`. least:
    cells of a context (default 10, of a stage 30). sources: regulators to drive (default: all of
    the data set).
    readout: "visible" or "masked" (a fifth of the genes at a time); default: the backbone's own.
    backbone, workers, scheduler, progress: see `probe`.

    Columns: `source`, `target`, `context`, `cells`, `rise` (change of the target as the source goes
    from the lowest to the highest value of the grid, all else as the context's mean cell has it),
    `change` (against the mean of all cells), `t`, `p`, `q` (against cells dealt out to contexts at
    random; Benjamini-Hochberg over the table), `silent` (which end the context does not express:
    no number then), `rise_all`, `rise_flat` and `flat_probability` of the flat virtual cell. The
    flat score says whether there is an edge; a context says where it changes, and replaces nothing.
    between: two contexts; rows are pairs then, with `rise_first`, `rise_second`, `difference`, `t`,
    `p`, `q` and `edge` (gained, lost, unchanged).

    Raises OptionError, UnknownNameError (with near matches), GridError (a profile that the backbone
    cannot have seen), MissingDataError (no cells, no PyTorch).
    """
    from ugrn_core.experiment.catalog import datasets
    from ugrn_core.experiment.contexts.making import contexts as probed
    from ugrn_core.experiment.contexts.spec import ContextSpec

    where = read_settings()
    spec = ContextSpec(
        backbone=str(backbone),
        dataset=datasets.named(dataset, where),
        by=by or "",
        condition=condition or "",
        along=stages or "",
        root=root,
        branchings=branchings,
        windows=windows,
        least=least or 0,
        sources=tuple(sources),
        readout=readout or "",
    )
    results = probed(where, spec, how_to(scheduler, workers=workers, progress=progress))
    frame = results.table() if between is None else results.contrast(*between)
    return with_provenance(frame, results.about)
