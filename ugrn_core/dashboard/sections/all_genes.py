"""What pages say of an atlas that they need not say of a run of one panel."""

from __future__ import annotations

import streamlit as st

from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal


def below_the_best(names: tuple[str, str]) -> None:
    """Say of a pair of an atlas that its score was not kept."""
    st.info(
        literal(
            f"{names[0]} → {names[1]} was asked, and is neither among the best regulators of "
            f"{names[1]} nor among the best targets of {names[0]}: its score is not kept. Its "
            "curves, asked again in the same panel:"
        ),
        icon=":material/filter_alt_off:",
    )


def of_an_atlas(results: Results) -> None:
    """Say in which panel the curves of a pair of an atlas were computed, and where to see more."""
    size = results.provenance["panels"]["size"]
    st.caption(
        f"Both curves were computed just now, in the panel of at most {size:,} genes that the "
        "atlas asked this pair in. What drove the score, other backbones and cells: put both genes "
        "into a list of your own, on the left."
    )
