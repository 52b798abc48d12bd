"""The paper's figures beside computed ones and their controls, and what that says in words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ugrn_core.experiment.evaluation import methods
from ugrn_core.experiment.evaluation.shipped import FIGURES, PROBES

PAPER, MATCHED = "paper", "matched"
CLOSE = 0.03  # from a published figure that is said to agree
CHANCE = 0.5  # balanced test pairs
CONTROLS = ("popularity oracle", "source degree", "target is TF")
TABLE = ("emb-cosine", "emb-centred")  # of the backbone's own gene vectors: no network is run
WEIGHTS = "random weights"
COLUMNS = (
    *("preset", "sampling", "network", "dataset", "method", "published", "computed"),
    *("low", "high", "random_weights", "popularity", "gene_table", "agrees", "tells", "reason"),
)


def asked_methods() -> tuple[str, ...]:
    """Return the methods of the paper's table and the controls beside it, as `benchmark` names
    them."""
    published = [methods.published(name) for name in PROBES]
    return (*(m.name for m in published if m is not None), *TABLE, *CONTROLS)


def compared(results: pd.DataFrame, preset: str) -> pd.DataFrame:
    """Return one row, COLUMNS, a sampling x cell x method of the paper's table; `results` are the
    rows of `zeroshot.run` with all genes.

    published: the paper's figure, also beside `matched`, where it is no equal. random_weights,
    popularity, gene_table: AUPRC of the same method under random weights, of the popularity
    oracle, and of the better of TABLE. agrees: published lies in the 95 % interval, or within
    CLOSE; None under `matched`. tells: the interval is above chance, and above random weights.
    """
    rows = results[results["genes"] == "all"]
    known = _by_cell(rows[~_is_random(rows)])
    random = _by_cell(rows[_is_random(rows)])
    table = []
    for sampling in dict.fromkeys(rows["sampling"]):
        for (network, dataset), values in FIGURES.items():
            for method, published in zip(PROBES, values):
                name = methods.published(method).name
                at = sampling, network, dataset
                if (*at, name) in known:
                    table.append(
                        [preset, *at, method, published, *_judged(known, random, at, name)]
                    )
    return pd.DataFrame(table, columns=list(COLUMNS)[: len(COLUMNS)])


def _judged(known: dict, random: dict, at: tuple[str, str, str], name: str) -> list:
    own, control = known[(*at, name)], random.get((*at, name))
    value, low, high = own["auprc"], own["auprc_low"], own["auprc_high"]
    weights = control["auprc"] if control is not None else float("nan")
    tables = [known[(*at, t)]["auprc"] for t in TABLE if (*at, t) in known]
    oracle = known.get((*at, CONTROLS[0]))
    published = _published(at, name)
    if pd.isna(value):
        agrees, tells = None, None
    else:
        agrees = bool(low <= published <= high or abs(value - published) <= CLOSE)
        tells = bool(low > CHANCE and not low <= weights)
    return [
        *(value, low, high, weights),
        oracle["auprc"] if oracle is not None else float("nan"),
        max(tables, default=float("nan")),
        agrees if at[0] == PAPER else None,
        tells,
        own["reason"] or "",
    ]


def _published(at: tuple[str, str, str], name: str) -> float:
    values = dict(zip(PROBES, FIGURES[at[1], at[2]]))
    return values[methods.method(name).published_as]


def _is_random(rows: pd.DataFrame) -> pd.Series:
    return rows["random_weights"].fillna(False).astype(bool)


def _by_cell(rows: pd.DataFrame) -> dict[tuple[str, str, str, str], dict]:
    keys = ["sampling", "network", "dataset", "probe"]
    return {tuple(row[k] for k in keys): row for row in rows.to_dict("records")}


def sentences(table: pd.DataFrame, backbone: str) -> Iterator[str]:
    """Yield what `table`, of one preset, says of `backbone`, the verdict first."""
    paper = table[(table["sampling"] == PAPER) & table["computed"].notna()]
    if paper.empty:
        yield "No figure of the paper's table could be computed here: see the reasons in the table."
        return
    agree, tell = int(paper["agrees"].sum()), int(paper["tells"].sum())
    most = paper["published"][paper["agrees"].astype(bool)].max()
    yield (
        f"Of {len(paper)} of the paper's figures computed with {backbone}, {agree} agree with the "
        f"published one (in its 95 % interval, or within {CLOSE:g})."
    )
    if tell == 0:
        yield (
            "All are at chance: none is above both 0.5 and the same network with random weights. "
            "These weights say nothing of these networks"
            + (
                f"; where a figure agrees, the published one is {most:.2f} or less."
                if agree
                else "."
            )
        )
    else:
        yield f"{tell} are above both chance (0.5) and the same network with random weights."
    for method, rows in paper.groupby("method", sort=False):
        yield _of_method(str(method), rows)
    yield from _of_matched(table[(table["sampling"] == MATCHED) & table["computed"].notna()])
    oracle = paper.groupby(["network", "dataset"])["popularity"].first()
    if oracle.notna().any():
        yield (
            "A score that only counts how many edges a gene has in the test network reaches "
            f"{oracle.min():.2f} to {oracle.max():.2f} under the paper's sampling: a high figure "
            "there is no sign that pairs are told apart."
        )


def _of_matched(matched: pd.DataFrame) -> Iterator[str]:
    for method in ("GDT", "Ensemble"):
        rows = matched[matched["method"] == method]
        if len(rows):
            yield (
                f"{method} with negatives as popular as the edges (matched): "
                f"{rows['computed'].min():.2f} to {rows['computed'].max():.2f}, "
                f"{int(rows['tells'].sum())} of {len(rows)} above chance and random weights, "
                f"{int((rows['low'] > rows['gene_table']).sum())} above the cosine of the "
                "backbone's own gene vectors."
            )


def _of_method(method: str, rows: pd.DataFrame) -> str:
    published, computed = rows["published"], rows["computed"]
    return (
        f"{method}: {int(rows['agrees'].sum())} of {len(rows)} agree, {int(rows['tells'].sum())} "
        f"above chance and random weights; published {published.min():.2f} to "
        f"{published.max():.2f}, computed {computed.min():.2f} to {computed.max():.2f}."
    )
