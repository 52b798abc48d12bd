"""PIDC: partial information decomposition and context (Chan, Stumpf and Babtie 2017).

For a target X and two sources Y, Z, what Y alone tells of X is its mutual information less what
both tell redundantly (Williams and Beer's minimum of specific informations). Its share of I(X; Y),
summed over all third genes Z and both directions, is the proportional unique contribution of a
pair; its place among those of either gene, by a fitted gamma distribution, is the pair's score. It
has no direction. Values are cut into Bayesian blocks (Scargle et al. 2013, with the prior of their
equation 21), probabilities are maximum likelihood, as the authors' NetworkInference.jl has them;
tested against the values that come with it.

The sum over Z is exact and needs no loop over triples: a minimum with all others is a prefix sum
over sorted values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import gamma, norm

from ugrn_core.classical.base import Task, measured_rows
from ugrn_core.types import Expression, ReferenceNetwork

FALSE_POSITIVES = 0.05  # of blocks, that Scargle's prior allows


@dataclass(frozen=True)
class PIDC:
    """Scores in 0 to 2, the same both ways; 0 without mutual information. false_positives: see
    `blocks`."""

    name: ClassVar[str] = "PIDC"
    source: ClassVar[str] = "Chan, Stumpf and Babtie 2017, Cell Syst 5:251; our own code"
    by_target: ClassVar[bool] = False

    false_positives: float = FALSE_POSITIVES

    def __call__(
        self, expression: Expression, network: ReferenceNetwork, task: Task | None = None
    ) -> np.ndarray:
        """Return (R, G) scores, symmetric; third genes are the network's measured ones."""
        rows = measured_rows(expression, network)
        there = np.flatnonzero(rows >= 0)
        codes = [blocks(expression.values[rows[g]], self.false_positives) for g in there]
        scores = np.full((len(rows), len(rows)), np.nan)
        if len(there):
            scores[np.ix_(there, there)] = confidence(*unique_contributions(codes))
        out = scores[network.regulators]
        if task is not None and task.targets is not None:
            others = np.setdiff1d(np.arange(len(rows)), task.targets)
            out[:, others] = np.nan
        return out


def blocks(values: np.ndarray, false_positives: float = FALSE_POSITIVES) -> np.ndarray:
    """Return (C,) the Bayesian block of each value, from 0: dynamic programming over the sorted
    different values (Scargle et al. 2013, Astrophys J 764:167). A block's fitness is n log(n /
    width), equation 19, less what every block costs: 4 - log(73.53 p n^-0.478), equation 21, p the
    rate of `false_positives`, n the different values so far."""
    different, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(different) < 2:
        return np.zeros(len(values), dtype=int)
    different = different.astype(float)
    inner = (different[:-1] + different[1:]) / 2
    edges = np.concatenate([different[:1], inner, different[-1:]])
    total = np.concatenate([[0], np.cumsum(counts)]).astype(float)
    best, last = np.zeros(len(different) + 1), np.zeros(len(different), dtype=int)
    for k in range(len(different)):
        inside = total[k + 1] - total[: k + 1]
        width = np.maximum(edges[k + 1] - edges[: k + 1], 1e-300)
        cost = 4 - np.log(73.53 * false_positives * (k + 1) ** -0.478)
        fit = inside * np.log(inside / width) - cost + best[: k + 1]
        last[k] = int(fit.argmax())
        best[k + 1] = fit[last[k]]
    starts, at = [], len(different)
    while at > 0:
        starts.append(last[at - 1])
        at = starts[-1]
    return np.searchsorted(np.array(starts[::-1]), codes.ravel(), side="right") - 1


def unique_contributions(codes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the proportional unique contribution of every pair (G, G), both directions summed, and
    the mutual information in bits. codes: (C,) states of each of G genes, from 0."""
    sizes = np.array([int(c.max()) + 1 for c in codes])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    shown = np.zeros((len(codes[0]), int(sizes.sum())))
    for start, states in zip(first, codes):
        shown[np.arange(len(states)), start + states] = 1
    counts, count = shown.sum(axis=0), len(codes)
    share, information = np.zeros((count, count)), np.zeros((count, count))
    for x in range(count):
        own = slice(first[x], first[x] + sizes[x])
        joint = shown[:, own].T @ shown  # (states of x, states of all)
        specific = _specific(joint, counts[own], counts, len(shown), first)
        p = counts[own] / len(shown)
        information[x] = p @ specific
        share[x] = _unique_share(p, specific, information[x], x)
    return share + share.T, (information + information.T) / 2


def _specific(
    joint: np.ndarray, of_x: np.ndarray, of_all: np.ndarray, cells: int, first: np.ndarray
) -> np.ndarray:
    """Return (states of x, G): what each gene tells of each state of x, in bits."""
    ratio = joint * cells / (of_x[:, None] * of_all[None])
    terms = joint / of_x[:, None] * np.log2(np.where(joint > 0, ratio, 1.0))
    return np.maximum(np.add.reduceat(terms, first, axis=1), 0.0)


def _unique_share(
    p: np.ndarray, specific: np.ndarray, information: np.ndarray, own: int
) -> np.ndarray:
    """Return (G,): the sum over third genes of each source's unique share of its information."""
    others = np.arange(len(information)) != own
    redundant = np.zeros(len(information))
    for weight, values in zip(p, specific[:, others]):
        order = np.argsort(values, kind="stable")
        rising = values[order]
        below = np.concatenate([[0], np.cumsum(rising)[:-1]])
        sums = np.empty(len(values))  # with all others, the source itself left out
        sums[order] = below + rising * (len(values) - 1 - np.arange(len(values)))
        redundant[others] += weight * sums
    tells = others & (information > 1e-12)
    out = np.zeros(len(information))
    out[tells] = (others.sum() - 1) - redundant[tells] / information[tells]
    return np.maximum(out, 0.0)


def confidence(contributions: np.ndarray, information: np.ndarray) -> np.ndarray:
    """Return (G, G) in 0 to 2: the place of each pair's contribution among those of its one gene,
    plus that among those of the other; 0 where there is no information, and for a gene itself."""
    places = np.zeros(contributions.shape)
    for gene, row in enumerate(contributions):
        others = np.arange(len(row)) != gene
        places[gene, others] = _placed(row[others])
    scores = places + places.T
    scores[information <= 1e-12] = 0.0
    np.fill_diagonal(scores, 0.0)
    return scores


def _placed(values: np.ndarray) -> np.ndarray:
    """Return the cumulative probability of `values` under a gamma distribution fitted to the
    positive ones, a normal one where that cannot be fitted; 0 where all are alike."""
    positive = values[values > 0]
    if len(positive) < 2 or np.ptp(positive) == 0:
        return np.where(values > 0, 0.5, 0.0)
    try:
        shape, _, scale = gamma.fit(positive, floc=0)
        return gamma.cdf(values, shape, scale=scale)
    except (ValueError, RuntimeError):  # no maximum was reached
        return norm.cdf(values, positive.mean(), positive.std())
