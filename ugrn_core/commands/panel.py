"""The panel of a command, and the genes of it that a file names: read, and told of on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ugrn_core.console import say
from ugrn_core.data.gene_lists import read_gene_list
from ugrn_core.errors import OptionError
from ugrn_core.experiment.curves import panels
from ugrn_core.experiment.curves.panels import AskedPanel, Driven, NamedList
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

Noted = TypeVar("Noted", AskedPanel, Driven)


def _read_panel(path: Path, backbone: Backbone, strict: bool = False) -> AskedPanel:
    """Return the genes of a file that `backbone` knows, and say of every entry that is not used, or
    used under another name, why. strict: raise PanelError for the first kind."""
    given = NamedList(path.name, read_gene_list(path, "panel"))
    return _told(panels.listed_panel(given, backbone, strict=strict))


def choose_panel(
    path: Path | None, dataset: str | None, backbone: Backbone, strict: bool = False
) -> AskedPanel:
    """Return the panel of a file or of a data set, whichever is given, and say what became of its
    entries; raise OptionError unless it is one of them."""
    if (path is None) == (dataset is None):
        raise OptionError(
            "Give --panel FILE with a list of genes, or --dataset NAME, a data set on this machine."
        )
    if path is not None:
        return _read_panel(path, backbone, strict)
    return _told(panels.dataset_panel(dataset, backbone, read_settings()))


def read_members(
    path: Path, what: str, panel: AskedPanel, backbone: Backbone, strict: bool = False
) -> Driven:
    """Return the panel's genes in a file called `what`, and say which entries are none. Raises
    PanelError when none is, or with `strict` for any."""
    given = NamedList(path.name, read_gene_list(path, what))
    return _told(panels.driven(given, what, panel, backbone, strict=strict))


def _told(read: Noted) -> Noted:
    for note in read.notes:
        say(note)
    return read
