"""From the summaries of all pairs to the best of each gene and each regulator, ranked among all.

The stacked translator compares a pair with all others (`translators.stacked`): here with the whole
genome, so scores of all genes stand on one scale.
Letters: S sources, G genes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ugrn_core.errors import OptionError
from ugrn_core.experiment.atlas.sweeping import Summaries
from ugrn_core.experiment.curves.panel_plan import PanelPlan
from ugrn_core.translators.centring import source_positions
from ugrn_core.translators.stacked import NAMES, STACKED, VARIANTS, numbers
from ugrn_core.translators.translator_set import TranslatorSet
from ugrn_core.types import ProbeTensor

BEST_REGULATORS, BEST_TARGETS = 50, 300  # kept of each gene, of each regulator
COLUMNS_AT_ONCE = 400  # genes scored at a time


def require_usable(translator: TranslatorSet | None) -> None:
    """Raise OptionError unless the atlas can be scored by `translator`: a stacked one, or none."""
    if translator is not None and tuple(translator.members) != (STACKED,):
        raise OptionError(
            f"An atlas keeps means of the curves, which a stacked translator reads; the default "
            f"translator '{translator.name}' reads {' and '.join(translator.members)}. Train a "
            "stacked one, and name it in the file `default` beside the others."
        )


def scores(
    summaries: Summaries,
    plan: PanelPlan,
    translator: TranslatorSet | None,
    table: Mapping[str, np.ndarray],
) -> tuple[np.ndarray, float | None]:
    """Return the (S, G) float32 scores: the translator's probabilities, or without one the size of
    the peak of the GDT, of the VVP where there is no derivative; self-pairs are -inf. And the
    correlation of VVP and GDT over all pairs, as the translator reads them; None without one.

    table: (S, G) float32 each, what the gene table says, by name of `stacked.TABLE_READS`.
    """
    like, agreement = _like(plan), None
    if translator is None:
        peak = summaries.vvp_peak if summaries.gdt_peak is None else summaries.gdt_peak
        out = np.abs(peak.astype(np.float32))
    else:
        out, agreement = _probabilities(summaries, like, translator, table)
    out[np.arange(len(like.sources)), source_positions(like)] = -np.inf
    return out, agreement


def agreement_of_reverse(plan: PanelPlan, score: np.ndarray) -> float | None:
    """Return the correlation of score and reverse score over the pairs of two regulators."""
    both = score[:, source_positions(_like(plan))]
    there, back = (x[~np.eye(len(both), dtype=bool)] for x in (both, both.T))
    if len(there) < 3 or there.std() == 0:
        return None
    return round(float(np.corrcoef(there, back)[0, 1]), 4)


def _like(plan: PanelPlan) -> ProbeTensor:
    """What names sources and genes of (S, G) arrays."""
    return ProbeTensor("vvp", plan.genes, plan.sources, np.empty((0, 0, 0), np.float32))


def _probabilities(
    summaries: Summaries,
    like: ProbeTensor,
    translator: TranslatorSet,
    table: Mapping[str, np.ndarray],
) -> tuple[np.ndarray, float]:
    variant = translator.cards[STACKED].features
    shape = len(like.sources), len(like.genes)
    # What is not read stays 0; the memory of it is never touched.
    values = np.zeros((shape[0], len(NAMES), shape[1]), dtype=np.float32)
    means = {"vvp": summaries.vvp_mean, "gdt": summaries.gdt_mean, **table}
    for k, feature in enumerate(numbers(like, means)):
        if k in VARIANTS[variant]:
            values[:, k] = feature
    out = np.empty(shape, dtype=np.float32)
    for first in range(0, shape[1], COLUMNS_AT_ONCE):
        some = slice(first, first + COLUMNS_AT_ONCE)
        genes = like.genes[some]
        tensor = ProbeTensor(STACKED, genes, like.sources, values[:, :, some])
        pairs = np.argwhere(np.ones((shape[0], len(genes)), dtype=bool))
        probability, _ = translator.probabilities({STACKED: tensor}, pairs)
        out[:, some] = probability.reshape(shape[0], len(genes))
    response, slope = values[:, 0].ravel(), values[:, 1].ravel()
    return out, round(float(np.corrcoef(response, slope)[0, 1]), 4)


def best(
    score: np.ndarray, regulators: int = BEST_REGULATORS, targets: int = BEST_TARGETS
) -> np.ndarray:
    """Return (S, G) bool: among the best `regulators` of its column or the best `targets` of its
    row; self-pairs (-inf) never."""
    chosen = np.zeros(score.shape, dtype=bool)
    for axis, most in ((0, regulators), (1, targets)):
        count = min(most, score.shape[axis])
        at = np.argpartition(-score, count - 1, axis=axis)
        np.put_along_axis(chosen, at.take(range(count), axis=axis), True, axis=axis)
    return chosen & np.isfinite(score)


def edge_table(
    summaries: Summaries,
    plan: PanelPlan,
    score: np.ndarray,
    labels: dict[str, str],
    *,
    scored: bool,
) -> pd.DataFrame:
    """Return the kept pairs, best first, with the columns of the export contract.

    rank, percentile: among all pairs that were asked, those not kept included. labels: token ->
    symbol to show. scored: whether `score` holds probabilities.
    """
    order = np.argsort(-score, axis=None, kind="stable")[: plan.pairs]
    places = best(score).ravel()[order].nonzero()[0]
    rows, columns = np.unravel_index(order[places], score.shape)
    slope = summaries.vvp_mean if summaries.gdt_mean is None else summaries.gdt_mean
    frame = pd.DataFrame(
        {
            "source": _named(plan.sources, labels, rows),
            "target": _named(plan.genes, labels, columns),
            "probability": score[rows, columns] if scored else np.float32(np.nan),
            "rank": (places + 1).astype(np.int32),
            "percentile": (100 * (1 - places / plan.pairs)).astype(np.float32),
            "sign": np.where(slope[rows, columns] >= 0, 1, -1).astype(np.int8),
            "vvp_effect": summaries.vvp_peak[rows, columns].astype(np.float32),
        }
    )
    if summaries.gdt_peak is not None:
        frame["gdt_peak"] = summaries.gdt_peak[rows, columns].astype(np.float32)
    frame["reverse_probability"] = _reverse(plan, score, rows, columns, scored)
    return frame


def _named(tokens: tuple[str, ...], labels: dict[str, str], at: np.ndarray) -> pd.Categorical:
    names = [labels.get(t, t) for t in tokens]
    return pd.Categorical.from_codes(at.astype(np.int32), categories=names)


def _reverse(
    plan: PanelPlan, score: np.ndarray, rows: np.ndarray, columns: np.ndarray, scored: bool
) -> np.ndarray:
    """Return the (N,) score of target -> source; NaN where the target is no regulator."""
    row, at = np.full(len(plan.genes), -1), source_positions(_like(plan))
    row[at] = np.arange(len(at))
    back = row[columns]
    known = (back >= 0) & scored
    out = np.full(len(rows), np.nan, dtype=np.float32)
    out[known] = score[back[known], at[rows[known]]]
    return out
