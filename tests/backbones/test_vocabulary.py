"""Gene look-up: exact first, then case, never a special token, never a silent guess."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from ugrn_core.backbones.vocabulary import Vocabulary, read_vocabulary
from ugrn_core.errors import CheckpointError, UnknownGeneError

TOKENS = ("A1BG", "C1orf112", "GATA1", "GATA2", "Mixed", "MIXED", "ENSG00000000003", "<mask>")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(TOKENS)


@pytest.mark.parametrize(
    ("symbol", "token", "how"),
    [
        ("GATA1", "GATA1", "exact"),
        ("C1orf112", "C1orf112", "exact"),
        ("C1ORF112", "C1orf112", "case-insensitive"),
        ("Gata1", "GATA1", "case-insensitive"),
        ("Mixed", "Mixed", "exact"),
        ("MIXED", "MIXED", "exact"),
        ("mixed", None, "missing"),  # two tokens differ in case only: no guess
        ("ENSG00000000003.14", "ENSG00000000003", "ensembl-version-stripped"),
        ("GATA1.2", None, "missing"),
        ("GATA", None, "missing"),
        ("", None, "missing"),
        ("<pad>", None, "missing"),
        ("<cls>", None, "missing"),
        ("<CLS>", None, "missing"),
        ("<mask>", None, "missing"),
        (None, None, "missing"),
        (float("nan"), None, "missing"),
    ],
)
def test_find(vocabulary, symbol, token, how):
    match = vocabulary.find(symbol)
    assert (match.token, match.how) == (token, how)
    assert vocabulary.token(symbol) == token
    assert (symbol in vocabulary) == (token is not None)


def test_specials_are_appended_in_the_original_order(vocabulary):
    assert vocabulary.tokens == (*TOKENS, "<pad>", "<cls>", "<eoc>")
    assert vocabulary.special("<cls>") == 9
    assert vocabulary.genes == TOKENS[:-1]
    assert Vocabulary(("A", "<eoc>", "B")).tokens == ("A", "<eoc>", "B", "<pad>", "<cls>")


def test_ids(vocabulary):
    ids = vocabulary.ids(["GATA2", "A1BG", "c1ORF112"])
    assert ids.dtype == np.int64
    assert ids.tolist() == [3, 0, 1]


def test_unknown_genes_are_all_named_with_near_matches(vocabulary):
    with pytest.raises(UnknownGeneError) as caught:
        vocabulary.ids(["GATA1", "GATA3", "zzzzzzzzz", "<pad>", "mixed"])
    assert caught.value.missing == ("GATA3", "zzzzzzzzz", "<pad>", "mixed")
    assert set(caught.value.suggestions["GATA3"]) == {"GATA1", "GATA2"}
    assert caught.value.suggestions["zzzzzzzzz"] == ()
    assert set(caught.value.suggestions["mixed"]) == {"Mixed", "MIXED"}


@pytest.mark.parametrize(
    "symbol",
    ["A" * 10_000_000, "<script>alert(1)</script>", "=1+1", "../../etc/passwd", "\x00", "\ud800"],
)
def test_hostile_symbols_are_merely_unknown(vocabulary, symbol):
    match = vocabulary.find(symbol)
    assert match.token is None
    assert len(match.symbol) <= 64
    with pytest.raises(UnknownGeneError) as caught:
        vocabulary.ids([symbol])
    assert len(str(caught.value)) < 500


def test_a_large_vocabulary_answers_quickly():
    """No scan of all genes per unknown symbol: 2,000 unknown ones cost seconds."""
    rng = np.random.default_rng(0)
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
    tokens = dict.fromkeys("".join(rng.choice(letters, 6)) for _ in range(60_694))
    large = Vocabulary(tuple(tokens))
    asked = [t[:3] + "?" + t[4:] for t in list(tokens)[:2000]]
    started = time.process_time()
    with pytest.raises(UnknownGeneError) as caught:
        large.ids(asked)
    assert time.process_time() - started < 60  # of the processor; scans take hours
    assert len(caught.value.missing) == 2000
    assert next(iter(tokens)) in caught.value.suggestions[asked[0]]


def test_read_vocabulary_orders_by_id(tmp_path):
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps({"B": 1, "<pad>": 2, "A": 0}))
    assert read_vocabulary(path).tokens == ("A", "B", "<pad>", "<cls>", "<eoc>")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"A": 1},
        {"A": 0, "B": 0},
        {"A": 0, "B": 2},
        {"A": -1},
        {"A": "0"},
        {"A": 0.0},
        {"A": False},
        {"A": None},
        {"A\nB": 0},
        {"\ud800": 0},
        {"A" * 300: 0},
    ],
)
def test_ill_formed_vocabularies_are_refused(tmp_path, content):
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=r"vocab\.json"):
        read_vocabulary(path)
