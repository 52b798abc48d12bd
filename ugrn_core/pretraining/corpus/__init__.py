"""The corpus a backbone learns from: its data sets, value scale, and what they say untrained."""

from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet, held_out_sets, read_corpus
from ugrn_core.pretraining.corpus.index import read_index, require_sets

__all__ = ["Corpus", "CorpusSet", "held_out_sets", "read_corpus", "read_index", "require_sets"]
