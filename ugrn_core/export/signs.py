"""Whether a proposed sign may stand in a file as a fact: as a relation, or in an edge's weight.

The column `sign` is written as it is, beside its measured worth in the provenance. Where a format
has a word or a weight instead, readers take it for knowledge: it stays neutral unless the run's own
signs were found right on every reference network that knows signs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

INTERACTION = "interaction"  # the column Cytoscape keeps relations in
RELATIONS = {1: "activates", -1: "represses"}
NEUTRAL = "regulates"
ERRORS = 2  # standard errors that an AUROC must lie above chance


def are_known(provenance: Mapping) -> bool:
    """Return whether the signs of the run that `provenance` tells of were measured, and found to
    say something on each network asked: more are right than by always saying the commoner one, and
    their AUROC is above chance by ERRORS of its standard errors under chance."""
    worth = provenance.get("worth")
    judged = worth.get("sign") if isinstance(worth, Mapping) else None
    if not isinstance(judged, Mapping) or not judged:
        return False
    return all(_says_something(score) for score in judged.values())


def _says_something(score: Mapping) -> bool:
    up, edges, area = score["activating"], score["edges"], score.get("auroc")
    positive, negative = up * edges, (1 - up) * edges
    if area is None or score["right"] <= max(up, 1 - up) or min(positive, negative) < 1:
        return False
    chance = np.sqrt((edges + 1) / (12 * positive * negative))  # Mann and Whitney 1947
    return bool(area - 0.5 > ERRORS * chance)


def relations(frame: pd.DataFrame, provenance: Mapping) -> list[str]:
    """Return a word for each edge of `frame`: regulates; where signs `are_known`, activates
    (sign > 0) or represses (< 0)."""
    if "sign" not in frame.columns or not are_known(provenance):
        return [NEUTRAL] * len(frame)
    signs = pd.to_numeric(frame["sign"], errors="coerce").fillna(0)
    return [RELATIONS.get((s > 0) - (s < 0), NEUTRAL) for s in signs]


def weights(frame: pd.DataFrame, provenance: Mapping) -> pd.Series:
    """Return each edge's weight: its probability; where signs `are_known`, of edges with a negative
    one its negative."""
    weight = frame["probability"].astype(float)
    if "sign" not in frame.columns or not are_known(provenance):
        return weight
    return weight.where(~pd.to_numeric(frame["sign"], errors="coerce").lt(0), -weight)
