"""How much more genes vary than others of their level: Seurat's dispersions, from moments.

As scanpy's `highly_variable_genes(flavor="seurat")`, which follows Satija et al. 2015, Nat
Biotechnol 33:495: the logarithm of variance by mean of the unlogged normalised values, standardised
within 20 bins of the logarithm of the mean. scanpy needs all cells in memory at once; means and
variances do not, and give the same numbers (tests/data/own compares them).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

BINS = 20


def normalised_dispersions(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the (n,) normalised dispersions; NaN for a gene that does not vary.

    mean, variance: (n,) over cells, of linear normalised values, the variance with n - 1.
    """
    mean = np.where(mean == 0, 1e-12, np.asarray(mean, dtype=np.float64))
    ratio = np.asarray(variance, dtype=np.float64) / mean
    with np.errstate(divide="ignore", invalid="ignore"):
        dispersion = pd.Series(np.log(np.where(ratio > 0, ratio, np.nan)))
    level = pd.cut(pd.Series(np.log1p(mean)), bins=BINS)
    grouped = dispersion.groupby(level, observed=True)
    middle, spread = grouped.transform("mean"), grouped.transform("std")
    alone = spread.isna() & dispersion.notna()  # a bin of one gene: it gets 1
    middle, spread = middle.mask(alone, 0.0), spread.mask(alone, middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        return ((dispersion - middle) / spread).to_numpy()
