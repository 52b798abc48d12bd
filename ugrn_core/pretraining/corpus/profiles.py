"""Gene vectors from how genes differ between data sets, beside how they vary within one.

Centring every data set removes batch effects, and with them what tells tissues apart. Ranks of
genes within a set survive differences of depth and protocol, so their deviation from the species'
mean says in which tissues a gene is high. Joined to the SVD of the centred corpus it ranks the
pairs of hESC and mHSC-L better than either alone (docs/backbone.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.stats import rankdata

from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet
from ugrn_core.pretraining.corpus.merged_sets import is_profiles
from ugrn_core.pretraining.start import corpus_svd

COMMON = ("pbmc", "blood", "spatial")  # many sets of one kind: each counts less
COMMON_WEIGHT = 0.3
PROFILE_DIMS = 32
PROFILE_SHARE = 1 / 3  # of a cosine between joined vectors that comes from the profiles
WITHIN_RANK, TYPES_RANK = 96, 32  # of the blocks before they are reduced
BLOCKS = {"within": 2.0, "between": 1.0, "types": 1.0, "signatures": 0.5}  # weights of cosines


def profile_vectors(corpus: Corpus, rank: int = PROFILE_DIMS) -> np.ndarray:
    """Return (genes, rank) float32: the leading components of each gene's profile over data sets.

    A profile holds the gene's mean expression in each set as a rank in [0, 1], less its mean over
    the sets of the species; 0 where unmeasured. At most as many columns as sets.
    """
    species = np.array([s.card.get("species", "") for s in corpus.sets])
    ranks = np.full((len(corpus.sets), len(corpus.genes)), np.nan)
    for k, part in enumerate(corpus.sets):
        mean = np.asarray(part.values.mean(0)).ravel()
        ranks[k, part.ids] = rankdata(mean) / len(mean)
    profiles = np.zeros_like(ranks)
    for kind in np.unique(species):
        own = ranks[species == kind]
        measured = np.isfinite(own)
        mean = np.where(measured, own, 0).sum(0) / np.maximum(measured.sum(0), 1)
        profiles[species == kind] = np.where(measured, own - mean, 0)
    profiles -= profiles.mean(axis=1, keepdims=True)
    profiles *= np.array([_weight(s) for s in corpus.sets])[:, None]
    left, size, _ = np.linalg.svd(profiles.T, full_matrices=False)
    return (left[:, :rank] * size[:rank]).astype(np.float32)


def gene_vectors(corpus: Corpus, rank: int, seed: int = 0) -> np.ndarray:
    """Return (genes, at most rank) float32 vectors of length at most 1.

    The product of two is (1 - PROFILE_SHARE) x their cosine within data sets + PROFILE_SHARE x
    their cosine between data sets.
    """
    between = profile_vectors(corpus)
    return joined(corpus_svd(corpus, rank - between.shape[1], seed=seed), between)


def joined(within: np.ndarray, between: np.ndarray, share: float = PROFILE_SHARE) -> np.ndarray:
    """Return vectors of length at most 1 whose product is (1 - share) x the cosine of `within` +
    share x that of `between`."""
    parts = np.sqrt(1 - share) * unit(within), np.sqrt(share) * unit(between)
    return np.concatenate(parts, axis=1)


def block_vectors(corpus: Corpus, rank: int, seed: int = 0) -> np.ndarray:
    """Return (genes, at most rank) float32 vectors whose product is, but for what the rank loses,
    the mean of the cosines in the blocks of `blocks_of`, weighted by BLOCKS."""
    return reduced(weighted(blocks_of(corpus, seed)), rank)


def blocks_of(corpus: Corpus, seed: int = 0) -> dict[str, np.ndarray]:
    """Return (genes, dims) float32 vectors by block; one the corpus has nothing for is left out.

    within: SVD of sets of cells. between: `profile_vectors` over all sets. types: SVD of the sets
    of profiles (`is_profiles`), which tell cell types and tissues apart. signatures: responses to
    treatments.
    """
    cells = tuple(s for s in corpus.sets if not is_profiles(s))
    types = tuple(s for s in corpus.sets if is_profiles(s))
    blocks = {}
    if cells:
        blocks["within"] = corpus_svd(replace(corpus, sets=cells), WITHIN_RANK, seed=seed)
    blocks["between"] = profile_vectors(corpus)
    if types:
        blocks["types"] = corpus_svd(replace(corpus, sets=types), TYPES_RANK, seed=seed)
    if corpus.signatures:
        each = [unit(s.values) for s in corpus.signatures]
        blocks["signatures"] = np.concatenate(each, axis=1)
    return blocks


def weighted(blocks: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return vectors whose product is the mean of the blocks' cosines, weighted by BLOCKS."""
    total = sum(BLOCKS[name] for name in blocks)
    parts = [np.sqrt(BLOCKS[name] / total) * unit(x) for name, x in blocks.items()]
    return np.concatenate(parts, axis=1)


def reduced(vectors: np.ndarray, rank: int) -> np.ndarray:
    """Return the (genes, at most rank) float32 vectors whose products are nearest to those of
    `vectors`: their leading principal axes, uncentred."""
    x = vectors.astype(np.float64)
    size, axes = np.linalg.eigh(x.T @ x)
    return (x @ axes[:, np.argsort(size)[::-1][:rank]]).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return `vectors` (genes, rank) of length 1; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)


def _weight(part: CorpusSet) -> float:
    text = f"{part.card.get('tissue', '')} {part.card.get('modality', '')}".lower()
    common = any(word in text for word in COMMON) and not is_profiles(part)
    return COMMON_WEIGHT if common else 1.0
