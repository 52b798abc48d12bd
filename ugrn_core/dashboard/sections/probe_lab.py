"""The Probe lab page's parts: which genes, what is shown below the curves, what to take along."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ugrn_core.dashboard.sections.lab import pictures, printed
from ugrn_core.dashboard.sections.lab.bench import Bench
from ugrn_core.dashboard.sections.lab.pictures import Pictured, Scene
from ugrn_core.dashboard.sections.pair import first_pair
from ugrn_core.dashboard.shell import address, navigation
from ugrn_core.dashboard.widgets import download_buttons
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab.knobs import Knobs
from ugrn_core.experiment.lab.reading import MOST_GENES, Reading
from ugrn_core.types import Panel

_SHOWN = 40  # genes of the table on the page
SHOW = {
    "bars": "The 30 that respond most",
    "cell": "The virtual cell",
    "numbers": "Numbers",
}


def source_box(bench: Bench) -> str | None:
    """Draw the box of the gene that is driven and return it: at first that of the best pair where
    the panel has been probed, else its first regulator."""
    first = first_pair.driven(bench.view, bench.labels[bench.ready.study.regulators[0]])
    return gene_box(bench.view, "Drive this gene", "source", bench.symbols, first)


def target_box(bench: Bench, reading: Reading) -> str | None:
    """Draw the box of the gene that is followed and return it: at first the one that responds
    most."""
    most = bench.labels[reading.genes[reading.strongest(1)[0]]]
    symbols = tuple(bench.labels[token] for token in reading.genes)
    return gene_box(bench.view, "Follow this gene", "target", symbols, most)


def about_panel(bench: Bench, reading: Reading, knobs: Knobs) -> None:
    """Say what shares the cell, and which preset the knobs stand at."""
    panel = len(bench.ready.study.panel)
    said = f"{len(reading.genes):,} genes share the cell"
    if panel > MOST_GENES:
        said += (
            f", of {panel:,} in {bench.view.title}: so many answer at once. Others in the cell "
            "change every number a little"
        )
    stands = replace(knobs, step=0.0)
    name = next((n for n, preset in bench.presets.items() if preset == stands), None)
    if name is not None:
        said += f". The knobs stand as in: {name}".replace("<", "\\<")
    st.caption(f"{said}. Nothing here is kept; a link to it is (Copy link).")


def below(scene: Scene, knobs: Knobs) -> None:
    """Draw the picture that is chosen below the curves."""
    show = address.switch("Below", "lab_show", SHOW)
    if show == "bars":
        pictures.bars(scene)
    elif show == "cell":
        pictures.cell(scene, knobs)
    else:
        st.dataframe(
            pictures.table(scene.bench, scene.reading, _SHOWN),
            hide_index=True,
            height=380,
            column_config={
                "gene": "Gene",
                "value": st.column_config.NumberColumn("Value", format="%.4g"),
                "place": st.column_config.NumberColumn("Place", format="%.3g"),
                "gate": st.column_config.NumberColumn("Gate", format="%.3g"),
                "vvp": st.column_config.NumberColumn("VVP", format="%.4g"),
                "gdt": st.column_config.NumberColumn("GDT", format="%.4g"),
                "finite_difference": st.column_config.NumberColumn("Difference", format="%.4g"),
            },
            alt=f"Response and gradient of the {_SHOWN} genes that respond most",
        )


def take_along(bench: Bench, reading: Reading, knobs: Knobs, shown: Pictured) -> None:
    """Draw the downloads of all values and of the curves for print, and the ways on."""
    pair, told = shown.pair, _about(bench, reading, knobs, shown.pair[0])
    st.header("Take it with you", anchor=False)
    download_buttons.curve_buttons(
        lambda: pictures.table(bench, reading),
        told,
        f"ugrn-lab-{pair[0]}",
    )
    about = f"{bench.backbone.name}, {bench.view.title}, readout {knobs.readout}, UGRN probe lab"
    download_buttons.figure_buttons(
        lambda kind, width: printed.printed(shown, about, kind, width, told),
        f"ugrn-lab-{pair[0]}-{pair[1]}",
    )
    st.caption("Values: all targets. Figure: both curves, as they are above.")
    navigation.link(
        "gene_pair",
        f"{pair[0]} → {pair[1]}: the evidence",
        ":material/show_chart:",
        source=pair[0],
        target=pair[1],
    )


def _about(bench: Bench, reading: Reading, knobs: Knobs, source: str) -> dict:
    """Return what makes the numbers again."""
    profile = None
    if knobs.background != turning.FLAT:
        profile = reading.carried
    grid = tuple(float(v) for v in reading.grid)
    how = turning.settings(knobs, Panel(reading.genes), grid, profile)
    about = probing.provenance(bench.backbone, Panel(reading.genes), how)
    return about | {"source": source, "m": len(reading.at_m), "t": len(reading.at_t)}
