"""A results table named for people: which rows belong together, and what they sum up to."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ugrn_core.data.beeline.layouts import DATASETS, NETWORKS
from ugrn_core.experiment.evaluation import methods
from ugrn_core.experiment.evaluation.shipped import published_frame

WORDS = ("backbone", "probe", "kind", "recipe", "source", "gene_set", "reason", "note")


def named(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with `cell` and `method`; columns an older table lacks are filled in."""
    rows = table.copy()
    for column in WORDS:
        if column not in rows:
            rows[column] = ""
        rows[column] = rows[column].fillna("").astype(str)
    random = rows["random_weights"] if "random_weights" in rows else pd.Series(False, rows.index)
    rows["random_weights"] = random.fillna(False).astype(bool)
    rows["cell"] = rows["network"].astype(str) + " · " + rows["dataset"].astype(str)
    own = rows[(rows["kind"] != "control") & ~rows["random_weights"]]
    many = own["backbone"].nunique() > 1
    rows["method"] = [_method(*row, many=many) for row in zip(*(rows[c] for c in _NAMED))]
    relaxed = rows["note"].str.contains(methods.RELAXED, regex=False)
    rows.loc[relaxed, "method"] += ", relaxed"
    return rows


_NAMED = ("probe", "recipe", "backbone", "kind", "random_weights")


def _method(probe: str, recipe: str, backbone: str, kind: str, random: bool, *, many: bool) -> str:
    name = probe + (f" ({recipe})" if recipe else "")
    if kind == "control":
        return name
    if random:
        return f"{name}, random weights" + (f" of {backbone}" if many else "")
    return f"{name}, {backbone}" if many else name


def sections(rows: pd.DataFrame) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Yield what a figure may hold together: one sampling, gene choice, gene set and source."""
    keys = ["source", "gene_set", "sampling", "genes"]
    for values, part in rows.groupby(keys, sort=False):
        yield dict(zip(keys, values)), part


def grid(rows: pd.DataFrame) -> pd.DataFrame:
    """Return BEELINE's 4 networks x 7 data sets: how many known edges were candidates, of all
    genes; `does not exist` for the six that nobody measured, `not asked for` for the others."""
    known = rows[rows["genes"] == "all"].drop_duplicates(["network", "dataset"])
    edges = {(r.network, r.dataset): r.n_positives + r.n_dropped for r in known.itertuples()}

    def cell(network: str, dataset: str) -> str:
        if (network, dataset) in edges:
            return f"{int(edges[network, dataset]):,}"
        nowhere = network == "LOF/GOF" and dataset != "mESC"
        return "does not exist" if nowhere else "not asked for"

    return pd.DataFrame(
        [[n, *(cell(n, d) for d in DATASETS)] for n in NETWORKS], columns=["network", *DATASETS]
    )


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with probes first, then controls, then random weights."""
    place = (rows["kind"] == "control") + 2 * rows["random_weights"]
    return rows.assign(_place=place).sort_values("_place", kind="stable").drop(columns="_place")


def summary(part: pd.DataFrame) -> pd.DataFrame:
    """Return one row a method: mean AUPRC over its cells, how many, and how many above chance;
    mean EPR and core seconds (of a data set) where rows have them.

    above_chance: cells whose interval's lower end lies above their prevalence.
    """
    done = part[part["auprc"].notna()]
    above = done["auprc_low"] > done["prevalence"]
    grouped = done.assign(above=above).groupby("method", sort=False)
    out = grouped.agg(
        mean_auprc=("auprc", "mean"), cells=("auprc", "size"), above_chance=("above", "sum")
    )
    for column in ("epr", "core_seconds"):
        if column in done and done[column].notna().any():
            out[f"mean_{column}"] = grouped[column].mean()
    out["above_chance"] = out["above_chance"].astype(int)
    missing = part[part["auprc"].isna()].groupby("method").size()
    out["missing"] = missing.reindex(out.index).fillna(0).astype(int)
    return out.sort_values("mean_auprc", ascending=False).reset_index()


def gains(part: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one row a method: its mean gain, and in how many cells it is ahead, and surely so."""
    told = part.assign(ahead=part[column] > 0, surely=part[f"{column}_low"] > 0)
    out = told.groupby("method", sort=False).agg(
        mean_gain=(column, "mean"),
        cells=(column, "size"),
        ahead=("ahead", "sum"),
        surely=("surely", "sum"),
    )
    return out.reset_index()


def beside_published(rows: pd.DataFrame) -> pd.DataFrame:
    """Return network, dataset, probe, published and ours, where both were measured alike.

    Alike: `paper` sampling, all genes, translators by the `paper` recipe trained on hESC, weights
    that were not drawn at random. `backbone` says whose figure ours is: the paper's is scGPT.
    """
    ours = rows[
        (rows["sampling"] == "paper")
        & (rows["genes"] == "all")
        & rows["recipe"].isin(["", "paper"])
        & (rows["source"] == "hESC")
        & rows["gene_set"].isin(["", "TFs+500"])
        & ~rows["random_weights"]
        & rows["auprc"].notna()
    ]
    paper = published_frame().rename(columns={"probe": "published_probe", "auprc": "published"})
    known = {m.published_as: m.name for m in methods.methods().values() if m.published_as}
    paper["probe"] = paper["published_probe"].map(known)
    joined = paper.merge(ours, on=["network", "dataset", "probe"])
    columns = ["network", "dataset", "published_probe", "published", "auprc", "backbone"]
    return joined[columns].rename(columns={"auprc": "ours"})


def reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Return method, reason and number of rows that hold no number."""
    missing = rows[rows["auprc"].isna()]
    counted = missing.groupby(["method", "reason"], sort=False).size()
    return counted.rename("rows").reset_index()
