"""Expression of real cells, checked before anything uses it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ugrn_core.errors import TableError


def check_expression(
    genes: Sequence[str], cells: Sequence[str], values: np.ndarray, where: str
) -> None:
    """Raise TableError unless genes are named once and values are finite and not negative.

    genes: (G,), cells: (C,), values: (G, C).
    """
    if len(genes) < 2 or not len(cells):
        raise TableError(
            f"{where} holds {len(genes)} genes and {len(cells)} cells; at least two genes and one "
            "cell are needed."
        )
    seen: set[str] = set()
    twice = [g for g in genes if g in seen or seen.add(g)]
    if twice:
        raise TableError(
            f"{where} names {len(set(twice))} genes more than once, first '{twice[0][:40]}'. "
            "Sum or remove the repeats; if genes are the columns, say so."
        )
    if "" in seen:
        raise TableError(f"{where} has a gene without a name in line {list(genes).index('') + 2}.")
    for bad, what in ((~np.isfinite(values), "missing or not finite"), (values < 0, "negative")):
        if bad.any():
            g, c = np.unravel_index(int(np.argmax(bad)), bad.shape)
            raise TableError(
                f"{int(bad.sum())} values of {where} are {what}, first that of gene "
                f"'{genes[g][:40]}' in cell '{cells[c][:40]}' ({values[g, c]}). Expected counts or "
                "log values of at least 0, not scaled or centred ones."
            )
