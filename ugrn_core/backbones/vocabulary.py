"""Gene look-up in a backbone's vocabulary: exact first, never a silent guess."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from ugrn_core.errors import CheckpointError, StorageError, UnknownGeneError
from ugrn_core.files import read_bounded
from ugrn_core.registry import near_matches

SPECIALS = ("<pad>", "<cls>", "<eoc>")  # the order in which scGPT appends those a file lacks
SPECIAL = re.compile(r"<[a-z_]+>")
ENSEMBL = re.compile(r"ENS[A-Z]{0,5}G\d+(?:\.\d+)?", re.IGNORECASE)
VERSIONED = re.compile(r"(ENS[A-Z]{0,5}G\d{11})\.\d{1,4}")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-."
LONGEST_SYMBOL = 64  # longer strings are no gene symbols: not searched, never echoed whole
LONGEST_TOKEN = 256
MOST_TOKENS = 2_000_000
MOST_SUGGESTED = 100  # unknown genes that get near matches in one error
How = Literal["exact", "case-insensitive", "ensembl-version-stripped", "another name", "missing"]


@dataclass(frozen=True)
class GeneMatch:
    """The answer to one look-up: `token` is None when `how` is `missing`; `near` suggests.

    `symbol` is what was asked, cut at 64 characters.
    """

    symbol: str
    token: str | None
    how: How
    near: tuple[str, ...] = ()


class Vocabulary:
    """Immutable table of tokens to ids 0..n-1. Special tokens (`<pad>`, ...) match no gene."""

    def __init__(
        self,
        tokens: Sequence[str],
        specials: Sequence[str] = SPECIALS,
        also: Mapping[str, str] | None = None,
    ) -> None:
        """`tokens` in id order, without repeats; `specials` that lack are appended in order.

        also: other names, such as Ensembl ids, that mean a token where no token is spelled so.
        """
        lacking = [s for s in specials if s not in set(tokens)]
        self._tokens = (*tokens, *lacking)
        self._ids = {t: k for k, t in enumerate(self._tokens)}
        self._also = {name.casefold(): token for name, token in (also or {}).items()}
        if len(self._ids) < len(self._tokens):
            raise CheckpointError("A vocabulary names each token once; some came more than once.")

    def __len__(self) -> int:
        return len(self._tokens)

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens in id order, special ones included."""
        return self._tokens

    @cached_property
    def genes(self) -> tuple[str, ...]:
        """All gene tokens in id order, special ones left out."""
        return tuple(t for t in self._tokens if not SPECIAL.fullmatch(t))

    def __contains__(self, symbol: object) -> bool:
        return isinstance(symbol, str) and self._resolve(symbol)[0] is not None

    def to_json(self) -> dict:
        """Return all of it as plain JSON types, for `from_json`."""
        return {"tokens": list(self._tokens), "also": dict(self._also)}

    @classmethod
    def from_json(cls, content: dict) -> Self:
        """Return the vocabulary that `to_json` wrote."""
        return cls(content["tokens"], specials=(), also=content["also"])

    def special(self, token: str) -> int:
        """Return the id of a special token such as `<cls>`."""
        return self._ids[token]

    def token(self, symbol: str) -> str | None:
        """Return the token that `symbol` means here, None for none: `find` without suggestions,
        which take a millisecond for every unknown name."""
        return self._resolve(symbol)[0]

    def find(self, symbol: str) -> GeneMatch:
        """Return how `symbol` is known here; never raises."""
        token, how = self._resolve(symbol)
        near = () if token else self._near(symbol)
        return GeneMatch(str(symbol)[:LONGEST_SYMBOL], token, how, near)

    def ids(self, genes: Iterable[str]) -> np.ndarray:
        """Return the (n,) int64 ids of `genes`; raise UnknownGeneError naming every unknown one.

        Near matches are looked up for the first 100 unknown genes only.
        """
        genes = tuple(genes)
        tokens = [self._resolve(g)[0] for g in genes]
        missing = [g for g, t in zip(genes, tokens) if t is None]
        if missing:
            near = {g: self._near(g) for g in missing[:MOST_SUGGESTED]}
            raise UnknownGeneError([str(g) for g in missing], "the backbone's vocabulary", near)
        return np.array([self._ids[t] for t in tokens], dtype=np.int64)

    def _resolve(self, symbol: str) -> tuple[str | None, How]:
        if not isinstance(symbol, str) or len(symbol) > LONGEST_SYMBOL or SPECIAL.fullmatch(symbol):
            return None, "missing"
        if symbol in self._ids:
            return symbol, "exact"
        # Ambiguous case variants are no match: guessing would put another gene's numbers there.
        variants = self._by_fold.get(symbol.casefold(), ())
        if len(variants) == 1:
            return variants[0], "case-insensitive"
        versioned = VERSIONED.fullmatch(symbol)
        if versioned and versioned[1] in self._ids:
            return versioned[1], "ensembl-version-stripped"
        name = versioned[1] if versioned else symbol
        if not variants and name.casefold() in self._also:
            return self._also[name.casefold()], "another name"
        return None, "missing"

    @cached_property
    def _by_fold(self) -> dict[str, tuple[str, ...]]:
        folded: dict[str, tuple[str, ...]] = {}
        for gene in self.genes:
            fold = gene.casefold()
            folded[fold] = (*folded.get(fold, ()), gene)
        return folded

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._by_fold)

    def _near(self, symbol: str) -> tuple[str, ...]:
        """Near matches among one-letter edits and alphabetical neighbours: no scan of all genes."""
        if not isinstance(symbol, str) or not symbol or len(symbol) > LONGEST_SYMBOL:
            return ()
        fold = symbol.casefold()
        if fold in self._by_fold:  # several spellings that differ in case only
            return self._by_fold[fold][:3]
        here = bisect_left(self._sorted, fold)
        candidates = dict.fromkeys(e for e in _edits(fold) if e in self._by_fold)
        candidates |= dict.fromkeys(self._sorted[max(0, here - 40) : here + 40])
        return tuple(self._by_fold[c][0] for c in near_matches(fold, list(candidates)))


