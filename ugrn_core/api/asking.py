"""What the functions of the API share: how genes are asked for, and what every table says of how it
was made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.registry import require
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.curves.filling import How
    from ugrn_core.experiment.curves.panels import AskedPanel

TABLE, ANNDATA = "table", "anndata"
Genes = "str | Path | Iterable[str] | AnnData"


def checked_form(form: str) -> str:
    """Return TABLE or ANNDATA; raise UnknownNameError for another form."""
    return require(form, (TABLE, ANNDATA), "form of results")


def how_to(scheduler: str | Path | None, **how: object) -> How:
    """Return how curves are computed: here, or on the cluster of a scheduler's address or file."""
    from ugrn_core.experiment.curves.filling import How

    if isinstance(scheduler, Path):
        return How(scheduler_file=scheduler, **how)
    return How(scheduler, **how)


def backbone_of(backbone: str | Path | Backbone, where: Settings) -> Backbone:
    """Return the backbone itself, or the one of a name or folder, its weights opened when
    needed."""
    from ugrn_core.experiment.catalog import identity

    return identity.known(str(backbone), where) if isinstance(backbone, str | Path) else backbone


def names_of(genes: Genes) -> Genes:
    """Return the genes of an AnnData, anything else as it is."""
    return genes.var_names if hasattr(genes, "var_names") else genes


def panel_of(
    genes: Genes, driven: Genes | None, what: str, net: Backbone, where: Settings, *, strict: bool
) -> AskedPanel:
    """Return the panel of `genes`, with the genes to drive, called `what` in messages."""
    from ugrn_core.experiment.curves import panels

    panel = panels.asked_panel(names_of(genes), net, where, strict=strict)
    if driven is None:
        chosen = panels.own_regulators(panel)
    else:
        given = panels.named_list(names_of(driven), what)
        chosen = panels.driven(given, what, panel, net, strict=strict)
    return panels.with_regulators(panel, chosen)


def about_panel(panel: AskedPanel) -> dict:
    """Return what provenance says of the genes that were asked for."""
    study = panel.study
    driven = [study.labels.get(token, token) for token in study.regulators]
    left_out = [list(entry) for entry in study.left_out]
    return {"dataset": panel.name, "regulators": driven, "left_out": left_out}


def with_provenance(frame: pd.DataFrame, about: Mapping) -> pd.DataFrame:
    """Return `frame` with its provenance, as plain JSON types: what pandas writes to
    Parquet, too."""
    import json

    from ugrn_core.export.base import json_text

    frame.attrs = json.loads(json_text(about))
    return frame


def require_columns(table: pd.DataFrame, names: set[str]) -> None:
    """Raise TableError where a table lacks one of `names`."""
    from ugrn_core.errors import TableError

    lacking = sorted(names - set(map(str, table.columns)))
    if lacking:
        raise TableError(
            f"A network has the columns source, target, rank and so on; {', '.join(lacking)} is "
            "missing. Give tables as `network` returns them."
        )
