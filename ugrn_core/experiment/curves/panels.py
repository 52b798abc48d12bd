"""Which genes are probed, and which of them are driven: however somebody names them.

Genes come as a data set's name, a file, pasted text, or a sequence of names. Nothing is printed:
what is worth telling comes back as `notes`, a sentence each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.data.gene_lists import GeneList, genes_from_text, read_gene_list
from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.errors import PanelError, UnknownNameError
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.catalog.gene_lists import panel_members, resolve
from ugrn_core.experiment.catalog.study import Study, fit_to_backbone
from ugrn_core.registry import hint
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

Genes = str | Path | Iterable[str]
TEXT = "pasted text"
SEQUENCE = "a list"


@dataclass(frozen=True)
class NamedList:
    """A gene list and what it is called: the name of its file, or how it was given."""

    name: str
    listed: GeneList


@dataclass(frozen=True)
class AskedPanel:
    """The genes that share the virtual cell. name: of the list or data set. study: its panel,
    symbols and, of a data set, regulators and reference networks. notes: what became of entries
    that are not used, or not under their own name."""

    name: str
    study: Study
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Driven:
    """The genes that are driven, as tokens of the panel, and what to tell of others named."""

    tokens: tuple[str, ...]
    notes: tuple[str, ...] = ()


def asked_panel(
    genes: Genes, backbone: Backbone, settings: Settings, *, strict: bool = False
) -> AskedPanel:
    """Return the panel of `genes`: the name of a data set on this machine, a file, pasted text, or
    a sequence of names. strict: an entry that cannot be used raises.

    Raises PanelError, UnknownNameError (one word that is neither data set nor file),
    MissingDataError, TableError.
    """
    if isinstance(genes, str) and "\n" not in genes:
        cards = datasets.cards(settings)
        known = [card.title if datasets.is_own(card.name) else card.name for card in cards]
        if genes.strip().casefold() in {name.casefold() for name in (*known, datasets.ALL_GENES)}:
            return dataset_panel(genes.strip(), backbone, settings)
        if len(genes.split()) == 1 and not _is_file(genes) and not set(",;|") & set(genes):
            raise UnknownNameError(
                f"'{genes[:60]}' is neither a data set nor a file on this machine, and one gene "
                f"is no panel.{hint(genes, known)} Give a list of genes, or one of: "
                f"{', '.join(known) or 'none'}."
            )
    return listed_panel(named_list(genes, "panel"), backbone, strict=strict)


def named_list(genes: Genes, what: str) -> NamedList:
    """Return the list that a file, a text or a sequence gives; `what` names it in messages.

    Raises MissingDataError, TableError or PanelError.
    """
    if isinstance(genes, Path) or (isinstance(genes, str) and _is_file(genes)):
        path = Path(genes).expanduser()
        return NamedList(path.name, read_gene_list(path, what))
    if isinstance(genes, str):
        return NamedList(TEXT, genes_from_text(genes))
    return NamedList(SEQUENCE, GeneList(tuple(str(gene) for gene in genes)))


def listed_panel(given: NamedList, backbone: Backbone, *, strict: bool = False) -> AskedPanel:
    """Return the genes of a list that `backbone` knows, two at least; its study names no regulator.

    strict: raise PanelError for entries that cannot be used.
    """
    resolved = resolve(given.listed.entries, backbone)
    _require_all(resolved.left_out, given.name, strict)
    panel = resolved.panel()
    notes = [f"{given.name}: {note}" for note in given.listed.notes]
    notes += [
        f"{entry} is {why}: used as {symbol}"
        for entry, symbol, why in resolved.renamed
        if not why.startswith("spelled ")
    ]
    notes += [f"left out {entry}: {reason}" for entry, reason in resolved.left_out]
    if resolved.left_out:
        notes.append(f"{given.name}: {resolved.counts}")
    study = Study(
        dataset=datasets.pasted_dataset(tuple(g.symbol for g in resolved.used)),
        panel=panel,
        regulators=(),
        labels=resolved.symbols,
        left_out=resolved.left_out,
        renamed=resolved.renamed,
        tokens={g.symbol: g.token for g in resolved.used},
        as_given=resolved.as_given,
        counts=resolved.counts,
    )
    return AskedPanel(given.name, study, tuple(notes))


def driven(
    given: NamedList,
    what: str,
    panel: AskedPanel,
    backbone: Backbone,
    *,
    strict: bool = False,
) -> Driven:
    """Return the genes of the panel in a list called `what`, under any of their names.

    Raises PanelError when none is, or with `strict` for any that is not.
    """
    named = {label.casefold(): token for token, label in panel.study.labels.items()}
    entries = (named.get(entry.casefold(), entry) for entry in given.listed.entries)
    members, left_out = panel_members(resolve(entries, backbone), panel.study.panel)
    _require_all(left_out, given.name, strict)
    if not members:  # others in their place would be another question than the one asked
        shown = "; ".join(f"{entry[:40]}: {reason}" for entry, reason in left_out[:5])
        raise PanelError(
            f"None of the {len(left_out)} {what} in '{given.name}' is a gene of the panel: "
            f"{shown[:300]}. Name genes of the panel, or add them to it."
        )
    notes = tuple(f"left out {entry} of the {what}: {reason}" for entry, reason in left_out)
    return Driven(members, notes)


def own_regulators(panel: AskedPanel) -> Driven:
    """Return the data set's regulators, or a list's human transcription factors; raise PanelError
    where there is none."""
    study = panel.study
    if study.regulators:
        return Driven(study.regulators)
    tokens = tuple(study.tokens[symbol] for symbol in study.dataset.regulators)
    if not tokens:
        raise PanelError(
            "None of the panel's genes is a known human transcription factor. "
            "Name the regulators with --regulators FILE or regulators=."
        )
    return Driven(tokens)


def with_regulators(panel: AskedPanel, chosen: Driven) -> AskedPanel:
    """Return the panel with the genes that are driven, and what was to be told of both."""
    study = replace(panel.study, regulators=chosen.tokens)
    return replace(panel, study=study, notes=(*panel.notes, *chosen.notes))


def dataset_panel(name: str, backbone: Backbone, settings: Settings) -> AskedPanel:
    """Return the panel of a data set on this machine, with its regulators and reference networks.

    Raises UnknownNameError with near matches, PanelError.
    """
    if name.casefold() == datasets.ALL_GENES:
        raise PanelError(
            "All genes are too many to share one virtual cell: their atlas answers the verb "
            "`network` and the functions network, regulators and targets. Give a list of genes."
        )
    dataset = datasets.open_dataset(datasets.named(name, settings), settings)
    study = fit_to_backbone(dataset, backbone, settings.orthologs or orthologs_path())
    out = len(study.left_out)
    notes = (f"left out {out:,} of {len(dataset.genes):,} genes of {dataset.title}",) if out else ()
    return AskedPanel(dataset.title if dataset.content else dataset.name, study, notes)


def _is_file(text: str) -> bool:
    """Return whether `text` names a file that is there, or one that is meant and is not."""
    path = Path(text.strip()).expanduser()
    try:
        return path.is_file() or path.suffix.lower() in (".txt", ".csv", ".tsv", ".xlsx", ".gmt")
    except (OSError, ValueError):  # longer than a name may be
        return False


def _require_all(left_out: tuple[tuple[str, str], ...], name: str, strict: bool) -> None:
    if strict and left_out:
        shown = "; ".join(f"{entry[:40]}: {reason}" for entry, reason in left_out[:5])
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        raise PanelError(
            f"--strict: {len(left_out)} entries of '{name}' cannot be used: {shown}{more}. "
            "Correct them, or leave --strict out to go on without them."
        )
