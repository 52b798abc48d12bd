"""One line on what a score here is good for, as measured; the same card on every page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import streamlit as st

from ugrn_core.dashboard.queries.benchmark import benchmark
from ugrn_core.dashboard.queries.standing import Standing, standings
from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.references.measured import CHANCE, ELSEWHERE
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.markdown import literal

_SOURCE = "hESC"  # of the paper's translators, where this backbone has none of its own
# What a network's edges are, in words of who reads them.
_KINDS = {
    "STRING": "functional links (STRING)",
    "Non-Specific ChIP-seq": "binding in any cell type",
    "Cell-type-specific ChIP-seq": "binding in this cell type",
    "LOF/GOF": "effects of losing or gaining the regulator",
}
_ABOUT = (
    "Tests: data sets of BEELINE that the translator has not seen, negatives matched so that how "
    "popular a gene is does not help. Better than chance: the whole 95 % interval of AUPRC lies "
    "above it. Co-expression: in the training data of the backbone, without any model."
)


def draw(view: View, worth: Mapping | None = None) -> None:
    """Draw the card of the view's backbone. worth: of the run that is shown, for sign and
    direction; None where no run is."""
    try:
        table, _, _ = benchmark(view.settings)
        judged = _standings(view.backbone.name, _source(view), len(table), table)
    except MissingDataError:
        judged = []
    with st.container(border=True, key="verdict_card"):
        if view.backbone.is_control:
            st.markdown("**Random weights**: a control. Its scores should be worth nothing.")
            return
        st.markdown(sentence(view.backbone.name, judged, worth), help=_ABOUT)
        if judged and worth is not None:  # without a run it stands on that very page
            navigation.link("probe_benchmark", "Every number", ":material/verified:")


@st.cache_data(max_entries=32, show_spinner=False)
def _standings(backbone: str, source: str, rows: int, _table) -> list[Standing]:
    return standings(_table, backbone, source)


def _source(view: View) -> str:
    ready = run_spec.prepare(view.settings, view.spec)
    if ready.translator is None:
        return _SOURCE
    return next(iter(ready.translator.cards.values())).dataset


def sentence(backbone: str, tests: Sequence[Standing], worth: Mapping | None) -> str:
    """Return the card's line. worth: see `runs.worth.measured`, None where no run is shown."""
    if not tests:
        return (
            f"**{literal(backbone)} was not judged on known networks**: nothing is known of what "
            "its scores are good for."
        )
    parts = [f"{_kind(one.network)}: {_words(one)}" for one in tests]
    if worth is not None:
        parts += [f"sign: {_sign(worth)}", f"direction: {_direction(worth)}"]
    return f"**What a score is good for, as measured.** {_capital('; '.join(parts))}."


def _kind(network: str) -> str:
    return _KINDS.get(network, literal(network))


def _words(one: Standing) -> str:
    if one.above == 0:
        said = f"chance in all {one.tests} tests" if one.tests > 1 else "chance in its one test"
    else:
        said = f"better than chance in {one.above} of {one.tests} tests"
    if one.above == 0 or not one.compared:
        return said
    if one.ahead > one.compared / 2:
        return f"{said}, ahead of co-expression in {one.ahead}"
    if one.behind > one.compared / 2:
        return f"{said}, behind co-expression in {one.behind}"
    return f"{said}, about level with co-expression"


def _sign(worth: Mapping) -> str:
    where = (worth.get("sign") or {}) | (worth.get(ELSEWHERE) or {})
    name, judged = next(iter(where.items()), ("", {}))
    if judged.get("auroc") is None:
        return "not judged on this panel"
    on = f"AUROC {judged['auroc']:.2f} on {literal(name)}"
    low = judged.get("low")
    if low is not None and low <= CHANCE:
        return f"none for certain ({on})"
    return f"{'weak' if judged['auroc'] < 0.7 else 'fair'} ({on})"


def _direction(worth: Mapping) -> str:
    judged = next(iter((worth.get("direction") or {}).values()), None)
    if judged is None:
        return "not judged on this panel"
    right = f"{judged['right']:.0%} right of {judged['edges']:,}"
    chance = 1 / math.sqrt(judged["edges"])  # two standard errors of a coin
    return f"none ({right})" if abs(judged["right"] - 0.5) <= chance else right


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
