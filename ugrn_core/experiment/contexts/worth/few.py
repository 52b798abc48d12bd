"""From how few cells can a context's change be told? The floor under rare types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from ugrn_core.experiment.catalog.study import Study
from ugrn_core.experiment.contexts import groups
from ugrn_core.experiment.contexts.cells import study_cells
from ugrn_core.experiment.contexts.worth.trial import Trial, rises

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

FEW_CELLS = (5, 10, 30, 100)


def few_cells(
    backbone: Backbone, study: Study, column: str, draws: int = 3, seed: int = 0
) -> pd.DataFrame:
    """Return rows context, cells, like: Spearman's correlation, over pairs, of a context's change
    (its rises less those of all cells) told from so few of its cells with that of all of them; the
    mean over draws, of the contexts with the most cells. `visible`, every regulator."""
    cells = study_cells(study, backbone)
    trial = Trial(backbone, study, cells, study.regulators, other=np.empty(0))
    grouping = groups.by_column(cells, column)
    rng = np.random.default_rng(seed)

    def at(weights: np.ndarray) -> np.ndarray:
        return rises(trial, "visible", cells.profile(weights, "part", backbone, 0))

    centre, rows = at(grouping.pool.astype(float)), []
    for name, members in list(zip(grouping.names, grouping.members))[:2]:
        whole = at(members.astype(float)) - centre
        for few in (n for n in FEW_CELLS if n < members.sum()):
            like = []
            for _ in range(draws):
                weights = np.zeros(len(cells))
                weights[rng.choice(np.flatnonzero(members), few, replace=False)] = 1
                part = at(weights) - centre
                like.append(spearmanr(part.ravel(), whole.ravel())[0])
            rows.append({"context": name, "cells": few, "like": float(np.mean(like))})
    return pd.DataFrame(rows)
