"""`bench vectors`: what gene vectors made of a corpus alone say of known edges, no network trained.

Only data sets a translator may be trained on, or that are declared for development, should be
asked, as in `recipe_trial`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import judge
from ugrn_core.console import say
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.catalog.study import in_order_of
from ugrn_core.experiment.evaluation.corpus_baselines import cosines, positions
from ugrn_core.pretraining.batches import training_part
from ugrn_core.pretraining.corpus.data_sets import Corpus, held_out_sets
from ugrn_core.pretraining.corpus.profiles import PROFILE_SHARE, joined, profile_vectors
from ugrn_core.pretraining.start import corpus_svd

RANKS = (32, 64, 96, 128, 256)
SHARES = (0.2, PROFILE_SHARE, 0.5)
JOINED_RANK = 96


def measure(
    corpus: Corpus,
    held_out: tuple[str, ...],
    data: Path,
    names: tuple[str, ...],
    orthologs: Path | None,
) -> pd.DataFrame:
    """Return a row for each kind of vector: how it is made, and for every data set and network the
    AUPRC of its cosine under matched sampling (chance 0.5). Vectors see no held-out study or cell.
    Raises UnknownNameError for a study that the corpus has not.
    """
    known, rows = training_part(corpus, held_out_sets(corpus, held_out), 0), []
    chosen = {name: datasets.beeline_dataset(data, name) for name in names}
    for title, vectors in _vectors(known):
        row = {"vectors": title}
        for name, dataset in chosen.items():
            score = cosines(vectors, known.genes, dataset, orthologs)
            there = positions(known.genes, dataset, orthologs) >= 0
            in_corpus = {g for g, yes in zip(dataset.genes, there) if yes}
            for network in dataset.references:
                scoreable = np.array([g in in_corpus for g in network.genes])
                test = evaluation_set(network, Protocol("matched"), scoreable=scoreable)
                told = judge(test, in_order_of(network, dataset, score))
                row[f"{name} {network.name}"] = told["auprc"]
        rows.append(row)
        say(f"{title} judged")
    return pd.DataFrame(rows)


def _vectors(corpus: Corpus) -> Iterator[tuple[str, np.ndarray]]:
    between = profile_vectors(corpus)
    for rank in RANKS:
        within = corpus_svd(corpus, rank)
        yield f"SVD within data sets, rank {rank}", within
        if rank == JOINED_RANK:
            for share in SHARES:
                name = f"joined, {share:.2f} of the cosine from between data sets"
                yield name, joined(within, between, share)
    yield f"ranks between data sets, rank {between.shape[1]}", between
