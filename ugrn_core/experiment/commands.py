"""What the command line does, verb by verb; messages go to stderr, results to files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ugrn_core.commands.compute import HERE, How, fill, screened_by
from ugrn_core.console import say
from ugrn_core.errors import MissingDataError, OptionError, PanelError, StorageError
from ugrn_core.experiment.catalog import backbones, datasets, gene_lists, translators
from ugrn_core.experiment.curves import probing, screening
from ugrn_core.experiment.runs.edges import edge_frame
from ugrn_core.export import FORMATS
from ugrn_core.export.save import format_for, save
from ugrn_core.files import check_writable
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import read_settings
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


def open_backbone(name: str) -> Backbone:
    """Return the backbone called `name` or in the folder `name`; raise InputError."""
    return backbones.open_named(name, read_settings())


def _tell_ignored(backbone: Backbone) -> None:
    """Say which tensors took no part; at the end, so that an error stands alone."""
    if backbone.ignored:
        say(
            f"{len(backbone.ignored)} tensors of the checkpoint are not part of the reconstruction "
            f"and were ignored: {', '.join(backbone.ignored[:4])[:200]} ..."
        )


def _panel(path: Path, backbone: Backbone, skip_unknown: bool) -> Panel:
    genes = gene_lists.read_gene_list(path, "panel")
    if skip_unknown:
        genes = _current(genes, backbone)
        genes, left_out = gene_lists.known_spellings(genes, backbone)
        for gene, reason in left_out:
            say(f"left out {gene}: {reason}")
    return gene_lists.checked_panel(genes, backbone)


def _current(genes: tuple[str, ...], backbone: Backbone, tell: bool = True) -> tuple[str, ...]:
    """Return `genes` under names the backbone has, saying which were translated."""
    used, changed = gene_lists.current_symbols(genes, backbone)
    for given, symbol, why in changed if tell else ():
        say(f"{given} is {why}: probed as {symbol}")
    return used


def _members(
    path: Path, what: str, panel: Panel, backbone: Backbone, skip_unknown: bool
) -> tuple[str, ...]:
    """Return the panel's genes in a list called `what`; with `skip_unknown` say which are none."""
    genes = gene_lists.read_gene_list(path, what)
    if skip_unknown:
        current = _current(genes, backbone, tell=False)
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


def _factors(panel: Panel) -> tuple[str, ...]:
    found = datasets.pasted_dataset(panel.genes).regulators
    if not found:
        raise PanelError(
            "None of the panel's genes is a known human transcription factor. "
            "Name the regulators with --regulators FILE."
        )
    return found


def probe(
    backbone: Backbone,
    paths: tuple[Path, Path, Path],
    settings: ProbeSettings,
    skip_unknown: bool = False,
    how: How = HERE,
) -> None:
    """Probe a panel file with a sources file into an output folder."""
    panel_file, source_file, out = paths
    check_writable(out / "probe.npz")  # before the work, not after it
    panel = _panel(panel_file, backbone, skip_unknown)
    sources = _members(source_file, "sources", panel, backbone, skip_unknown)
    where = read_settings()
    asked = probing.request(backbone, panel, sources, settings, where.probes)
    if not fill(asked, where, how):
        return
    path = probing.write_probe(out, asked)
    _tell_ignored(backbone)
    say(f"Wrote {path} and {path.with_name('provenance.json')}")


def network(
    backbone: Backbone,
    paths: tuple[Path, Path | None, Path],
    translator: str | None = None,
    top: int | None = None,
    skip_unknown: bool = False,
    how: How = HERE,
) -> None:
    """Infer the network of a panel file into an edge table (format by suffix)."""
    panel_file, regulator_file, out = paths
    _check_table(out)  # before the work, not after it
    settings = read_settings()
    panel = _panel(panel_file, backbone, skip_unknown)
    if regulator_file:
        regulators = _members(regulator_file, "regulators", panel, backbone, skip_unknown)
    else:
        regulators = _factors(panel)
    known_as = settings, backbone.name, backbone.checksum, translator
    chosen = translators.load(*known_as, len(regulators))
    probe_settings = chosen.settings if chosen else default_settings(backbone)
    count = screening.passing(len(regulators), how.screen) if how.screen else len(regulators)
    _check_fits(out, min(count * (len(panel) - 1), top or sys.maxsize), chosen is not None)
    asked = probing.request(backbone, panel, regulators, probe_settings, settings.probes)
    asked, screened = screened_by(asked, settings, how)
    if not fill(asked, settings, how):
        return
    chosen = translators.load(*known_as, len(asked.sources))  # a screen may have left a few
    tensors = probing.tensors_for(asked, tuple(chosen.members) if chosen else ())
    frame = edge_frame(tensors, chosen).head(top)
    about = probing.provenance(backbone, panel, probe_settings) | screened
    about["translator"] = chosen.name if chosen else "none: ranked by |gdt_peak|"
    about |= {"probe": chosen.probe if chosen else "gdt", "dataset": panel_file.name}
    save(out, frame, about)
    _tell_ignored(backbone)
    say(f"Wrote {len(frame):,} edges to {out}")
    if top is None and FORMATS[format_for(out)].scoreless:
        say("It holds every pair, and no score to tell them by: --top N keeps the best N.")


def _check_table(out: Path) -> None:
    format_for(out)
    if out.is_dir():
        raise StorageError(f"'{out}' is a folder; give the name of the edge table to write.")
    if not out.absolute().parent.is_dir():
        raise MissingDataError(f"The folder '{out.parent}' does not exist; make it first.")
    check_writable(out)


def _check_fits(out: Path, pairs: int, scored: bool) -> None:
    """Raise OptionError where the format of `out` cannot hold what the run will give."""
    style = FORMATS[format_for(out)]
    if not style.fits(0, scored):
        raise OptionError(
            f"A {style.suffix} table holds a probability for every edge, and this backbone has no "
            "translator to give them. End --out with .tsv, or train one with `benchmark`."
        )
    if not style.fits(pairs, scored):
        raise OptionError(
            f"A {style.suffix} table holds {style.most_rows:,} edges; this run gives {pairs:,}. "
            "Keep fewer with --top, or end --out with .tsv."
        )


def list_backbones() -> None:
    """Print the backbones on this machine."""
    settings = read_settings()
    table = Table()
    for column in ("name", "kind", "translators", "description", "folder"):
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for card in backbones.backbones(settings):
        names = ", ".join(translators.translators(settings, card.name)) or "none"
        # Text: a description comes from a file, and may hold what rich takes for markup.
        cells = (card.name, card.kind, names, card.description, str(card.folder))
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)
    say(
        "Any other folder with args.json, vocab.json and weights of scGPT or scBenchmark works "
        "as --backbone FOLDER."
    )
