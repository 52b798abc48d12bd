"""Regulators of which it is known at which stage they act, held against what stages say of them.

Embryonic stem cells that leave pluripotency: Chu et al. 2016, Genome Biology 17:173 (hESC, to
definitive endoderm); Hayashi et al. 2018, Nature Communications 9:619 (mESC, to primitive
endoderm). Haematopoiesis: Nestorowa et al. 2016, Blood 128:e20; Gata2 gives way to Gata1 in the
erythroid line, Bresnick et al. 2010, J Biol Chem 285:31087.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from ugrn_core.experiment.contexts.worth.trial import Ends, Trial

RISING, FALLING = "rises", "falls"
KNOWN = {
    "hESC": {
        RISING: ("EOMES", "GATA6", "SOX17", "GATA4", "LHX1"),
        FALLING: ("POU5F1", "NANOG", "SOX2", "PRDM14", "ZFP42"),
    },
    "mESC": {
        RISING: ("GATA4", "SOX17"),
        FALLING: ("POU5F1", "NANOG", "SOX2", "KLF4", "ESRRB", "ZFP42", "TBX3"),
    },
    "mHSC-E": {
        RISING: ("GATA1", "KLF1", "NFE2", "GFI1B"),
        FALLING: ("GATA2", "SPI1", "MEIS1", "HLF", "MECOM", "HOXA9"),
    },
    "mHSC-L": {RISING: ("IKZF1", "SATB1", "NOTCH1"), FALLING: ("GATA2", "MEIS1", "GFI1B")},
}


def named(dataset: str) -> tuple[str, ...]:
    """Return the symbols whose stage is known in a data set."""
    return tuple(s for symbols in KNOWN.get(dataset, {}).values() for s in symbols)


def known_stages(trial: Trial, profiles: np.ndarray, stages: list[Ends]) -> pd.DataFrame:
    """Return one row a source: Spearman's correlation, with the order of the stages, of its
    `expression`, of its `rise` (root mean square over targets: what it could do there) and of its
    `effect` (of the answer to its knock-out: what it does at its own level); `known`, what the
    literature says, empty for the others. profiles (K, G), stages: of `around_stages`."""
    if not stages:
        return pd.DataFrame()
    study, name = trial.study, trial.study.dataset.name.removeprefix("beeline-")
    at = study.panel.positions(trial.sources)
    told = {s: way for way, symbols in KNOWN.get(name, {}).items() for s in symbols}
    order = np.arange(len(stages))
    expression = profiles[:, at]
    rise, effect = (
        np.array([_over_targets(ends[k], at) for ends in stages]) for k in (1, 0)
    )  # (K, S)
    rows = []
    for k, source in enumerate(trial.sources):
        symbol = study.labels.get(source, source)
        each = {"expression": expression, "rise": rise, "effect": effect}
        rows.append(
            {"regulator": symbol, "known": told.get(symbol.upper(), "")}
            | {word: _with_order(values[:, k], order) for word, values in each.items()}
        )
    return pd.DataFrame(rows)


def _over_targets(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    others = np.array(values, dtype=np.float64)
    others[np.arange(len(at)), at] = np.nan
    return np.sqrt(np.nanmean(others**2, axis=1))


def _with_order(values: np.ndarray, order: np.ndarray) -> float:
    return float(spearmanr(values, order)[0]) if np.ptp(values) > 0 else float("nan")
