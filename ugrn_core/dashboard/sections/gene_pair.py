"""The Gene pair page's parts: curves, attribution, cells, caveats, ways on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard import text
from ugrn_core.dashboard.charts.attribution import named_bars, value_bars
from ugrn_core.dashboard.charts.cells import expression_scatter
from ugrn_core.dashboard.charts.curves import small_panel
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.figures.pair import Pair, figure
from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.sections.methods import STACKED_NUMBERS
from ugrn_core.dashboard.sections.pair import curves as pair_curves
from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.address import toggle
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets import download_buttons
from ugrn_core.dashboard.widgets.metric_tiles import Tile, metric_tiles
from ugrn_core.dashboard.widgets.worth import (
    direction_sentence,
    one_sentence,
    sign_notes,
    sign_sentence,
)
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.catalog import translators
from ugrn_core.experiment.runs import across_backbones, limits
from ugrn_core.experiment.runs.across_backbones import Answer
from ugrn_core.experiment.runs.results import Attribution, PairCurves, Results
from ugrn_core.experiment.runs.worth import one_number
from ugrn_core.markdown import literal

_TWO = tuple(STACKED_NUMBERS)[:2]
ONE_CURVE = "response and gradient"
NUMBERS = STACKED_NUMBERS | {ONE_CURVE: " and ".join(STACKED_NUMBERS[name] for name in _TWO)}
CAVEATS = (
    "These curves show what the model has learnt to write, not what happens in a cell.",
    "Every other gene of the virtual cell sits at the baseline; other genes in the panel change "
    "every number.",
    "Popular genes score high with everyone: see the popularity control on the Probe benchmark.",
)


def attribution_charts(results: Results, names: tuple[str, str], colours: Palette) -> None:
    """Draw what moved the translator, and which values of the curves, where one exists."""
    try:
        attribution = results.attribution(*names)
    except MissingDataError as error:  # the numbers of a pair are made from the weights
        st.header("What drove the score", anchor=False)
        st.caption(literal(str(error)))
        return
    if attribution is None:
        return
    if one := one_number(results.worth):
        attribution = merged(attribution)
    st.header("What drove the score", anchor=False)
    named, along = st.columns([6, 5]) if attribution.names else (None, st.container())
    if named is not None:
        with named:
            st.plotly_chart(
                named_bars(attribution.names, np.asarray(attribution.added, dtype=float), colours),
                config=CONFIG,
                key="attribution",
                alt="What each number the translator reads added to its log-odds",
            )
    with along:
        st.plotly_chart(
            value_bars(results.grid, attribution.by_value, names[0], colours),
            config=CONFIG,
            key="attribution_by_value",
            alt="What each value on the grid added to the translator's log-odds",
        )
    said = [
        "Bars to the right, or up, argue for a regulatory pair, the others against it: log-odds "
        "added to those of the average pair."
    ]
    if attribution.names:
        said.append("Right: the part that comes from the two curves, value by value.")
    if one:
        said.append(f"{one_sentence(results.worth, results.provenance['n_pairs'])}: one bar.")
    st.caption(" ".join(said))
    _glossary(attribution.names)


def _glossary(names: Sequence[str]) -> None:
    """Draw what the numbers of a translator are; nothing where it reads curves alone."""
    if names:
        with st.expander("What these numbers are", icon=":material/info:"):
            for name in names:
                st.markdown(f"- **{name}**: {NUMBERS[name]}.")


def merged(attribution: Attribution) -> Attribution:
    """Return `attribution` with what response and gradient added as one."""
    curves = [np.asarray(values, dtype=float) for values in attribution.by_value.values()]
    by_value = {"vvp and gdt": np.sum(curves, axis=0)}
    if tuple(attribution.names[:2]) != _TWO:
        return Attribution(attribution.names, attribution.added, by_value)
    added = np.asarray(attribution.added, dtype=float)
    return Attribution(
        (ONE_CURVE, *attribution.names[2:]), np.array([added[:2].sum(), *added[2:]]), by_value
    )


def cells_chart(results: Results, names: tuple[str, str], colours: Palette) -> None:
    """Draw both genes in the dataset's real cells, where there are any."""
    cells = results.expression(*names)
    st.header("In the dataset's cells", anchor=False)
    if cells is None:
        st.caption("This dataset brings no cells; the curves above need none.")
        return
    x, y, labels = cells
    st.plotly_chart(
        expression_scatter(np.asarray(x), np.asarray(y), labels, names, colours),
        config=CONFIG,
        key="cells",
        alt=f"{names[1]} against {names[0]} in {len(x)} cells",
    )
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() > 2 and np.std(x[both]) > 0 and np.std(y[both]) > 0:
        r = float(np.corrcoef(x[both], y[both])[0, 1])
        st.caption(f"{len(x):,} cells; Pearson correlation {r:+.2f}.")


def caveats(view: View, results: Results) -> None:
    """Draw what the curves do not say."""
    signs = edges.summary(view.run_id, results)["best_signs"]
    with st.expander("What this does not say", icon=":material/info:"):
        for sentence in (*CAVEATS, sign_sentence(results.worth, signs)):
            st.markdown(f"- {sentence}")


def take_along(view: View, results: Results, curves: PairCurves, names: tuple[str, str]) -> None:
    """Draw downloads of the pair's curves: values and figures."""
    st.header("Take it with you", anchor=False)
    stem, told = f"ugrn-{names[0]}-{names[1]}", results.provenance
    download_buttons.curve_buttons(lambda: pair_curves.curve_table(curves), told, stem)
    about = f"{view.backbone.title}, {view.title}, run {view.run_id[:8]}"
    pair = Pair(names, float(results.baseline), about)
    download_buttons.figure_buttons(
        lambda kind, width: figure(curves, pair, kind, width, told), stem
    )


