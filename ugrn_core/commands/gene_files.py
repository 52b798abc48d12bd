"""Gene lists that commands are given as files: read, checked, and told of on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.console import say
from ugrn_core.errors import PanelError
from ugrn_core.experiment.catalog import datasets, gene_lists
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


def read_panel(path: Path, backbone: Backbone, skip_unknown: bool) -> Panel:
    genes = gene_lists.read_gene_list(path, "panel")
    if skip_unknown:
        genes = current_names(genes, backbone)
        genes, left_out = gene_lists.known_spellings(genes, backbone)
        for gene, reason in left_out:
            say(f"left out {gene}: {reason}")
    return gene_lists.checked_panel(genes, backbone)


def current_names(genes: tuple[str, ...], backbone: Backbone, tell: bool = True) -> tuple[str, ...]:
    """Return `genes` under names the backbone has, saying which were translated."""
    used, changed = gene_lists.current_symbols(genes, backbone)
    for given, symbol, why in changed if tell else ():
        say(f"{given} is {why}: probed as {symbol}")
    return used


def read_members(
    path: Path, what: str, panel: Panel, backbone: Backbone, skip_unknown: bool
) -> tuple[str, ...]:
    """Return the panel's genes in a list called `what`; with `skip_unknown` say which are none."""
    genes = gene_lists.read_gene_list(path, what)
    if skip_unknown:
        current = current_names(genes, backbone, tell=False)
        genes, left_out = gene_lists.panel_members(current, panel, backbone)
        if not genes:  # others in their place would be another question than the one asked
            raise PanelError(
                f"None of the {len(current)} {what} in '{path}' is a gene of the panel: "
                f"{', '.join(left_out[:5])[:200]}. Name genes of the panel, or add them to it."
            )
        for gene in left_out:
            say(f"left out {gene} of the {what}: not a gene of the panel")
    gene_lists.require_in_panel(genes, panel, what)
    return genes


def known_factors(panel: Panel) -> tuple[str, ...]:
    found = datasets.pasted_dataset(panel.genes).regulators
    if not found:
        raise PanelError(
            "None of the panel's genes is a known human transcription factor. "
            "Name the regulators with --regulators FILE."
        )
    return found
