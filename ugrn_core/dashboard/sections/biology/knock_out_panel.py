"""A panel for a knock-out out of all genes: one gene, what the atlas knows of it, a gene set, and
genes drawn at random beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.shell.address import choice
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.dashboard.widgets.gene_sets import set_title
from ugrn_core.data.gene_sets import shipped_sets
from ugrn_core.experiment.atlas.scoring import BEST_REGULATORS, BEST_TARGETS
from ugrn_core.experiment.catalog.datasets import PASTED
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

AT_RANDOM = 250  # genes that the answers of others are judged by
NO_SET = "none"
SEED = 0


def controls(view: View, results: Results) -> tuple[View, str] | None:
    """Draw which gene and which set the panel is made of; return the view of that panel and the
    gene, or None where none was chosen."""
    left, right = st.columns(2)
    with left:
        first = str(edges.summary(view.run_id, results)["top"][0])
        gene = gene_box(view, "A panel around", "around", tuple(results.genes), first)
    with right:
        sets = shipped_sets("hallmark").sets
        titles = {NO_SET: "no set"} | {name: set_title(name) for name in sets}
        chosen = choice("And with the genes of", "with_set", titles)
    if gene is None:
        return None
    members = sets.get(chosen, ())
    entries = panel(results, gene, members)
    spec = run_spec.Spec(view.spec.backbone, PASTED, genes=entries)
    ready = run_spec.prepare(view.settings, spec)
    st.caption(
        f"All genes are too many for one virtual cell: this one holds {len(ready.study.panel):,}, "
        f"{literal(gene)}, its up to {BEST_TARGETS} best targets and {BEST_REGULATORS} best "
        f"regulators of the atlas, {len(members):,} genes of the set, and {AT_RANDOM} drawn at "
        "random. Other genes in the cell change every number a little."
    )
    shown = ready.study.labels
    labels = {shown.get(token, token) for token in ready.study.panel.genes}
    if gene not in labels:
        return None
    return replace(view, spec=spec, run_id=ready.run_id, dataset=None), gene


def panel(results: Results, gene: str, members: tuple[str, ...]) -> tuple[str, ...]:
    """Return the genes of the panel, each once: `gene` first, what the atlas knows of it, the
    set's, then those drawn at random; all of them the atlas's."""
    targets = edges.ranked(results, gene, "source")["target"].head(BEST_TARGETS)
    regulators = edges.ranked(results, gene, "target")["source"].head(BEST_REGULATORS)
    here = set(results.genes)
    chosen = dict.fromkeys([gene, *targets, *regulators, *(g for g in members if g in here)])
    rest = [g for g in results.genes if g not in chosen]
    rng = np.random.default_rng(SEED)
    drawn = rng.choice(len(rest), min(AT_RANDOM, len(rest)), replace=False)
    return (*map(str, chosen), *(rest[k] for k in sorted(drawn)))