def ways_on(results: Results, names: tuple[str, str]) -> None:
    """Draw links from the pair to its neighbours, to the lab as the run asked and, where probed,
    to its reverse."""
    source, target = names
    readout = (results.provenance.get("settings") or {}).get("readout")
    with st.container(horizontal=True):
        navigation.link(
            "regulators",
            f"All regulators of {target}",
            ":material/arrow_back:",
            gene=target,
            side="regulators",
        )
        navigation.link("network", f"The network around {source}", ":material/hub:", centre=source)
        navigation.link(
            "probe_lab",
            "Turn the knobs on this pair",
            ":material/tune:",
            source=source,
            target=target,
            **({"lab_readout": readout} if readout else {}),
        )
        if target in set(results.regulators):
            navigation.link(
                "gene_pair",
                f"The reverse: {target} → {source}",
                ":material/swap_horiz:",
                source=target,
                target=source,
            )


@st.cache_data(max_entries=64, show_spinner="Asking every backbone about this pair")
def _answers(run: tuple[str, str], stamp: int, _view: View, source: str, target: str):
    """run: its id and the home: another visitor has other models."""
    limits.begin(_view.settings)
    return across_backbones.answers(_view.settings, _view.spec, source, target)


def other_backbones(view: View, names: tuple[str, str], colours: Palette) -> None:
    """Draw the switch and, where it is on, one small panel a backbone with what they say."""
    st.header("What other backbones say", anchor=False)
    wanted = toggle(
        "Ask every backbone on this machine, and random weights",
        "across",
        help="One sweep of the regulator for each; some seconds the first time",
    )
    if not wanted:
        return
    answers = _answers(
        (view.run_id, str(view.settings.home)), translators.stamp(view.settings), view, *names
    )
    answered = [a for a in answers if not a.missing]
    if answered:
        _small_panels(answered, names, colours)
        st.caption(
            "Each panel has its own scale. The grey band holds 95 % of the regulator's targets "
            "under the same backbone. Dashed: random weights, which know nothing. A pair that "
            "stands out there, too, stands out for the network's shape, not for what it learned."
        )
    for answer in answers:
        if answer.missing:
            st.caption(f"{literal(answer.title)}: {literal(answer.missing)}")


def _small_panels(answers: list[Answer], names: tuple[str, str], colours: Palette) -> None:
    """Draw a panel an answer, two a row."""
    for k, answer in enumerate(answers):
        if k % 2 == 0:
            columns = st.columns(2)
        columns[k % 2].plotly_chart(
            small_panel(answer, names, colours),
            config=CONFIG,
            key=f"across_{k}",
            alt=f"Response of {names[1]} to {names[0]} under {answer.title}",
        )


def card(view: View, results: Results, row: dict, curves: PairCurves) -> None:
    """Draw the card of the pair in `row`, a row of the edge table."""
    facts = edges.summary(view.run_id, results)
    pairs, worth = facts["pairs"], results.worth
    value = _number(row["probability"])
    reverse = _number(row["reverse_probability"])
    st.markdown(verdict(row, pairs))
    place = f"of {pairs:,}"
    metric_tiles(
        [
            Tile("Score, 0 to 1", "no translator" if math.isnan(value) else f"{value:.3f}", None),
            Tile("Rank", f"{int(row['rank']):,}", place),
            *(Tile("Proposed effect", text.sign_word(row["sign"]), n) for n in sign_notes(worth)),
            *_known(row),
        ]
    )
    names = (str(row["source"]), str(row["target"]))
    st.caption(
        " ".join(
            (
                pair_curves.curve_sentence(
                    names, curves.grid, curves.vvp, pair_curves.outside_null(curves)
                ),
                pair_curves.reverse_sentence(names, value, reverse, curves.reverse_vvp is not None),
                "" if math.isnan(reverse) else direction_sentence(worth),
            )
        )
    )


def _known(row: dict) -> list[Tile]:
    """Return the tile of the reference networks; none where the data set has none."""
    flags = {k.removeprefix("in_"): bool(v) for k, v in row.items() if k.startswith("in_")}
    if not flags:
        return []
    hits = [name for name, yes in flags.items() if yes]
    if len(flags) == 1:
        return [Tile("Known in", "yes" if hits else "no", next(iter(flags)))]
    named = ", ".join(hits) or "reference networks"
    return [Tile("Known in", f"{len(hits)} of {len(flags)}", named)]


def _number(value: object) -> float:
    return math.nan if value is None or pd.isna(value) else float(value)


_STRENGTHS = ((99, "a strong candidate"), (95, "a candidate"), (75, "a weak candidate"))


def verdict(row: dict, pairs: int) -> str:
    """Return in one sentence what the model makes of a pair, by its place among all `pairs`."""
    source, target = literal(str(row["source"])), literal(str(row["target"]))
    rank, percentile = int(row["rank"]), float(row["percentile"])
    strength = next((words for least, words in _STRENGTHS if percentile >= least), None)
    place = f"rank {rank:,} of {pairs:,} pairs"
    if strength is not None:
        place += f", the top {_percent(100 * rank / max(pairs, 1))}"
    probability = row.get("probability")
    if probability is None or math.isnan(probability):
        peak = "GDT peak" if "gdt_peak" in row else "largest response (VVP)"
        place += f", by the {peak}, since no translator is fitted to this backbone"
    if strength is None:
        return f"**This model gives no reason to think that {source} acts on {target}**: {place}."
    return f"**For this model {source} is {strength} to act on {target}**: {place}."


def _percent(share: float) -> str:
    if share < 0.01:
        return "0.01 %"
    return f"{math.ceil(share * 100) / 100:.2f} %" if share < 1 else f"{math.ceil(share)} %"
