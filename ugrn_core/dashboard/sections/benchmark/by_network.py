"""The first screen of the Probe benchmark: each network's tests beside chance and a yardstick."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.charts.scores import network_forest
from ugrn_core.dashboard.queries.benchmark import MAIN
from ugrn_core.dashboard.sections.benchmark.opening import is_network
from ugrn_core.dashboard.theme import Palette

_SIDE_BY_SIDE = 4


def draw(
    rows: pd.DataFrame,
    yardstick: str,
    words: str,
    colours: Palette,
    reference: str | None = None,
) -> None:
    """Draw the main method's tests, one small figure a network.

    rows: of `queries.benchmark.chosen_rows`. yardstick: the probe that knows no regulation; words:
    what it is called. reference: the network that the sidebar chose; it stands first.
    """
    measured = rows[rows["auprc"].notna()]
    learned = measured[measured["kind"] == "probe"]
    probe = next((p for p in MAIN if (learned["probe"] == p).any()), None)
    if probe is None:
        return
    main = learned[learned["probe"] == probe]
    rival = measured[measured["probe"] == yardstick]
    networks = list(dict.fromkeys(main["network"]))
    networks.sort(key=lambda network: not is_network(network, reference))
    columns = st.container(key="networks").columns(min(len(networks), _SIDE_BY_SIDE))
    for k, network in enumerate(networks):
        mine, other = (t[t["network"] == network] for t in (main, rival))
        columns[k % len(columns)].plotly_chart(
            network_forest(mine, other, network, words, colours),
            config=CONFIG,
            key=f"network_{k}",
            alt=f"AUPRC of {len(mine)} tests on {network}, with 95 % intervals",
        )
    st.caption(
        "One line a test: a data set that the translators have not seen. Dot: "
        f"{main['method'].iloc[0]}, with its 95 % interval over regulators. Diamond: {words} "
        "alone, no model. Upright mark: chance. Right of a mark is better than it."
    )
