"""Gene lists that commands are given as files: read, checked, and told of on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.console import say
from ugrn_core.data.gene_lists import read_gene_list
from ugrn_core.errors import PanelError
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.catalog.gene_lists import ResolvedList, panel_members, resolve

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


def read_panel(path: Path, backbone: Backbone, strict: bool = False) -> ResolvedList:
    """Return the genes of a file that `backbone` knows, two at least, and say of every entry that
    is not used, or used under another name, why. strict: raise PanelError for the first kind."""
    listed = read_gene_list(path, "panel")
    panel = resolve(listed.entries, backbone)
    _require_all(panel.left_out, path, strict)
    panel.panel()
    for note in listed.notes:
        say(f"{path.name}: {note}")
    for given, symbol, why in panel.renamed:
        if not why.startswith("spelled "):
            say(f"{given} is {why}: used as {symbol}")
    for entry, reason in panel.left_out:
        say(f"left out {entry}: {reason}")
    if panel.left_out:
        say(f"{path.name}: {panel.counts}")
    return panel


def _require_all(left_out: tuple[tuple[str, str], ...], path: Path, strict: bool) -> None:
    if strict and left_out:
        shown = "; ".join(f"{entry[:40]}: {reason}" for entry, reason in left_out[:5])
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        raise PanelError(
            f"--strict: {len(left_out)} entries of '{path}' cannot be used: {shown}{more}. "
            "Correct them, or leave --strict out to go on without them."
        )


def read_members(
    path: Path, what: str, panel: ResolvedList, backbone: Backbone, strict: bool = False
) -> tuple[str, ...]:
    """Return the tokens of the panel's genes in a list called `what`; say which are none. Raises
    PanelError when none is, or with `strict` for any."""
    listed = resolve(read_gene_list(path, what).entries, backbone)
    members, left_out = panel_members(listed, panel)
    _require_all(left_out, path, strict)
    if not members:  # others in their place would be another question than the one asked
        shown = "; ".join(f"{entry[:40]}: {reason}" for entry, reason in left_out[:5])
        raise PanelError(
            f"None of the {len(left_out)} {what} in '{path}' is a gene of the panel: "
            f"{shown[:300]}. Name genes of the panel, or add them to it."
        )
    for entry, reason in left_out:
        say(f"left out {entry} of the {what}: {reason}")
    return members


def regulators_of(
    panel: ResolvedList, path: Path | None, backbone: Backbone, strict: bool = False
) -> tuple[str, ...]:
    """Return the tokens of the regulators that a file names, else of the panel's human
    transcription factors; raise PanelError for none."""
    if path is not None:
        return read_members(path, "regulators", panel, backbone, strict)
    found = set(datasets.pasted_dataset(tuple(g.symbol for g in panel.used)).regulators)
    if not found:
        raise PanelError(
            "None of the panel's genes is a known human transcription factor. "
            "Name the regulators with --regulators FILE."
        )
    return tuple(g.token for g in panel.used if g.symbol in found)
