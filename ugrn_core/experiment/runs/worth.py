"""What the numbers of a run are worth: how far two of them are one, and how often the sign and the
direction are right on the reference networks that know them.

Every figure is measured on the run's own pairs. A network that knows no signs, or draws all edges
both ways, says nothing, and nothing is printed for it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ugrn_core.experiment.references.judging import FEWEST, area
from ugrn_core.experiment.runs.edges import all_pairs
from ugrn_core.translators.stacked import STACKED
from ugrn_core.types import ProbeTensor, ReferenceNetwork

ONE_NUMBER = 0.99  # correlation from which two numbers of a pair are shown as one: 98 % of variance


def measured(
    tensors: Mapping[str, ProbeTensor],
    frame: pd.DataFrame,
    references: tuple[ReferenceNetwork, ...],
    labels: Mapping[str, str],
) -> dict:
    """Return, as plain JSON types, what a run's numbers are worth.

    tensors: vvp, gdt where the backbone has it, and, where the translator reads it, the stacked
    one. frame: the run's edge
    table; labels: token -> symbol in it. In the result vvp_gdt: Pearson correlation over all pairs
    between VVP and GDT, as the translator reads them, else their means over the grid; reverse: the
    same between score and reverse score. sign and direction: network -> see `_sign`, `_direction`.
    None where a correlation is not defined.
    """
    both = frame[["probability", "reverse_probability"]].dropna()
    slopes = _slopes(tensors["gdt"], labels) if "gdt" in tensors else {}
    sign = {n.name: numbers for n in references if (numbers := _sign(n, slopes))}
    direction = {n.name: numbers for n in references if (numbers := _direction(n, frame))}
    return {
        "vvp_gdt": _correlation(*_as_read(tensors)) if "gdt" in tensors else None,
        "reverse": _correlation(both["probability"], both["reverse_probability"]),
        "sign": sign,
        "direction": direction,
    }


def one_number(worth: Mapping) -> bool:
    """Return whether VVP and GDT say the same of every pair of the run that `worth` is of."""
    return abs(worth.get("vvp_gdt") or 0.0) >= ONE_NUMBER


def _as_read(tensors: Mapping[str, ProbeTensor]) -> tuple[np.ndarray, np.ndarray]:
    """Return both numbers (N,) of every pair."""
    rows, columns = all_pairs(tensors["vvp"]).T
    if STACKED in tensors:
        values = tensors[STACKED].values
        return values[rows, 0, columns], values[rows, 1, columns]
    response, slope = (tensors[name].values.mean(axis=1) for name in ("vvp", "gdt"))
    return response[rows, columns], slope[rows, columns]


def _correlation(x, y) -> float | None:
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(x) < 3 or x.std() == 0 or y.std() == 0:
        return None
    return round(float(np.corrcoef(x, y)[0, 1]), 4)


def _slopes(gdt: ProbeTensor, labels: Mapping[str, str]) -> dict[tuple[str, str], float]:
    """Return the mean slope of every pair, by its symbols: what the sign column goes by."""
    pairs = all_pairs(gdt)
    means = gdt.values.mean(axis=1)[pairs[:, 0], pairs[:, 1]]
    sources = [labels.get(g, g) for g in gdt.sources]
    genes = [labels.get(g, g) for g in gdt.genes]
    return {(sources[i], genes[j]): float(value) for (i, j), value in zip(pairs, means)}


def _sign(network: ReferenceNetwork, slopes: Mapping[tuple[str, str], float]) -> dict | None:
    """Return for a network's signed edges among the pairs: edges, activating (their share),
    right (share with the sign that the slope has), auroc (of the slope) with low and high of its
    95 % interval over regulators; None with too few."""
    if network.signs is None:
        return None
    names = [(network.genes[a], network.genes[b]) for a, b in network.edges]
    known = [(n[0], slopes[n], s > 0) for n, s in zip(names, network.signs) if s and n in slopes]
    if len(known) < FEWEST:
        return None
    regulators, slope, up = map(np.array, zip(*known))
    return {
        "edges": len(known),
        "activating": float(up.mean()),
        "right": float(((slope >= 0) == up).mean()),
    } | area(up, slope, regulators)


def _direction(network: ReferenceNetwork, frame: pd.DataFrame) -> dict | None:
    """Return for edges that a network knows in one direction only, both genes regulators: edges,
    right (share whose known direction scores higher, ties half); None with too few."""
    known = {(network.genes[a], network.genes[b]) for a, b in network.edges}
    one_way = [(s, t) for s, t in known if (t, s) not in known]
    scores = frame.set_index(["source", "target"])[["probability", "reverse_probability"]].dropna()
    there = scores[scores.index.isin(one_way)]
    if len(there) < FEWEST:
        return None
    gap = (there["probability"] - there["reverse_probability"]).to_numpy()
    return {"edges": len(there), "right": float(((gap > 0) + 0.5 * (gap == 0)).mean())}
