"""The edge table of a probed panel: every regulator-target pair, ranked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ugrn_core.translators.translator_set import TranslatorSet
from ugrn_core.types import ProbeTensor, ReferenceNetwork


def strongest(values: np.ndarray, axis: int) -> np.ndarray:
    """Return, along `axis`, the value of largest magnitude, with its sign."""
    at = np.expand_dims(np.abs(values).argmax(axis=axis), axis)
    return np.take_along_axis(values, at, axis=axis).squeeze(axis)


TOP_PERCENT = 5.0  # of all pairs: the best ones, when seeds or backbones are asked to agree


def in_top(scores: np.ndarray) -> np.ndarray:
    """Return (K, N) bool: is the pair among the best TOP_PERCENT of its row of `scores` (K, N)?"""
    count = max(1, round(scores.shape[1] * TOP_PERCENT / 100))
    best = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    top = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(top, best, True, axis=1)
    return top


def all_pairs(tensor: ProbeTensor) -> np.ndarray:
    """Return the (N, 2) pairs (row in sources, position in genes) without self-pairs."""
    where = {g: k for k, g in enumerate(tensor.genes)}
    keep = np.ones((len(tensor.sources), len(tensor.genes)), dtype=bool)
    keep[np.arange(len(tensor.sources)), [where[s] for s in tensor.sources]] = False
    return np.argwhere(keep)


def edge_frame(
    tensors: dict[str, ProbeTensor],
    translator: TranslatorSet | None,
    references: tuple[ReferenceNetwork, ...] = (),
    labels: dict[str, str] | None = None,
    as_given: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return one row a pair, best first, with the columns of the export contract.

    probability: of the ensemble; NaN without a translator, and the rank then goes by |gdt_peak|.
    vvp_effect, gdt_peak: the value of largest magnitude over the grid, in the backbone's units.
    sign: of the mean GDT over the grid, +1 or -1: a proposal, not a measurement.
    Of a backbone without derivative there is no gdt_peak; the rank then goes by |vvp_effect|, the
    sign by the slope of a line through the responses.
    percentile: share of pairs ranked at or below, in (0, 100]. n_seeds_stable: with how many of the
    translator's seeds the pair is among the best TOP_PERCENT of all; only where there are several.
    labels: token -> symbol to show. as_given: symbol -> how a list names it; where a list names any
    gene otherwise, the columns source_as_given and target_as_given say how.
    """
    pairs = all_pairs(tensors["vvp"])
    if translator is None:
        probability, stable = np.full(len(pairs), np.nan), None
    else:
        probability, seeds = translator.probabilities(tensors, pairs)
        stable = in_top(seeds).sum(axis=0).astype(np.int16) if len(seeds) > 1 else None
    frame = _columns(tensors, pairs, probability, labels or {})
    if stable is not None:
        frame["n_seeds_stable"] = stable
    raw = frame["gdt_peak" if "gdt" in tensors else "vvp_effect"].to_numpy()
    order_by = np.abs(raw) if translator is None else probability
    _add_as_given(frame, as_given or {})
    for network in references:
        frame[f"in_{network.name}"] = _known(frame, network)
    order = np.argsort(-order_by, kind="stable")
    frame = frame.iloc[order].reset_index(drop=True)
    frame.insert(3, "rank", np.arange(1, len(frame) + 1))
    frame.insert(4, "percentile", 100 * (1 - np.arange(len(frame)) / len(frame)))
    return frame


def _add_as_given(frame: pd.DataFrame, as_given: Mapping[str, str]) -> None:
    """Add how a list names the genes, where it names any otherwise than by its symbol."""
    if any(given != symbol for symbol, given in as_given.items()):
        for end in ("source", "target"):
            frame[f"{end}_as_given"] = [as_given.get(s, s) for s in frame[end]]


def _columns(
    tensors: dict[str, ProbeTensor],
    pairs: np.ndarray,
    probability: np.ndarray,
    labels: dict[str, str],
) -> pd.DataFrame:
    """Return the columns that do not depend on the order, in the order of `pairs`."""
    vvp, gdt = tensors["vvp"], tensors.get("gdt")
    rows, columns = pairs.T
    shown = np.array([labels.get(g, g) for g in vvp.genes], dtype=object)
    where = {g: k for k, g in enumerate(vvp.genes)}
    at = np.array([where[s] for s in vvp.sources])
    slope = slopes(tensors)
    peak = {} if gdt is None else {"gdt_peak": strongest(gdt.values, 1)[rows, columns]}
    return pd.DataFrame(
        {
            "source": shown[at[rows]],
            "target": shown[columns],
            "probability": probability,
            "sign": np.where(slope[rows, columns] >= 0, 1, -1).astype(np.int8),
            "vvp_effect": strongest(vvp.values, 1)[rows, columns],
            **peak,
            "reverse_probability": _reverse(probability, pairs, at, len(shown)),
        }
    )


def slopes(tensors: Mapping[str, ProbeTensor]) -> np.ndarray:
    """Return (S, G), the number whose sign is the column `sign`: the mean GDT; without derivative,
    up to a positive factor, the slope of a line through the responses."""
    if "gdt" in tensors:
        return tensors["gdt"].values.mean(axis=1)
    vvp = tensors["vvp"]
    grid = np.array(vvp.provenance["settings"]["grid"])
    return np.einsum("t,stg->sg", grid - grid.mean(), vvp.values)


def _reverse(
    probability: np.ndarray, pairs: np.ndarray, at: np.ndarray, n_genes: int
) -> np.ndarray:
    """Return the (N,) probability of target -> source; NaN where the target was not probed."""
    table = np.full((len(at), n_genes), np.nan)
    table[pairs[:, 0], pairs[:, 1]] = probability
    row = np.full(n_genes, -1)
    row[at] = np.arange(len(at))
    back = row[pairs[:, 1]]
    return np.where(back >= 0, table[back, at[pairs[:, 0]]], np.nan)


def _known(frame: pd.DataFrame, network: ReferenceNetwork) -> np.ndarray:
    """Return (N,) bool: is the pair an edge of `network`?"""
    edges = {(network.genes[a], network.genes[b]) for a, b in network.edges}
    return np.fromiter(
        ((s, t) in edges for s, t in zip(frame["source"], frame["target"])), bool, len(frame)
    )
