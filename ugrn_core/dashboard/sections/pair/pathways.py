"""Which gene set this pair depends on: the response asked again with one set held at a time."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.enrichment import dots
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.sections.pair import score_by_set
from ugrn_core.dashboard.shell.address import toggle
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.download_buttons import rows_button
from ugrn_core.dashboard.widgets.gene_sets import gene_sets, set_title
from ugrn_core.enrichment.membership import LEAST_BACKGROUND, membership
from ugrn_core.experiment.biology import drives
from ugrn_core.experiment.biology.pathway_of_pair import DRAWS, MOST, Pair, held_value, pathways
from ugrn_core.experiment.biology.virtual_cells import VirtualCells
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

CUT = 0.05  # q


def section(view: View, results: Results, names: tuple[str, str], colours: Palette) -> None:
    """Draw the switch and, where it is on, what each gene set does to the pair's response."""
    if len(results.genes) <= LEAST_BACKGROUND:
        return
    st.header("Which pathway it depends on", anchor=False)
    sets = gene_sets(view)
    score_by_set.section(view.run_id, results, names, sets, colours)
    if not toggle(
        "Hold one gene set at a time",
        "pathways",
        help=f"The pair is asked again in up to {MOST} cells; some ten seconds",
    ):
        return
    if not can_compute():
        st.caption(NO_TORCH)
        return
    base, how, table = _asked(view.run_id, names, sets.checksum, (view, sets))
    if table.empty:
        st.info(
            f"No set of {literal(sets.title)} has enough genes in this panel. "
            "Choose another collection."
        )
        return
    st.markdown(sentence(names, base, table))
    _chart(base, table, colours)
    _table(table)
    about = results.provenance | {"pair": list(names), "held": how, "sets": sets.about()}
    rows_button(lambda: table, about, f"ugrn-{names[0]}-{names[1]}-pathways", "All sets, CSV")
    st.caption(
        f"Each gene of a set is {how}, the two genes of the pair never; {DRAWS} random sets of "
        "about the same size say what any genes would do. A dependence of the model's answer, not "
        "of a cell's."
    )


@st.cache_data(max_entries=64, show_spinner="Asking the pair again, one gene set at a time")
def _asked(
    run_id: str, names: tuple[str, str], checksum: str, _what: tuple
) -> tuple[float, str, pd.DataFrame]:
    view, sets = _what
    ready = run_spec.prepare(view.settings, view.spec)
    study = ready.study
    shown = [study.labels.get(t, t) for t in study.panel.genes]
    named = drives.symbols(study)
    human, seen = [], set()
    for gene in shown:  # two genes of one human symbol: the second counts under its own name
        symbol = named[gene] if named[gene] not in seen else f"{gene} (second)"
        seen.add(symbol)
        human.append(symbol)
    cells = VirtualCells(ready.backbone, study.panel, ready.settings)
    value = held_value(cells)
    how = f"shown as expressed (at {value:g})" if cells.masked else f"switched off (at {value:g})"
    pair = Pair(shown.index(names[0]), shown.index(names[1]))
    base, table = pathways(cells, pair, membership(human, sets.sets))
    return base, how, table


def sentence(names: tuple[str, str], base: float, table: pd.DataFrame) -> str:
    """Return which sets change the response of a pair, in one sentence."""
    pair = f"{literal(names[0])} → {literal(names[1])}"
    unlike = table[table["q"] < CUT]
    if unlike.empty:
        return (
            f"**No set changes {pair} more than random sets of its size do** (q < {CUT:g}); "
            f"{literal(set_title(table.iloc[0]['set']))} comes nearest, with q "
            f"{table['q'].min():.2g}."
        )
    first = unlike.iloc[0]
    verb = "strengthens" if first["change"] * base > 0 else "weakens"
    return (
        f"**{len(unlike):,} of {len(table):,} sets change {pair} unlike random sets**; "
        f"{literal(set_title(first['set']))} before all: holding its {int(first['size'])} genes "
        f"{verb} the response from {base:+.3g} to {first['response']:+.3g} (q {first['q']:.2g})."
    )


def _chart(base: float, table: pd.DataFrame, colours: Palette) -> None:
    st.plotly_chart(
        dots(
            _rows(table),
            colours,
            f"change of the response ({base:+.3g} as it is)",
            0.0,
            names=("unlike random sets", "as random sets do"),
        ),
        config=CONFIG,
        key="pathways_dots",
        alt="Change of the response by the gene sets furthest from random ones",
    )


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    hover = [
        f"{set_title(r.set)}: {r.size} genes held, response {r.response:+.3g}, z {r.z:+.1f}"
        for r in table.itertuples()
    ]
    return pd.DataFrame(
        {
            "name": [set_title(name) for name in table["set"]],
            "value": table["change"],
            "own": table["q"] < CUT,
            "size": table["size"],
            "hover": hover,
        }
    )


def _table(table: pd.DataFrame) -> None:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        table.assign(set=[set_title(name) for name in table["set"]]),
        hide_index=True,
        height=320,
        key="pathways_table",
        alt=f"Table of {len(table)} gene sets",
        column_config={
            "set": text("Gene set", pinned=True),
            "size": number("Genes held"),
            "holds": text("Holds", help="Which gene of the pair is a member; it is never held"),
            "response": number("Response", format="%.4f", help="With the set held"),
            "change": number("Change", format="%.4f", help="Against the cell as it is"),
            "share": number("Share", format="percent", help="Change over response"),
            "ordinary": number("Ordinary", format="%.4f", help="Mean change by random sets"),
            "spread": number("Spread", format="%.4f", help="Their standard deviation"),
            "z": number("z", format="%.2f", help="Distance from them"),
            "p": None,
            "q": number("q", format="%.2g", help="Of z (Student's t), Benjamini-Hochberg"),
        },
    )
