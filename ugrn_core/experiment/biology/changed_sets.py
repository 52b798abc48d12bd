"""Which gene sets change in a context: genes whose answers depart most from those in all cells.

Some sets change everywhere: what the other contexts change as much says nothing of this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.membership import membership
from ugrn_core.enrichment.ranked import ranked
from ugrn_core.experiment.biology.drives import areas


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
    they differ. Columns of `ranked.ranked`, and of the other contexts: `auroc_alike`, their mean,
    and `alike`, the share of contexts (this one counted) at least as far to the same side.
    """
    human = [(named or {}).get(g, g) for g in genes]
    first = {gene: k for k, gene in reversed(list(enumerate(human)))}
    columns = np.array([k for k, g in enumerate(human) if first[g] == k], dtype=int)
    members = membership([human[k] for k in columns], sets.sets)
    frame = ranked(members, changes[context, columns])
    every = areas(members, changes[:, columns])
    own, others = every[context], np.delete(every, context, axis=0)
    beyond = (others - 0.5) * np.sign(own - 0.5) >= np.abs(own - 0.5)
    table = pd.DataFrame(
        {
            "set": list(members.names),
            "auroc_alike": others.mean(axis=0) if len(others) else np.nan,
            "alike": (1 + beyond.sum(axis=0)) / len(every),
        }
    )
    joined = frame.merge(table, on="set", how="left", validate="one_to_one")
    return joined[[c for c in joined if c != "genes"] + ["genes"]]
