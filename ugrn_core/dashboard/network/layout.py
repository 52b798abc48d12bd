"""Where each gene of a drawing goes: computed here, seeded, so that nothing wobbles on screen."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

SPACING = 110.0  # pixels between neighbours at zoom 1
FRAME = 1.5  # width over height of what a drawing is shown in
_TURN = 0.381966  # the golden angle's share: no ring's genes stand behind another's
_GAP = 0.25  # radians between regulators and targets of a centre, on either side


def communities(edges: pd.DataFrame, seed: int) -> dict[str, int]:
    """Return the community of each gene of `edges`, from 1, the largest first.

    Louvain's modularity over undirected edges weighted by probability (Blondel et al. 2008).
    """
    graph = nx.Graph()
    weight = edges["probability"].fillna(1.0).astype(float).clip(lower=1e-6)
    # Sorted, since the answer depends on the order of genes.
    for source, target, w in sorted(zip(edges["source"], edges["target"], weight)):
        graph.add_edge(source, target, weight=w)
    groups = nx.community.louvain_communities(graph, seed=seed)
    groups.sort(key=lambda genes: (-len(genes), min(genes)))
    return {gene: k for k, genes in enumerate(groups, start=1) for gene in genes}


def positions(
    edges: Sequence[tuple[str, str]], centre: str | None, seed: int
) -> dict[str, tuple[float, float]]:
    """Return x, y in pixels of every gene in `edges`; same input and seed, same drawing.

    With a `centre` whose neighbours are all direct they stand in rings around it, its regulators on
    top and its targets below, each with the room their number needs. Otherwise regulators repel and
    are drawn together by the targets they share, and each target lies among its regulators, with
    room for its circle.
    """
    if centre is not None and all(centre in edge for edge in edges):
        return _arcs(edges, centre)
    genes = sorted({gene for edge in edges for gene in edge})
    if not genes:
        return {}
    at = {gene: k for k, gene in enumerate(genes)}
    source = np.array([at[s] for s, _ in edges])
    target = np.array([at[t] for _, t in edges])
    rng = np.random.default_rng(seed)
    xy = _apart(_among(source, target, len(genes), rng), np.unique(source))
    xy = _framed(xy - xy.mean(axis=0))
    return {gene: (float(xy[k, 0]), float(xy[k, 1])) for gene, k in at.items()}


def _arcs(edges: Sequence[tuple[str, str]], centre: str) -> dict[str, tuple[float, float]]:
    above = sorted({s for s, t in edges if t == centre and s != centre})
    below = sorted({t for s, t in edges if s == centre and t != centre} - set(above))
    share = np.clip(len(above) / max(len(above) + len(below), 1), 0.2, 0.8)
    if not above or not below:
        spans = [2 * np.pi] * 2
    else:
        spans = [2 * np.pi * share - 2 * _GAP, 2 * np.pi * (1 - share) - 2 * _GAP]
    places = {centre: (0.0, 0.0)}
    for genes, middle, span in zip((above, below), (-np.pi / 2, np.pi / 2), spans):
        for number, here in enumerate(_rings(genes, span)):
            radius = (2.0 + number) * SPACING
            step = span / len(here)
            first = middle - step * (len(here) - 1) / 2 + _TURN * number % 1 * step / 2
            for k, gene in enumerate(here):
                angle = first + k * step
                places[gene] = (FRAME * radius * np.cos(angle), radius * np.sin(angle))
    return {gene: (float(x), float(y)) for gene, (x, y) in places.items()}


def _rings(genes: list[str], span: float) -> list[list[str]]:
    """Divide `genes` over arcs of `span` radians, as many on each as its length has room for."""
    lengths: list[float] = []
    while sum(lengths) < len(genes) * SPACING * 0.85:
        lengths.append(span * (2.0 + len(lengths)) * SPACING * (1 + FRAME) / 2)
    ends = np.round(np.cumsum(lengths) / max(sum(lengths), 1) * len(genes)).astype(int)
    return [genes[a:b] for a, b in zip([0, *ends[:-1]], ends) if b > a]


def _framed(xy: np.ndarray) -> np.ndarray:
    """Widen or heighten (N, 2) towards FRAME, so that a drawing uses the room it is shown in."""
    wide, high = np.maximum(np.ptp(xy, axis=0), 1.0)
    grow = FRAME * high / wide
    return xy * (min(grow, 1.6), 1.0) if grow > 1 else xy * (1.0, min(1 / grow, 1.6))


def _among(source, target, n: int, rng: np.random.Generator) -> np.ndarray:
    """Place the regulators by force, then each other gene at the mean of its regulators."""
    hubs = np.unique(source)
    number = np.full(n, -1)
    number[hubs] = np.arange(len(hubs))
    links = csr_matrix((np.ones(len(source)), (number[source], target)), shape=(len(hubs), n))
    shared = (links @ links.T).toarray()
    shared += links[:, hubs].toarray() + links[:, hubs].toarray().T
    np.fill_diagonal(shared, 0)
    degree = np.asarray(links.sum(axis=1)).ravel()
    hub_xy = _forced(np.log1p(shared), np.sqrt(1 + degree), rng)
    xy = np.zeros((n, 2))
    xy[hubs] = hub_xy
    others = np.setdiff1d(np.arange(n), hubs)
    among = links[:, others]
    count = np.maximum(np.asarray(among.sum(axis=0)).ravel(), 1)
    middle = (among.T @ hub_xy) / count[:, None]
    # Genes of one regulator spread around it; sunflower angles keep them from overlapping.
    turn = np.arange(len(others)) * np.pi * (3 - np.sqrt(5))
    reach = SPACING * (0.6 + rng.random(len(others))) * (1 + 0.12 * np.sqrt(degree.max()))
    reach = reach / np.sqrt(count)
    xy[others] = middle + reach[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return xy


def _forced(pull: np.ndarray, size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fruchterman and Reingold (1991) on (H, H) attractions; returns (H, 2) pixels."""
    h = len(pull)
    side = SPACING * np.sqrt((size**2).sum()) * 0.75
    xy = (rng.random((h, 2)) - 0.5) * side
    ideal = side / np.sqrt(h) * np.sqrt(np.outer(size, size)) / size.mean()
    for heat in np.linspace(0.12, 0.005, 90) * side:
        gap = xy[:, None, :] - xy[None, :, :]
        length = np.maximum(np.linalg.norm(gap, axis=2), 1.0)
        force = ideal**2 / length - 0.35 * pull * length**2 / ideal
        np.fill_diagonal(force, 0)
        move = (gap / length[..., None] * force[..., None]).sum(axis=1) - 0.4 * ideal.mean() * (
            xy / side
        ) * h**0.5
        reach = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        xy = xy + move / reach * np.minimum(reach, heat)
    # A regulator that shares nothing would drift off and shrink the rest on screen.
    xy -= np.median(xy, axis=0)
    out = np.maximum(np.linalg.norm(xy, axis=1, keepdims=True), 1e-9)
    return xy * np.minimum(1.0, 1.1 * np.quantile(out, 0.85) / out)


def _apart(xy: np.ndarray, hubs: np.ndarray, rounds: int = 25) -> np.ndarray:
    """Push genes that would overlap apart, at most `rounds` times; hubs keep room for labels."""
    among = xy[hubs]
    _push(among, 1.6 * SPACING, rounds)
    xy[hubs] = among
    return _push(xy, 0.55 * SPACING, rounds)


def _push(xy: np.ndarray, reach: float, rounds: int) -> np.ndarray:
    """Move points closer than `reach` apart, in place."""
    for _ in range(rounds):
        pairs = cKDTree(xy).query_pairs(reach, output_type="ndarray")
        if not len(pairs):
            break
        gap = xy[pairs[:, 0]] - xy[pairs[:, 1]]
        length = np.linalg.norm(gap, axis=1, keepdims=True)
        push = gap / np.maximum(length, 1e-6) * (reach - length) / 2
        np.add.at(xy, pairs[:, 0], push)
        np.add.at(xy, pairs[:, 1], -push)
    return xy
