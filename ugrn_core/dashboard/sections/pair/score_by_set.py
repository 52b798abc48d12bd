"""Which gene sets the pair's score goes through: its part from response profiles, set by set."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.charts.enrichment import dots
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.download_buttons import rows_button
from ugrn_core.dashboard.widgets.gene_sets import set_title
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.biology.score_by_set import FEWEST, SharesOfSets, shares_of_sets
from ugrn_core.experiment.runs.results import ProfileShare, Results
from ugrn_core.markdown import literal

CUT = 0.05  # q


def section(
    run_id: str, results: Results, names: tuple[str, str], sets: GeneSets, colours: Palette
) -> None:
    """Draw what each gene set's regulators add to the log-odds of a pair, or why none has a
    share."""
    try:
        share = _share(run_id, names, results)
    except MissingDataError as error:
        st.caption(literal(str(error)))
        return
    if share is None:
        st.caption(
            "The translator of this run reads the two curves of the pair alone: nothing of its "
            "score goes through other genes, so no gene set has a share of it."
        )
        return
    shares = shares_of_sets(share, sets)
    st.markdown(sentence(names, share, shares))
    if shares.by_set.empty:
        st.caption(
            f"No set of {literal(sets.title)} holds {FEWEST} of the {len(share.regulators):,} "
            "regulators of this panel; a larger panel, or another collection, has some."
        )
        return
    with st.expander("Gene set by gene set", icon=":material/bar_chart:"):
        _chart(shares, colours)
        _table(shares)
        about = results.provenance | {"pair": list(names), "sets": sets.about()}
        stem = f"ugrn-{names[0]}-{names[1]}-score-by-set"
        rows_button(lambda: shares.by_set, about, stem, "All sets, CSV")
        st.caption(
            "Exact: the translator is a sum of a few numbers, and the likeness of response "
            "profiles a sum over regulators. Sets share genes, so their bars may count one "
            "regulator twice. q: against as many regulators of the panel drawn at random, "
            "Benjamini and Hochberg. All else that the translator reads is of the two genes alone "
            "and goes through no set."
        )


@st.cache_data(max_entries=64, show_spinner="Taking the score apart")
def _share(run_id: str, names: tuple[str, str], _results: Results) -> ProfileShare | None:
    return _results.profile_share(*names)


def sentence(names: tuple[str, str], share: ProfileShare, shares: SharesOfSets) -> str:
    """Return in words how much of a score comes from profiles, and through whom."""
    pair = f"{literal(names[0])} → {literal(names[1])}"
    first = shares.by_regulator.head(3)
    through = ", ".join(f"{literal(r.regulator)} ({r.added:+.2f})" for r in first.itertuples())
    said = (
        f"**Through other genes the score of {pair} gets {shares.total:+.2f} of its log-odds** of "
        f"{share.log_odds:+.2f} (against the average pair): how alike both answer the "
        f"{len(share.regulators):,} regulators of this panel, most through {through}."
    )
    passed = shares.by_set[shares.by_set["q"] < CUT]
    if shares.by_set.empty:
        return said
    if passed.empty:
        return f"{said} No gene set of them adds more than as many drawn at random (q < {CUT:g})."
    best = passed.iloc[0]
    return (
        f"{said} {len(passed):,} gene sets add unlike random ones, "
        f"{literal(set_title(best['set']))} before all: its {int(best['size'])} regulators add "
        f"{best['added']:+.2f} (q {best['q']:.2g})."
    )


def _chart(shares: SharesOfSets, colours: Palette) -> None:
    table = shares.by_set
    rows = table.assign(
        name=[set_title(name) for name in table["set"]],
        value=table["added"],
        own=table["q"] < CUT,
        hover=[
            f"{set_title(r.set)}: {r.size} regulators add {r.added:+.3f} "
            f"({r.expected:+.3f} by chance)"
            for r in table.itertuples()
        ],
    )
    st.plotly_chart(
        dots(
            rows[["name", "value", "own", "size", "hover"]],
            colours,
            "log-odds added",
            0.0,
            names=("unlike random sets", "as random sets"),
        ),
        config=CONFIG,
        key="score_by_set",
        alt="Log-odds that the regulators of each gene set add to the score of the pair",
    )


def _table(shares: SharesOfSets) -> None:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    table = shares.by_set
    st.dataframe(
        table.assign(set=[set_title(name) for name in table["set"]]),
        hide_index=True,
        height=280,
        key="score_by_set_table",
        alt=f"Table of {len(table)} gene sets and what they add to the score",
        column_config={
            "set": text("Gene set", pinned=True),
            "size": number("Regulators here"),
            "added": number("Log-odds added", format="%.3f"),
            "expected": number("By chance", format="%.3f", help="As many regulators at random"),
            "z": number("z", format="%.2f"),
            "p": None,
            "q": number("q", format="%.2g"),
            "genes": text("Regulators, largest share first", width="large"),
        },
    )
