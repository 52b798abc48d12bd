"""The card beside a drawing: the gene or the edge that is picked, and where it leads."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.network.drawing import STATUSES, Drawing
from ugrn_core.dashboard.shell import address, navigation
from ugrn_core.dashboard.text import sign_word
from ugrn_core.markdown import literal

_KEY, _NOTHING, _BETWEEN = "picked", "none", ">"


def pick(clicked: dict) -> None:
    """Pick what was clicked, {"gene"}, {"edge": [source, target]} or nothing; in a callback."""
    gene, edge = clicked.get("gene"), clicked.get("edge")
    name = gene if isinstance(gene, str) else _NOTHING
    if isinstance(edge, list | tuple) and len(edge) == 2:
        name = _BETWEEN.join(map(str, edge))
    address.choose(_KEY, name)


def draw(
    what: Drawing, regulators: frozenset[str], more: Callable[[str], None] | None
) -> tuple[str, ...]:
    """Draw the card; return what is picked: (gene,), (source, target) or ().

    A box on it picks, too, for those who use no mouse. more: draws further ways of a gene.
    """
    genes = {gene: (gene,) for gene in sorted(what.positions)}
    pairs = zip(what.edges["source"], what.edges["target"])
    edges = {_BETWEEN.join(pair): pair for pair in pairs}
    names = {_NOTHING: ()} | genes | edges
    if (address.chosen(_KEY) or _NOTHING) not in names:
        address.choose(_KEY, _NOTHING)  # of another drawing
    titles = {name: " → ".join(at) or "Nothing yet" for name, at in names.items()}
    picked = names[address.choice("Gene or edge", _KEY, titles)]
    if not picked:
        st.caption(
            "Click a gene or an edge in the drawing, or choose one here: what is known of it, and "
            "where to go on."
        )
    elif len(picked) == 1:
        _gene(picked[0], what, regulators, more)
    else:
        _edge(picked, what)
    return picked


def _gene(
    gene: str,
    what: Drawing,
    regulators: frozenset[str],
    more: Callable[[str], None] | None,
) -> None:
    ins, outs = ((what.edges[end] == gene).sum() for end in ("target", "source"))
    kind = "Regulator" if gene in regulators else "Gene"
    group = f", community {what.groups[gene]}" if gene in what.groups else ""
    st.caption(f"{kind}{group}. Drawn edges: {ins:,} in, {outs:,} out.")
    navigation.link("network", "Centre it", ":material/hub:", centre=gene)
    navigation.link(
        "regulators", "Its regulators", ":material/south_east:", gene=gene, side="regulators"
    )
    if gene in regulators:
        navigation.link(
            "regulators", "Its targets", ":material/north_east:", gene=gene, side="targets"
        )
    if more is not None:
        more(gene)


def _edge(pair: tuple[str, str], what: Drawing) -> None:
    source, target = pair
    edges = what.edges
    row = edges[(edges["source"] == source) & (edges["target"] == target)].iloc[0]
    score = row.get("probability")
    facts = [] if score is None or pd.isna(score) else [f"score **{float(score):.3f}**"]
    facts.append(f"rank {int(row['rank']):,}")
    if what.colour_by == "sign":
        facts.append(f"proposed sign {sign_word(row['sign'])}")
    if row.get("status") in STATUSES:
        facts.append(STATUSES[row["status"]].words)
    said = ", ".join(facts)
    st.caption(f"{literal(source)} → {literal(target)}: {said}.")
    navigation.link(
        "gene_pair", "Why? Its curves", ":material/show_chart:", source=source, target=target
    )
    navigation.link("network", f"Centre {source}", ":material/hub:", centre=source)
    navigation.link("network", f"Centre {target}", ":material/hub:", centre=target)
