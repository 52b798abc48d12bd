"""The Start page's parts: the search, worked examples with a picture each, what this is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from ugrn_core.dashboard.charts import thumbnails
from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results

_BARS, _POINTS = 5, 8  # genes of the pictures
_TELLS_APART = 0.05  # between the scores of a picture's genes
_ROUNDED = 5e-6  # by which a kept score may be off
WHAT = (
    "UGRN asks a single-cell foundation model which genes go together: it sets one gene's value in "
    "a virtual cell and watches what the model writes for every other gene.",
    "From that each pair of a regulator and a target gets a score from 0 to 1, to rank pairs with: "
    "it is the model's opinion, no measured binding and no causal effect.",
    "How often it is right was measured on known networks, beside controls that know no biology: "
    "look there before you trust a list.",
)


def search(view: View) -> tuple[str, bool] | None:
    """Draw the search box, which answers before anything was computed; return the gene, and whether
    it is a regulator."""
    study = run_spec.prepare(view.settings, view.spec).study
    shown = {token: study.labels.get(token, token) for token in study.panel.genes}
    gene = gene_box(view, "Find a gene or a transcription factor", "search", tuple(shown.values()))
    return None if gene is None else (gene, gene in {shown[t] for t in study.regulators})


def ways(gene: str, is_regulator: bool, results: Results | None) -> None:
    """Draw links from `gene` to the pages that answer for it; to the curves of its best pair, too,
    where there are results."""
    with st.container(border=True, horizontal=True):
        navigation.link(
            "regulators",
            f"Who regulates {gene}?",
            ":material/south_east:",
            gene=gene,
            side="regulators",
        )
        if is_regulator:
            navigation.link(
                "regulators",
                f"What does {gene} regulate?",
                ":material/north_east:",
                gene=gene,
                side="targets",
            )
        navigation.link("network", f"The network around {gene}", ":material/hub:", centre=gene)
        if results is not None:
            _evidence(gene, results)


def _evidence(gene: str, results: Results) -> None:
    rows = edges.ranked(results, gene, "target").head(1)
    if rows.empty:  # a regulator that is no target
        rows = edges.ranked(results, gene, "source").head(1)
    for source, target in zip(rows["source"], rows["target"]):
        navigation.link(
            "gene_pair",
            f"Its best pair, {source} → {target}: the curves",
            ":material/show_chart:",
            source=source,
            target=target,
        )


def examples(view: View, results: Results, colours: Palette) -> None:
    """Draw three cards into this very run, made from its best pair."""
    source, target = edges.summary(view.run_id, results)["top"]
    st.header("Or begin with an example", anchor=False)
    pair, table, network = st.columns(3)
    with pair:
        _card(
            lambda: _curve(results, source, target, colours),
            "gene_pair",
            f"The top pair, {source} → {target}: its curves",
            f"How much more {target} the model writes the more {source} there is.",
            {"source": source, "target": target},
        )
    with table:
        _card(
            lambda: _ranking(results, target, colours),
            "regulators",
            f"Regulators of {target}, ranked",
            "Every regulator with its score, its rank, and who knows of it.",
            {"gene": target, "side": "regulators"},
        )
    with network:
        _card(
            lambda: _star(results, source, colours),
            "network",
            f"The network around {source}",
            "A drawing in which every gene and edge leads somewhere.",
            {"centre": source},
        )


def _card(
    picture: Callable[[], str], page: str, label: str, words: str, there: dict[str, str]
) -> None:
    with st.container(border=True, height="stretch"):
        if drawn := picture():
            st.container(key=f"picture_{page}").html(drawn)
        navigation.link(page, label, ":material/arrow_forward:", **there)
        st.caption(words)


def _curve(results: Results, source: str, target: str, colours: Palette) -> str:
    """The response of the pair; the pair alone where it would have to be computed first."""
    if not results.whole:
        return thumbnails.pair(source, target, f"{source} acts on {target}", colours)
    curves = results.curves(source, target)
    said = f"Response of {target} to {source}"
    return thumbnails.curve(curves.grid, curves.vvp, said, colours)


def _ranking(results: Results, target: str, colours: Palette) -> str:
    rows = edges.ranked(results, target, "target").head(_BARS)
    size = rows["probability"].fillna(rows["vvp_effect"].abs())
    if size.min() > 1 - _TELLS_APART and size.max() <= 1:  # bars of one length: by their log-odds
        share = size.clip(upper=1 - _ROUNDED)
        size = np.log(share / (1 - share))
    said = f"The best {len(rows)} regulators of {target}"
    return thumbnails.ranking(list(rows["source"]), list(size), said, colours)


def _star(results: Results, source: str, colours: Palette) -> str:
    names = list(edges.ranked(results, source, "source")["target"].head(_POINTS))
    return thumbnails.star(source, names, f"{source} and its best targets", colours)


def what_this_is() -> None:
    """Draw what this is in three sentences, and where it is measured."""
    st.header("What this is", anchor=False)
    for sentence in WHAT:
        st.markdown(f"- {sentence}")
    with st.container(horizontal=True):
        navigation.link("probe_benchmark", "How far can I trust it?", ":material/verified:")
        navigation.link(
            "probe_lab", "Try it: turn a knob, watch every gene", ":material/tune:", lab_tour="1"
        )
    st.caption(
        "Method: Qi, Li, Cui, Zheng, Huang, “Towards Universal Gene Regulatory Network "
        "Inference”, ICML 2026 (arXiv 2605.08128)."
    )
