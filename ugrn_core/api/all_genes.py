"""All genes, from Python: the atlas of a backbone answers, and nothing is probed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.api.asking import (
    ANNDATA,
    TABLE,
    Genes,
    backbone_of,
    checked_form,
    how_to,
    names_of,
    with_provenance,
)
from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog.backbones import DEFAULT as BACKBONE
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from ugrn_core.backbones.base import Backbone


def from_atlas(
    regulators: Genes | None = None,
    *,
    gene: str | None = None,
    end: str | None = None,
    backbone: str | Path | Backbone = BACKBONE,
    translator: str | None = None,
    top: int | None = None,
    references: Iterable[str] = (),
    form: str = TABLE,
    strict: bool = False,
    screen: float | None = None,
    workers: int | None = None,
    scheduler: str | Path | None = None,
    progress: object = True,
) -> pd.DataFrame | AnnData:
    """Return what `network` returns, from the atlas: of `regulators`, or where `gene` is the `end`
    ("source" or "target"). Raises what `atlas.asking.asked_atlas` raises, UnknownGeneError."""
    from ugrn_core.experiment.atlas.asking import asked_atlas
    from ugrn_core.experiment.curves.panels import named_list

    checked_form(form)
    where, how = read_settings(), how_to(scheduler, workers=workers, progress=progress)
    if top is not None and top < 1:
        raise OptionError(f"top= is a number of edges, 1 or more; {top} came.")
    backbone_of(backbone, where)  # an unknown name, before anything else
    named = str(backbone) if isinstance(backbone, str | Path) else backbone.name
    more = {"translator": translator, "screen": screen, "references": tuple(references)}
    atlas = asked_atlas(where, named, **more)
    chosen: dict[str, tuple[str, ...]] = {}
    notes = atlas.notes
    if regulators is not None:
        given = named_list(names_of(regulators), "regulators")
        chosen["source"], told = atlas.regulators(given, strict=strict)
        notes += told
    if gene is not None:
        chosen[end] = (atlas.gene(gene, end),)
    for note in notes:
        how.say(note)
    frame, about = atlas.edges(top=top, **chosen), atlas.about
    if form == ANNDATA:
        from ugrn_core.export.h5ad import network_anndata

        return network_anndata(frame, about)
    return with_provenance(frame, about)