def _edits(word: str) -> Iterable[str]:
    """Yield every string one deletion, swap, replacement or insertion away from `word`."""
    for k in range(len(word) + 1):
        head, tail = word[:k], word[k:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in LETTERS:
            yield head + letter + tail[1:]
            yield head + letter + tail


def read_json(path: Path, most_bytes: int) -> dict[str, Any]:
    """Return the object in a JSON file; raise CheckpointError naming the file."""
    try:
        content = json.loads(read_bounded(path, most_bytes).decode("utf-8-sig"))
    except StorageError as error:
        raise CheckpointError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path} cannot be read as JSON ({type(error).__name__}). "
            "Put the checkpoint's own file there."
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} should hold a JSON object, not a {type(content).__name__}.")
    return content


def read_vocabulary(path: Path) -> Vocabulary:
    """Return the vocabulary of a vocab.json (token -> id); raise CheckpointError if ill-formed."""
    content = read_json(path, most_bytes=256_000_000)
    tokens: list[str | None] = [None] * len(content)
    if not 0 < len(content) <= MOST_TOKENS:
        raise CheckpointError(f"{path} should hold 1 to {MOST_TOKENS} tokens, not {len(content)}.")
    for token, k in content.items():
        whole = isinstance(k, int) and not isinstance(k, bool)
        sound = len(token) <= LONGEST_TOKEN and token.isprintable()
        if not whole or not 0 <= k < len(tokens) or tokens[k] is not None or not sound:
            raise CheckpointError(
                f"{path} should map its {len(tokens)} tokens to the ids 0 to {len(tokens) - 1}, "
                f"each once; {token[:40]!a} has {str(k)[:20]}. Put the checkpoint's own file there."
            )
        tokens[k] = token
    return Vocabulary(tokens)


def read_gene_order(path: Path, count: int) -> tuple[str, ...]:
    """Return the genes of a text file, one a line, in the order of a model's `count` genes.

    Raises CheckpointError when there are more or fewer, one comes twice or is no symbol.
    """
    try:
        if path.stat().st_size > 64 * (count + 1):
            raise CheckpointError(f"{path} is too large for a list of {count} genes.")
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{path} cannot be read as text ({type(error).__name__}). Give one gene a line."
        ) from error
    genes = tuple(line.strip() for line in lines if line.strip())
    odd = [g for g in genes if not g.isprintable() or len(g) > LONGEST_SYMBOL or " " in g]
    if len(genes) != count or odd or len(set(genes)) < count:
        what = f"the line {odd[0][:40]!a}" if odd else f"{len(genes)} ({len(set(genes))} different)"
        raise CheckpointError(
            f"{path} should name the model's {count} genes, one a line, in the order of its "
            f"weights; it holds {what}. Give the gene order published with the weights."
        )
    return genes
