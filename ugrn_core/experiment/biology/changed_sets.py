"""Which gene sets change in a context: genes whose answers depart most from those in all cells.

Some genes answer otherwise around any cells, those that answer much to begin with. So a set's place
is held against cells dealt out to the contexts at random: what such cells change as much says
nothing of the context.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.membership import first_of_each, membership
from ugrn_core.enrichment.ranked import ranked
from ugrn_core.experiment.biology.drives import ranked_beside

CUT = 0.05  # q


def gene_changes(rise: np.ndarray, rise_all: np.ndarray) -> np.ndarray:
    """Return (..., G): how far each gene's answers change in each context, root mean square over
    the regulators; NaN where no pair of the gene has a number. rise (..., S, G), rise_all (S, G);
    NaN, of a gene with itself and where a gene is silent, is left out."""
    square = (rise - rise_all) ** 2
    there = np.isfinite(square)
    count = there.sum(axis=-2)
    mean = np.where(there, square, 0).sum(axis=-2) / np.maximum(count, 1)
    return np.where(count > 0, np.sqrt(mean), np.nan)


@dataclass(frozen=True, eq=False)
class Changes:
    """changes (K, G) of `gene_changes`, a row a context; dealt (R, K, G), the same of cells dealt
    out at random; genes (G,), and the approved human symbol of each where they differ; random
    (K, G), `changes` under random weights, where they were asked."""

    changes: np.ndarray
    dealt: np.ndarray
    genes: Sequence[str]
    named: Mapping[str, str]
    random: np.ndarray | None = None

    def sets(self, context: int, sets: GeneSets) -> pd.DataFrame:
        """Return the sets whose genes change more, or less, than others in a context; genes that
        are silent there are left out.

        Columns of `drives.ranked_beside`, beside cells at random (all deals of all contexts), and
        `contexts`: in how many contexts, this one counted, the set changes to the same side at q <
        CUT. With `random`, `auroc_random` and `q_random`: the same under random weights.
        """
        human = [self.named.get(g, g) for g in self.genes]
        columns = first_of_each(human)
        columns = columns[np.isfinite(self.changes[context])[columns]]
        members = membership([human[k] for k in columns], sets.sets)
        own = self.changes[context, columns]
        at_random = self.dealt.reshape(-1, self.dealt.shape[-1])[:, columns]
        table = ranked_beside(members, own, np.nan_to_num(at_random))
        counts = pd.Series(0, index=list(members.names))
        for row in np.nan_to_num(self.changes[:, columns]):
            other = ranked(members, row).set_index("set").loc[table["set"]]
            same = other["direction"].to_numpy() == table["direction"].to_numpy()
            counts[other.index] += same & (other["q"].to_numpy() < CUT)
        table.insert(table.columns.get_loc("alike") + 1, "contexts", table["set"].map(counts))
        if self.random is None:
            return table
        random = ranked(members, np.nan_to_num(self.random[context, columns]))
        return _beside(table, random.set_index("set").loc[table["set"]])


def _beside(table: pd.DataFrame, random: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with `auroc_random` and `q_random` after its `contexts`; rows in its order."""
    for name in ("q", "auroc"):
        after = table.columns.get_loc("contexts") + 1
        table.insert(after, f"{name}_random", random[name].to_numpy())
    return table
