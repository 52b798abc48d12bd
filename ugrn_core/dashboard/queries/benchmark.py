"""Which rows of the benchmark's table are shown, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from ugrn_core.experiment.catalog.backbones import CONTROL
from ugrn_core.experiment.evaluation import methods, shipped
from ugrn_core.settings import Settings

# The headline: the first measured speaks for the rest. First what the pages show unasked.
MAIN = (methods.ON_STRING, "stacked", "ensemble", "gdt", "vvp")


@dataclass(frozen=True)
class Choice:
    """Which rows of the table to show."""

    sampling: str
    genes: str
    recipe: str
    gene_set: str
    source: str


def like_the_paper(choice: Choice) -> bool:
    """Return whether rows of `choice` may stand beside the paper's figures: random negatives,
    all pairs, TFs+500, trained on hESC."""
    return replace(choice, recipe="") == Choice(
        sampling="paper", genes="all", recipe="", gene_set="TFs+500", source="hESC"
    )


def of_backbone(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of backbone `name`, its random-weights control and what needs no backbone,
    and the backbone's name; where none of it was judged, those of the first that was."""
    name = name.removesuffix(CONTROL)
    if "backbone" not in table:
        return table, name
    random = table.get("random_weights", pd.Series(False, index=table.index)).fillna(False)
    judged = list(dict.fromkeys(table.loc[~random.astype(bool), "backbone"]))
    judged = [b for b in judged if b != "none"]
    shown = name if name in judged or not judged else judged[0]
    return table[table["backbone"].isin(("none", shown, f"{shown}{CONTROL}"))], shown


def chosen_rows(table: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the rows of `choice` with `method` (a name) and `kind` (probe or control).

    A probe that only another recipe was used for is kept: it has no alternative.
    """
    rows = table[(table["sampling"] == choice.sampling) & (table["genes"] == choice.genes)]
    if "gene_set" in rows and choice.gene_set:
        rows = rows[rows["gene_set"] == choice.gene_set]
    if "source" in rows and choice.source:
        rows = _of_source(rows, choice)
    if "recipe" in rows and choice.recipe:
        offered = set(rows.loc[rows["recipe"] == choice.recipe, "probe"])
        rows = rows[(rows["recipe"] == choice.recipe) | ~rows["probe"].isin(offered)]
    rows = rows.copy()
    random = rows.get("random_weights", pd.Series(False, index=rows.index)).fillna(False)
    control = (rows["kind"] == "control") | random
    shown = [methods.title(p) for p in rows["probe"]]
    many = rows.loc[~control, "backbone"].nunique() > 1
    rows["method"] = [
        _method(name, backbone if many and not is_control else None, is_random)
        for name, backbone, is_control, is_random in zip(shown, rows["backbone"], control, random)
    ]
    rows["kind"] = ["control" if c else "probe" for c in control]
    order = {name: k for k, name in enumerate(dict.fromkeys((*MAIN, *methods.methods())))}
    rows["_order"] = [order.get(p, len(order)) for p in rows["probe"]]
    rows = rows.sort_values(["kind", "_order"], ascending=[False, True], kind="stable")
    return rows.drop(columns="_order").reset_index(drop=True)


def _of_source(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the rows of the source, and what needs no training from the other sources' rows: with
    all genes the test pairs are the same ones."""
    own = rows[rows["source"] == choice.source]
    if choice.genes != "all" or own.empty:
        return own
    cells = ["network", "dataset"]
    # The same known edges, or it would be another draw of test pairs.
    same = [*cells, "n_positives", "n_pairs"]
    judged = own[own["auprc"].notna()][[c for c in same if c in own]].drop_duplicates()
    free = rows[(rows["backbone"] == "none") & (rows["source"] != choice.source)]
    free = free[~free["probe"].isin({*own["probe"], "source degree"})]
    free = free.drop_duplicates(["probe", *cells]).merge(judged, how="inner")
    return pd.concat([own, free], ignore_index=True)


def _method(probe: str, backbone: str | None, is_random: bool) -> str:
    if is_random:
        return f"{probe}, random"
    return probe if backbone is None else f"{probe} ({backbone})"


def benchmark(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """Return the measured table, the published one, and the provenance of the measured one."""
    tables = sorted(shipped.benchmark_path(settings).parent.glob("*.parquet"))
    return _benchmark(settings, tuple((p.name, p.stat().st_mtime_ns) for p in tables))


@st.cache_resource(max_entries=2, show_spinner=False)
def _benchmark(
    settings: Settings, stamp: tuple[tuple[str, int], ...]
) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    # Shared, not copied: pages select from it and change nothing.
    table, about = shipped.benchmark_table(settings)
    return table, shipped.published_frame(), about
