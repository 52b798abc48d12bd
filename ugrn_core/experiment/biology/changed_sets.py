"""Which gene sets change in a context: genes whose answers depart most from those in all cells.

Some sets change everywhere: what the other contexts change as much says nothing of this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.membership import first_of_each, membership
from ugrn_core.experiment.biology.drives import ranked_beside


def gene_changes(rise: np.ndarray, rise_all: np.ndarray) -> np.ndarray:
    """Return (K, G): how far each gene's answers change in each context, root mean square over the
    regulators. rise (K, S, G), rise_all (S, G); NaN of a gene with itself is left out."""
    square = (rise - rise_all[None]) ** 2
    there = np.isfinite(square)
    return np.sqrt(np.where(there, square, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1))


def changed_sets(
    changes: np.ndarray,
    context: int,
    genes: Sequence[str],
    sets: GeneSets,
    named: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the sets whose genes change more, or less, than others in a context.

    changes: (K, G) of `gene_changes`; genes: (G,); named: symbol -> approved human symbol, where
    they differ. Columns of `drives.ranked_beside`, the others being the other contexts.
    """
    human = [(named or {}).get(g, g) for g in genes]
    columns = first_of_each(human)
    members = membership([human[k] for k in columns], sets.sets)
    chosen = changes[:, columns]
    return ranked_beside(members, chosen[context], np.delete(chosen, context, axis=0))
