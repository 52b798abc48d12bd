"""A data set's real cells as a backbone reads them: one mean profile on its value scale.

BEELINE's values are log2(x + 1) of normalised expression. On a log1p scale the profile is the mean
over cells times ln 2, so ln(x + 1). How many counts a cell had is not known from BEELINE's genes
alone: the profile is not brought to counts per 10,000. On scGPT's scale of bins the mean is binned
as scGPT bins a cell: by the quantiles of the expressed genes. A gene that was not measured
carries 0.

The benchmark's Pert reads this profile, as deep as the data set has it, as the paper does. Where
real cells are a background (contexts, lab, knock-out) `contexts.cells` brings values of unknown
depth that are more than counts per 10,000 can be to what the backbone has seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.data import value_scales
from ugrn_core.data.value_scales import LOG2
from ugrn_core.errors import MissingDataError, OptionError
from ugrn_core.types import ValueScale

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study

NO_CELLS = "no expression of this data set is in the folder"


def mean_profile(study: Study, backbone: Backbone) -> tuple[np.ndarray, str]:
    """Return the (G,) profile of the panel on the backbone's scale, and how it was made.

    Raises MissingDataError without expression, OptionError for a scale of either not known here.
    """
    cells = study.dataset.expression
    if cells is None:
        raise MissingDataError(NO_CELLS)
    means, at = cells.mean_profile().astype(np.float64), rows_of(study)
    values = np.where(at < 0, 0.0, means[at])
    profile, how = on_scale(values, cells.scale, backbone)
    if absent := int((at < 0).sum()):
        how += f"; {absent} of {len(at)} genes were not measured and carry 0"
    return profile, how


def rows_of(study: Study) -> np.ndarray:
    """Return the (G,) rows of the panel's genes in the data set's expression, -1 where a gene was
    not measured. Case is forgiven where a name is not there as it is."""
    genes = study.dataset.expression.genes
    exact = {g: k for k, g in enumerate(genes)}
    folded = {g.casefold(): k for k, g in reversed(list(enumerate(genes)))}
    own = (study.labels[token] for token in study.panel.genes)
    return np.array([exact.get(g, folded.get(g.casefold(), -1)) for g in own], dtype=np.int64)


def on_scale(means: np.ndarray, given: ValueScale, backbone: Backbone) -> tuple[np.ndarray, str]:
    """Return the (G,) means over cells of logarithms on the scale `given` as a profile on the
    backbone's, cut to its range, and how that was done; raise OptionError."""
    scale, (low, high) = backbone.defaults.value_scale, backbone.defaults.value_range
    if given not in LOG2 and not given.is_log1p:
        raise OptionError(f"how to bring cells from the scale '{given.phrase}' is not known")
    if scale.is_log1p:
        profile, how = means, "mean over cells of ln(x + 1)"
        if given in LOG2:
            profile, how = means * np.log(2), "mean over cells of log2(x + 1), times ln 2"
        over = int((profile > high).sum())
        if over:
            how += f"; {over} genes cut to {high:g}, the most this backbone takes"
        return np.clip(profile, low, high), how
    if scale is ValueScale.BIN:
        return value_scales.bins(means, int(high)), f"mean over cells, in {high:g} quantile bins"
    if scale is ValueScale.LOG2_CP10K:
        log2 = means if given in LOG2 else means / np.log(2)
        bins = np.floor(np.clip(log2, low, high))
        return bins, "mean over cells of log2(x + 1), truncated to whole bins as scBERT does"
    if scale is ValueScale.CP10K:
        counts = value_scales.linear(means, given)
        return np.clip(counts, low, high), "mean over cells of the logarithm, taken back"
    phrase = backbone.defaults.value_phrase
    raise OptionError(f"how to bring expression on the scale '{phrase}' is not known")
