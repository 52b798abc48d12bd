"""`bench vectors`: what gene vectors made of a corpus alone say of known edges, no network trained.

Only data sets a translator may be trained on, or that are declared for development, should be
asked, as in `recipe_trial`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import gain, judge
from ugrn_core.console import say
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.experiment.catalog.study import in_order_of
from ugrn_core.experiment.evaluation.corpus_baselines import cosines, positions
from ugrn_core.pretraining.batches import training_part
from ugrn_core.pretraining.corpus.data_sets import Corpus, held_out_sets
from ugrn_core.pretraining.corpus.merged_sets import is_profiles
from ugrn_core.pretraining.corpus.profiles import (
    BLOCKS,
    PROFILE_SHARE,
    TYPES_RANK,
    block_vectors,
    blocks_of,
    joined,
    profile_vectors,
    weighted,
)
from ugrn_core.pretraining.start import corpus_svd

RANKS = (32, 64, 96, 128, 256)
SHARES = (0.2, PROFILE_SHARE, 0.5)
JOINED_RANK = 96
TABLE_RANK = 128  # dimensions that the network's gene table starts with


def measure(
    corpus: Corpus,
    held_out: tuple[str, ...],
    data: Path,
    names: tuple[str, ...],
    orthologs: Path | None,
) -> pd.DataFrame:
    """Return a row for each kind of vector: how it is made, and for every data set and network the
    AUPRC of its cosine under matched sampling (chance 0.5), and how far that is `ahead` of the
    vectors joined from sets of cells alone, paired, with its 95 % interval `low`, `high`.

    Vectors see no held-out study or cell. Raises UnknownNameError for a study that the corpus has
    not.
    """
    known, rows = training_part(corpus, held_out_sets(corpus, held_out), 0), []
    tests = list(_tests(known, data, names, orthologs))
    first: dict[str, np.ndarray] = {}
    for title, vectors in _vectors(known):
        row = {"vectors": title}
        for column, dataset, network, test in tests:
            score = cosines(vectors, known.genes, dataset, orthologs)
            score = in_order_of(network, dataset, score)
            row[column] = judge(test, score)["auprc"]
            ahead = gain(test, score, first.setdefault(column, score))
            row |= {f"{column} {k}": v for k, v in zip(("ahead", "low", "high"), ahead.values())}
        rows.append(row)
        say(f"{title} judged")
    return pd.DataFrame(rows)


def _tests(corpus: Corpus, data: Path, names: tuple[str, ...], orthologs: Path | None) -> Iterator:
    """Yield title, data set, network and its matched pairs among the genes of the corpus."""
    for name in names:
        dataset = beeline_dataset(data, name)
        there = positions(corpus.genes, dataset, orthologs) >= 0
        in_corpus = {g for g, yes in zip(dataset.genes, there) if yes}
        for network in dataset.references:
            scoreable = np.array([g in in_corpus for g in network.genes])
            test = evaluation_set(network, Protocol("matched"), scoreable=scoreable)
            yield f"{name} {network.name}", dataset, network, test


def _vectors(corpus: Corpus) -> Iterator[tuple[str, np.ndarray]]:
    """Yield title and vectors, those every other is compared with first."""
    cells = replace(corpus, sets=tuple(s for s in corpus.sets if not is_profiles(s)))
    between = profile_vectors(cells)
    within = corpus_svd(cells, JOINED_RANK)
    for share in sorted(SHARES, key=lambda s: s != PROFILE_SHARE):
        name = f"joined, {share:.2f} of the cosine from between data sets"
        yield name, joined(within, between, share)
    for rank in RANKS:
        yield f"SVD within data sets, rank {rank}", corpus_svd(cells, rank)
    yield f"ranks between data sets, rank {between.shape[1]}", between
    if len(cells.sets) < len(corpus.sets) or corpus.signatures:
        yield from _with_profiles(corpus)


def _with_profiles(corpus: Corpus) -> Iterator[tuple[str, np.ndarray]]:
    """Yield vectors of what the corpus has beside sets of cells."""
    every = profile_vectors(corpus)
    yield "joined, profiles as sets like any", joined(corpus_svd(corpus, JOINED_RANK), every)
    blocks = blocks_of(corpus)
    if "types" in blocks:
        yield f"profiles alone, rank {TYPES_RANK}", blocks["types"]
        yield "within, between, profiles", weighted(_without(blocks, "signatures"))
    if "signatures" in blocks:
        yield "within, between, signatures", weighted(_without(blocks, "types"))
    weights = " : ".join(f"{BLOCKS[name]:g}" for name in blocks)
    yield f"{', '.join(blocks)}, {weights}", weighted(blocks)
    yield f"the same, reduced to {TABLE_RANK} dimensions", block_vectors(corpus, TABLE_RANK)


def _without(blocks: dict[str, np.ndarray], left_out: str) -> dict[str, np.ndarray]:
    return {name: x for name, x in blocks.items() if name != left_out}
