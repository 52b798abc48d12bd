"""How often a run's proposed signs are right on the edges whose sign a reference knows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ugrn_core.benchmark.bootstrap import interval, regulator_weights, weighted_auroc
from ugrn_core.benchmark.metrics import auroc
from ugrn_core.experiment.references.known import Known

FEWEST = 10  # signed edges below which a share of them says nothing
REPLICATES = 1000


def sign_scores(known: Known, edges: pd.DataFrame) -> dict[str, dict]:
    """Return name -> how well the signs of an edge table fit each signed reference.

    edges: source, target, sign and gdt_peak, of a backbone without derivative vvp_effect. Of each:
    edges (signed ones among the table's pairs), activating (their share: what saying "activates"
    always gets right), right (share whose sign the table has), auroc (of the signed peak; 0.5 is
    chance) with its 95 % interval over regulators, low and high, None where it is not defined.
    References with fewer than FEWEST such edges are left out.
    """
    signed = known.frame[["source", "target"]].assign(**known.signs)
    strength = "gdt_peak" if "gdt_peak" in edges else "vvp_effect"
    table = edges[["source", "target", "sign", strength]].rename(columns={"sign": "proposed sign"})
    both = signed.merge(table, on=["source", "target"], validate="one_to_one")
    scores = {name: _score(both[both[name] != 0], name, strength) for name in known.signs}
    return {name: score for name, score in scores.items() if score is not None}


def _score(rows: pd.DataFrame, name: str, strength: str) -> dict | None:
    if len(rows) < FEWEST:
        return None
    up = rows[name].to_numpy() > 0
    values = rows[strength].to_numpy(dtype=float)
    return {
        "edges": len(rows),
        "activating": float(up.mean()),
        "right": float(((rows["proposed sign"].to_numpy() > 0) == up).mean()),
    } | area(up, values, rows["source"].to_numpy())


def area(up: np.ndarray, values: np.ndarray, regulators: np.ndarray) -> Mapping[str, float | None]:
    """Return auroc of `values` (N,) for `up` (N,) bool, low and high of its 95 % interval over
    regulators (N,), wide enough for few of them; None where one is not defined."""
    names, groups = np.unique(regulators.astype(str), return_inverse=True)
    weights = regulator_weights(len(names), REPLICATES, np.random.default_rng(0))
    drawn = weighted_auroc(up, values, groups, weights)
    low, high = interval(drawn, regulators=len(names))
    told = {"auroc": float(auroc(up, values)), "low": low, "high": high}
    return {name: None if np.isnan(value) else value for name, value in told.items()}
