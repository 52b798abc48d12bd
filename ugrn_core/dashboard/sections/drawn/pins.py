"""Genes of a drawing that somebody moved: they stay there, over colours, reloads and in links."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ugrn_core.dashboard.network.drawing import Drawing
from ugrn_core.dashboard.shell import address

_KEY = "pins"
_MOST = 200  # genes
_FAR = 50_000.0  # pixels at zoom 1: no drawing is as large
Places = dict[str, tuple[float, float]]


def pinned(drawing: Drawing, scope: str) -> Drawing:
    """Return `drawing` with every gene that was moved where it was put; the others as they are.

    scope: which neighbourhood it is; genes moved in another one stay out of it.
    """
    address.restore("Pinned genes", _KEY, lambda text: _read(text) is not None, None)
    where, moved = _read(address.keep(_KEY) or "") or ("", {})
    here = {gene: at for gene, at in moved.items() if gene in drawing.positions}
    if where != scope or not here:
        return drawing
    return replace(
        drawing,
        positions=drawing.positions | here,
        places=drawing.places or drawing.positions,
        pinned=frozenset(here),
    )


def take(scope: str, moved: Mapping) -> None:
    """Pin the genes `moved` (gene -> {"x", "y"}), as the browser tells them; in a callback."""
    where, before = _read(address.chosen(_KEY) or "") or ("", {})
    put = {gene: _place(at) for gene, at in list(moved.items())[:_MOST] if _is_name(gene)}
    put = {gene: at for gene, at in put.items() if at is not None}
    _keep(scope, (before if where == scope else {}) | put)


def release(scope: str, genes: Iterable[str]) -> None:
    """Let `genes` go back to their places; in a callback."""
    where, before = _read(address.chosen(_KEY) or "") or ("", {})
    if where == scope:
        gone = set(genes)
        _keep(scope, {gene: at for gene, at in before.items() if gene not in gone})


def _keep(scope: str, places: Places) -> None:
    genes = list(places.items())[-_MOST:]
    text = "|".join([scope, *(f"{gene}:{x:.0f}:{y:.0f}" for gene, (x, y) in genes)])
    address.choose(_KEY, text if genes else None)


def _read(text: str) -> tuple[str, Places] | None:
    """Return the scope and the places that a text of `_keep` holds; None for any other text."""
    scope, *parts = text.split("|")
    places = {}
    for part in parts:
        gene, *at = part.rsplit(":", 2)
        place = _place(dict(zip("xy", at))) if len(at) == 2 else None
        if place is None or not gene:
            return None
        places[gene] = place
    return (scope, places) if 0 < len(places) <= _MOST else None


def _is_name(gene: object) -> bool:
    return isinstance(gene, str) and 0 < len(gene) <= 60 and "|" not in gene


def _place(at: object) -> tuple[float, float] | None:
    try:
        x, y = float(at["x"]), float(at["y"])
    except (KeyError, TypeError, ValueError):
        return None
    return (x, y) if math.hypot(x, y) <= _FAR else None
