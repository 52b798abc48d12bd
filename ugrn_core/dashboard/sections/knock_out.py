"""The Knock-out page's parts: what is done to which genes, the answers, the sum, the gene sets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.charts.knock_out import CUT, answers, beyond_sum
from ugrn_core.dashboard.sections.biology import sets_shown
from ugrn_core.dashboard.sections.pair import first_pair
from ugrn_core.dashboard.shell.address import choice, slider, switch
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.download_buttons import rows_button
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.dashboard.widgets.gene_sets import gene_sets
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.membership import LEAST_BACKGROUND, membership
from ugrn_core.enrichment.ranked import ranked
from ugrn_core.errors import InputError
from ugrn_core.experiment.biology import drives
from ugrn_core.experiment.biology.knock_out import DRAWS, Drive, knock_out, response_table
from ugrn_core.experiment.biology.virtual_cells import VirtualCells
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.lab.backgrounds import MEAN, backgrounds
from ugrn_core.experiment.lab.knobs import FLAT
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.spec import Prepared
from ugrn_core.markdown import literal
from ugrn_core.types import Profile

OFF, UP = "off", "up"
KINDS = {OFF: "Knock-out", UP: "Over-expression"}
CELLS = {FLAT: "Flat cell", MEAN: "Mean of this data set"}
SHOWN = {"all": "All", "up": "Up", "down": "Down"}


@dataclass(frozen=True, eq=False)
class Asked:
    """What is done. genes: one or two, as shown. cell: flat, or the name of a background of real
    cells (`lab.backgrounds`). level: the value of an expressed gene, where the flat cell needs
    one."""

    view: View
    genes: tuple[str, ...]
    kind: str
    cell: str
    level: float

    @cached_property
    def ready(self) -> Prepared:
        """The panel and the backbone."""
        return run_spec.prepare(self.view.settings, self.view.spec)

    @property
    def words(self) -> str:
        """What is done, in words."""
        named = " and ".join(f"**{literal(g)}**" for g in self.genes)
        return f"{named} switched off" if self.kind == OFF else f"{named} turned up"

    @property
    def identity(self) -> tuple:
        """What tells one computation from another, beside the run."""
        return self.genes, self.kind, self.cell, self.level


def controls(view: View, gene: str | None = None) -> Asked | None:
    """Draw what is done to which genes; return it, or None where no gene was chosen. gene: the one
    to begin with (default: the regulator of the best pair)."""
    ready = run_spec.prepare(view.settings, view.spec)
    study = ready.study
    shown = tuple(study.labels.get(t, t) for t in study.panel.genes)
    other = study.labels.get(study.regulators[0], study.regulators[0])
    first = gene or first_pair.driven(view, other)
    left, right = st.columns(2)
    with left:
        one = gene_box(view, "Gene", "driven", shown, first)
    with right:
        two = gene_box(view, "And (optional)", "with", shown)
    left, right = st.columns(2)
    with left:
        kind = switch("What is done", "done", KINDS)
    with right:
        cells = _cells(ready)
        cell = (choice if len(cells) > len(CELLS) else switch)("In which cell", "cell", cells)
    level = _level(ready, kind, cell)
    genes = tuple(dict.fromkeys(g for g in (one, two) if g))
    if not genes:
        return None
    return Asked(view=view, genes=genes, kind=kind, cell=cell, level=level)


def _cells(ready: Prepared) -> dict[str, str]:
    """Return the cells offered: beside the flat one the mean of the data set's, of each of its
    types and of stages of its pseudotime, where the backbone reads a whole cell."""
    if "visible" not in ready.backbone.defaults.readouts:
        return {FLAT: CELLS[FLAT]}
    offered = backgrounds(ready.study, ready.backbone)
    titles = {name: what.title[:1].upper() + what.title[1:] for name, what in offered.items()}
    return titles | {name: title for name, title in CELLS.items() if name in titles}


def _level(ready: Prepared, kind: str, cell: str) -> float:
    """Draw and return the value that a gene is taken from, or turned up to."""
    machine = VirtualCells(ready.backbone, ready.study.panel, ready.settings)
    if kind == OFF and cell != FLAT:
        return machine.on  # not used: each gene starts from its own mean
    whole = not ready.backbone.defaults.continuous
    least, most = min(v for v in machine.settings.grid if v > machine.off), machine.high
    return slider(
        "From the level" if kind == OFF else "To the level",
        f"level_{kind}",
        (float(least), most),
        machine.on if kind == OFF else most,
        step=1.0 if whole else (most - least) / 15,
        help=f"Of the gene that is set: {ready.backbone.defaults.value_phrase}. In the flat cell "
        "every gene is off, so a knock-out begins at the level of an expressed gene",
    )


def table_of(asked_of: Asked) -> pd.DataFrame:
    """Return how every gene answers (see `response_table`); some seconds the first time."""
    return _table(asked_of.view.run_id, asked_of.identity, asked_of)


@st.cache_data(max_entries=64, show_spinner="Asking the model, and other genes beside it")
def _table(run_id: str, identity: tuple, _asked: Asked) -> pd.DataFrame:
    ready = _asked.ready
    study = ready.study
    settings = ready.settings
    profile = backgrounds(study, ready.backbone)[_asked.cell].profile
    if profile is not None:
        values, how = profile()
        settings = replace(settings, background=Profile(how, tuple(values)), readout="visible")
    cells = VirtualCells(ready.backbone, study.panel, settings)
    shown = tuple(study.labels.get(t, t) for t in study.panel.genes)
    at = tuple(shown.index(g) for g in _asked.genes)
    table = response_table(knock_out(cells, _drive(_asked, cells, at)), shown)
    table.attrs["before"] = cells.own(np.array(at)).tolist()
    return table


def _drive(asked_of: Asked, cells: VirtualCells, positions: tuple[int, ...]) -> Drive:
    flat = asked_of.cell == FLAT
    if asked_of.kind == OFF:
        return Drive(positions, asked_of.level if flat else None, cells.off)
    return Drive(positions, cells.off if flat else None, asked_of.level)


def headline(asked_of: Asked, table: pd.DataFrame) -> str:
    """Return what became of the other genes, in one sentence."""
    unusual = table[table["q"] < CUT]
    up, down = (unusual[unusual["direction"] == way] for way in ("up", "down"))
    if table["effect"].abs().max() == 0:
        return f"With {asked_of.words} nothing changes: in this cell it carries that value already."
    counted = f"{len(unusual):,} of {len(table):,} genes"
    answer = "answers" if len(unusual) == 1 else "answer"
    said = f"With {asked_of.words}, {counted} {answer} more, or otherwise, than to other genes"
    parts = [
        f"{len(part):,} {way} ({', '.join(literal(g) for g in part['gene'].head(3))})"
        for way, part in (("up", up), ("down", down))
        if len(part)
    ]
    furthest = ", ".join(literal(g) for g in table["gene"].head(3))
    return f"{said}: {'; '.join(parts)}." if parts else f"{said}; {furthest} come nearest to it."


def before(asked_of: Asked, table: pd.DataFrame) -> str:
    """Return where the genes stand before, in a cell of real ones: a gene that is hardly expressed
    leaves little to switch off. Empty in the flat cell."""
    if asked_of.cell == FLAT:
        return ""
    stand = (f"{literal(g)} {v:.2g}" for g, v in zip(asked_of.genes, table.attrs["before"]))
    unit = asked_of.ready.backbone.defaults.value_phrase
    return f"Before, in these cells: {', '.join(stand)} ({unit}; 0 is not expressed)."


def chart(asked_of: Asked, table: pd.DataFrame, colours: Palette) -> None:
    """Draw effect against how unusual it is and, of two genes, both against the sum."""
    unit = asked_of.ready.backbone.defaults.value_phrase
    columns = st.columns([3, 2]) if len(asked_of.genes) > 1 else [st.container()]
    with columns[0]:
        st.plotly_chart(
            answers(table, colours, unit),
            config=CONFIG,
            key="knock_out",
            alt=f"Effect on {len(table)} genes, and how unlike other genes' it is",
        )
    if len(asked_of.genes) > 1:
        with columns[1]:
            st.plotly_chart(
                beyond_sum(table, asked_of.genes, colours),
                config=CONFIG,
                key="knock_out_sum",
                alt="Effect of both genes against the sum of each one's own",
            )
        st.caption(_sum_sentence(table))
    st.caption(
        f"z: distance of the effect from those of {DRAWS} other genes of the panel, or pairs of "
        "them, driven alike, in their standard deviations; a gene that answers anybody has a "
        f"small one. Filled: q < {CUT:g} (Student's t, Benjamini-Hochberg). What the model writes, "
        "not what happens in a cell."
    )


def _sum_sentence(table: pd.DataFrame) -> str:
    """Return how far both genes depart from the sum of each."""
    total, beyond = table["effect"].to_numpy(), table["beyond_sum"].to_numpy()
    share = np.abs(beyond).sum() / max(np.abs(total).sum(), 1e-30)
    most = table.iloc[int(np.abs(beyond).argmax())]
    return (
        f"Beyond the sum of both: {share:.1%} of all change; most for {literal(most['gene'])} "
        f"({most['beyond_sum']:+.3g} of {most['effect']:+.3g})."
    )


def rows(asked_of: Asked, table: pd.DataFrame) -> None:
    """Draw the answers as a table, all, up or down, and the file of all."""
    way = switch("Genes", "answers", SHOWN)
    part = table if way == "all" else table[table["direction"] == way]
    number = st.column_config.NumberColumn
    names = dict(enumerate(asked_of.genes, 1))
    st.dataframe(
        part,
        hide_index=True,
        height=420,
        key=f"answers-{way}",
        alt=f"Table of {len(part)} genes",
        column_config={
            "gene": st.column_config.TextColumn("Gene", pinned=True),
            "effect": number("Effect", format="%.3g"),
            "direction": st.column_config.TextColumn("Direction"),
            "z": number("z", format="%.2f", help="Distance from ordinary effects on this gene"),
            "p": None,
            "q": number("q", format="%.2g", help="Of z (Student's t), Benjamini-Hochberg"),
            "ordinary": number("Ordinary", format="%.3g", help="Mean effect of other genes on it"),
            "spread": number("Spread", format="%.3g", help="Their standard deviation"),
            "beyond_sum": number("Beyond the sum", format="%.3g"),
            **{f"alone_{k}": number(f"{g} alone", format="%.3g") for k, g in names.items()},
        },
    )
    rows_button(lambda: table, about(asked_of), f"ugrn-knock-out-{'-'.join(asked_of.genes)}")


def about(asked_of: Asked) -> dict:
    """Return what made the table, as plain JSON types."""
    ready = asked_of.ready
    try:
        told = probing.provenance(ready.backbone, ready.study.panel, ready.settings)
    except (InputError, ModuleNotFoundError):  # without PyTorch its version is not known
        told = {}
    return told | {
        "driven": list(asked_of.genes),
        "kind": asked_of.kind,
        "cell": asked_of.cell,
        "level": asked_of.level,
        "draws": DRAWS,
    }


def sets(asked_of: Asked, table: pd.DataFrame, colours: Palette) -> None:
    """Draw the gene sets that go up or down as a whole, by z; nothing for a few genes."""
    if len(table) < LEAST_BACKGROUND:
        return
    st.header("Gene sets that answer", anchor=False)
    chosen = gene_sets(asked_of.view)
    ranked_sets = _sets(
        asked_of.view.run_id, asked_of.identity, chosen.checksum, (asked_of, chosen)
    )
    sets_shown.shown(
        ranked_sets, chosen, colours, about(asked_of), stem="ugrn-knock-out-sets", key="ko_sets"
    )
    st.caption("Rank-sum of z over all genes that were not driven; ▲ up, ▼ down.")


@st.cache_data(max_entries=64, show_spinner="Asking gene sets")
def _sets(run_id: str, identity: tuple, checksum: str, _what: tuple) -> pd.DataFrame:
    asked_of, chosen = _what
    return set_ranks(table_of(asked_of), drives.symbols(asked_of.ready.study), chosen)


def set_ranks(table: pd.DataFrame, named: dict[str, str], chosen: GeneSets) -> pd.DataFrame:
    """Return the gene sets that rank high or low by z. named: symbol shown -> human symbol."""
    human = [named.get(g, g) for g in table["gene"]]
    first = ~pd.Series(human).duplicated().to_numpy()
    members = membership([g for g, keep in zip(human, first) if keep], chosen.sets)
    return ranked(members, table["z"].fillna(0).to_numpy()[first])
