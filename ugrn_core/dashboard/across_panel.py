"""The Gene pair page's comparison over backbones, the random-weights controls among them."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.charts.across import small_multiples
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.shell.address import bound
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.text import literal
from ugrn_core.dashboard.theme import Palette
from ugrn_core.experiment.catalog import translators
from ugrn_core.experiment.runs import across_backbones


@st.cache_data(max_entries=64, show_spinner="Asking every backbone about this pair")
def _answers(run_id: str, stamp: int, _view: View, source: str, target: str):
    return across_backbones.answers(_view.settings, _view.spec, source, target)


def draw(view: View, names: tuple[str, str], colours: Palette) -> None:
    """Draw the switch and, where it is on, one small panel a backbone with what they say."""
    st.header("What other backbones say", anchor=False)
    bound("Ask every backbone", "across", {"true", "false"}.__contains__)
    asked = st.toggle(
        "Ask every backbone on this machine, and random weights",
        key="across",
        bind="query-params",
        help="One sweep of the regulator for each; some seconds the first time",
    )
    if not asked:
        return
    found = _answers(view.run_id, translators.stamp(view.settings), view, *names)
    answered = [a for a in found if not a.missing]
    if answered:
        st.plotly_chart(
            small_multiples(answered, names, colours),
            config=CONFIG,
            key="across_chart",
            alt=f"Response of {names[1]} to {names[0]} under {len(answered)} backbones",
        )
        st.caption(
            "Each panel has its own scale. The grey band holds 95 % of the regulator's targets "
            "under the same backbone. Dashed: random weights, which know nothing. A pair that "
            "stands out there, too, stands out for the network's shape, not for what it learned."
        )
    for answer in found:
        if answer.missing:
            st.caption(f"{literal(answer.title)}: {literal(answer.missing)}")
