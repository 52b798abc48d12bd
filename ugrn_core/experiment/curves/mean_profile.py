"""A data set's real cells as a backbone reads them: one mean profile on its value scale.

BEELINE's values are log2(x + 1) of normalised expression. On a log1p scale the profile is the mean
over cells times ln 2, so ln(x + 1). How many counts a cell had is not known from BEELINE's genes
alone: the profile is not brought to counts per 10,000. On scGPT's scale of bins the mean is binned
as scGPT bins a cell: by the quantiles of the expressed genes. A gene that was not measured
carries 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.errors import MissingDataError, OptionError

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study

NO_CELLS = "no expression of this data set is in the folder"


def mean_profile(study: Study, backbone: Backbone) -> tuple[np.ndarray, str]:
    """Return the (G,) profile of the panel on the backbone's scale, and how it was made.

    Raises MissingDataError without expression, OptionError for a value scale not known here.
    """
    cells = study.dataset.expression
    if cells is None:
        raise MissingDataError(NO_CELLS)
    log2 = cells.mean_profile().astype(np.float64)
    exact = dict(zip(cells.genes, log2))
    folded = {g.casefold(): v for g, v in zip(reversed(cells.genes), log2[::-1])}
    own = [study.labels[token] for token in study.panel.genes]
    found = [exact.get(g, folded.get(g.casefold())) for g in own]
    absent = sum(v is None for v in found)
    profile, how = _on_scale(np.array([0.0 if v is None else v for v in found]), backbone)
    if absent:
        how += f"; {absent} of {len(found)} genes were not measured and carry 0"
    return profile, how


def _on_scale(log2: np.ndarray, backbone: Backbone) -> tuple[np.ndarray, str]:
    scale, (low, high) = backbone.defaults.value_scale, backbone.defaults.value_range
    if scale.startswith("log1p"):
        profile, how = log2 * np.log(2), "mean over cells of log2(x + 1), times ln 2"
        over = int((profile > high).sum())
        if over:
            how += f"; {over} genes cut to {high:g}, the most this backbone takes"
        return np.clip(profile, low, high), how
    if scale.startswith("expression bin"):
        return quantile_bins(log2, int(high)), f"mean over cells, in {high:g} quantile bins"
    raise OptionError(f"how to bring expression on the scale '{scale}' is not known")


def quantile_bins(values: np.ndarray, bins: int) -> np.ndarray:
    """Return scGPT's bins: 0 for 0, else 1 to `bins` by quantile of the positive values.

    scGPT draws at random among the bins that a tie spans; here a tie gets the highest of them.
    """
    positive = values > 0
    out = np.zeros(len(values))
    if positive.any():
        edges = np.quantile(values[positive], np.linspace(0, 1, bins))
        out[positive] = np.digitize(values[positive], edges)
    return out
