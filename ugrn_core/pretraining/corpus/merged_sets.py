"""Small data sets of one origin joined into one: profiles of an atlas that come tissue by tissue.

A set of 5 profiles says little by itself, since genes are centred within their set; the 281
profiles of one atlas together say what tells cell types apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from ugrn_core.data.orthologs import read_orthologs
from ugrn_core.errors import OptionError
from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet, read_corpus
from ugrn_core.pretraining.corpus.signatures import read_signatures

MEASURED = 0.7  # share of the parts that must measure a gene of the merged set


def is_profiles(part: CorpusSet) -> bool:
    """Return whether the columns of a set are means already, by the index's `modality`."""
    return "profile" in part.card.get("modality", "").lower()


def merge_plan(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return merged name -> patterns of set names, from 'NAME=PATTERN,PATTERN' each.

    Raises OptionError for a text of another form or a name given twice.
    """
    plan: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, rest = text.partition("=")
        patterns = tuple(p.strip() for p in rest.split(",") if p.strip())
        if not name.strip() or not patterns or name.strip() in plan:
            raise OptionError(
                "--merge is NAME=PATTERN,PATTERN, each name once, such as "
                f"'human_adult=p_h_adult_*'; '{text[:60]}' came."
            )
        plan[name.strip()] = patterns
    return plan


@dataclass(frozen=True)
class CorpusFolder:
    """A corpus folder and how it is read: `exclude` as in `data_sets.read_corpus`, `merge` as in
    `merge_plan`, `signatures` files of `read_signatures`; orthologs: CSV of human, mouse."""

    folder: Path
    orthologs: Path | None = None
    exclude: tuple[str, ...] = ()
    merge: tuple[str, ...] = ()
    signatures: tuple[Path, ...] = ()

    def read(
        self, on_progress: Callable[[int, int], None] | None = None, spool: Path | None = None
    ) -> Corpus:
        """Return the corpus, small sets merged, with signatures over its genes."""
        plan, orthologs = merge_plan(self.merge), read_orthologs(self.orthologs)
        corpus = read_corpus(
            self.folder, orthologs, self.exclude, on_progress=on_progress, spool=spool
        )
        if plan:
            corpus = with_merged(corpus, plan)
        return replace(corpus, signatures=read_signatures(self.signatures, corpus.genes))


def with_merged(corpus: Corpus, plan: Mapping[str, tuple[str, ...]]) -> Corpus:
    """Return `corpus` with the sets that match a pattern of `plan` joined under its name.

    A set enters the first name it matches; the others stay as they are, in their order, before the
    merged ones. Genes that no set measures after that leave the vocabulary. Raises OptionError for
    a name that a set of its own has, that matches no set, or that joins two species.
    """
    members: dict[str, list[CorpusSet]] = {name: [] for name in plan}
    others = []
    for part in corpus.sets:
        own = (n for n, ps in plan.items() if any(fnmatchcase(part.name, p) for p in ps))
        name = next(own, None)
        (members[name] if name is not None else others).append(part)
    for name, parts in members.items():
        if not parts:
            raise OptionError(f"--merge {name}: no data set matches {', '.join(plan[name])}.")
        if name in {s.name for s in others}:
            raise OptionError(f"--merge {name}: a data set has that name. Choose another.")
    merged = [merged_set(name, parts) for name, parts in members.items()]
    return _of_measured_genes(replace(corpus, sets=(*others, *merged)))


def merged_set(name: str, parts: list[CorpusSet]) -> CorpusSet:
    """Return the cells of `parts`, one under another, over the genes that MEASURED of them measure.

    Where a part does not measure a gene, its cells carry the mean of the others' means: unmeasured
    is not zero, and a mean says nothing. Raises OptionError for parts of two species.
    """
    species = sorted({p.card.get("species", "") for p in parts})
    if len(species) > 1:
        raise OptionError(f"--merge {name}: joins sets of {' and '.join(species)}.")
    every, times = np.unique(np.concatenate([p.ids for p in parts]), return_counts=True)
    ids = every[times >= MEASURED * len(parts)]
    if not len(ids):
        raise OptionError(f"--merge {name}: no gene is measured by {MEASURED:.0%} of its sets.")
    means = np.full((len(parts), len(ids)), np.nan)
    for k, part in enumerate(parts):
        own, columns = _shared(ids, part.ids)
        means[k, own] = np.asarray(part.values.mean(0)).ravel()[columns]
    fill = np.nanmean(means, axis=0).astype(np.float32)
    values = sp.vstack([_over(part, ids, fill) for part in parts], format="csr")
    return CorpusSet(name, _card(name, parts), ids, values)


def _shared(ids: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where in `ids` and where in `own` the genes of both stand."""
    _, first, second = np.intersect1d(ids, own, return_indices=True)
    return first, second


def _over(part: CorpusSet, ids: np.ndarray, fill: np.ndarray) -> sp.csr_matrix:
    there, columns = _shared(ids, part.ids)
    out = np.tile(fill, (part.n_cells, 1))
    out[:, there] = part.values[np.arange(part.n_cells)][:, columns].toarray()
    return sp.csr_matrix(out)


def _card(name: str, parts: list[CorpusSet]) -> dict[str, str]:
    """Return the first part's row of the index, with what differs said of all."""
    card = dict(parts[0].card) | {"name": name}
    for key in ("tissue", "study", "source_repository", "licence"):
        said = dict.fromkeys(p.card.get(key, "") for p in parts)
        card[key] = "; ".join(t for t in said if t)
    card["parts"] = ", ".join(p.name for p in parts)
    return card


def _of_measured_genes(corpus: Corpus) -> Corpus:
    measured = np.zeros(len(corpus.genes), bool)
    for part in corpus.sets:
        measured[part.ids] = True
    number = np.cumsum(measured) - 1
    genes = tuple(g for g, yes in zip(corpus.genes, measured) if yes)
    sets = (CorpusSet(s.name, s.card, number[s.ids], s.values) for s in corpus.sets)
    return replace(corpus, genes=genes, sets=tuple(sets))
