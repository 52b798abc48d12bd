"""Geneformer's dictionaries, and the rule that makes a cell a sequence of genes.

Design notes models-formats.md 4.1 and 4.4. The dictionaries are JSON or the pickles as published;
a pickle is read by an unpickler that knows two functions of numpy and nothing else.
Letters: C cells, N columns of counts.
"""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ugrn_core.backbones.checkpoint import Checkpoint, file_checksum
from ugrn_core.backbones.vocabulary import read_json
from ugrn_core.errors import CheckpointError
from ugrn_core.files import read_plain

PER_CELL = 10_000
MOST_BYTES = 64_000_000
ALLOWED = {
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy", "dtype"),
}
# Where the dictionaries lie: beside the weights, above them, or as in the published repository.
PLACES = (".", "..", "../geneformer", "../geneformer/gene_dictionaries_30m")


@dataclass(frozen=True)
class Dictionaries:
    """What a Geneformer model needs beside its weights.

    genes: Ensembl id -> token. medians: Ensembl id -> median of the gene's non-zero values, for
    all of `genes`. mapping: other Ensembl ids -> id. names: symbol -> id. specials: `<pad>`,
    `<mask>` and, in V2, `<cls>` and `<eos>` -> token.
    """

    genes: dict[str, int]
    medians: dict[str, float]
    specials: dict[str, int]
    mapping: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def has_cls(self) -> bool:
        """Whether sequences are framed by `<cls>` and `<eos>`: the V2 layout."""
        return "<cls>" in self.specials

    def tokens(self) -> tuple[str, ...]:
        """Return all tokens, special ones too, in the order of their numbers."""
        everything = {**self.genes, **self.specials}
        return tuple(sorted(everything, key=everything.__getitem__))


class _NumbersOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module[:40]}.{name[:40]}")
        return super().find_class(module, name)

    def persistent_load(self, pid: object) -> Any:
        raise pickle.UnpicklingError("it refers to something outside the file")


def read_dictionary(path: Path) -> dict[str, Any]:
    """Return the dictionary in a .json or .pkl file; no code of the file runs.

    Raises CheckpointError naming the file.
    """
    if path.suffix == ".json":
        return read_json(path, MOST_BYTES)
    try:
        content = _NumbersOnly(io.BytesIO(read_plain(path, MOST_BYTES))).load()
    except Exception as error:  # a hostile pickle makes the reader raise anything at all
        raise CheckpointError(
            f"{path} is not a dictionary of numbers and names, or is damaged "
            f"({type(error).__name__}: {str(error)[:80]}). Give Geneformer's own file, or JSON."
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} should hold a dictionary, not a {type(content).__name__}.")
    return content


def read_dictionaries(checkpoint: Checkpoint, size: int) -> Dictionaries:
    """Return the dictionaries of a model with `size` tokens; raise CheckpointError.

    Of several families in one place that of `size` tokens is read.
    """
    family, tokens = _token_dictionary(checkpoint, size)
    medians = _positive(_read(checkpoint, f"gene_median_dictionary{family}"))
    specials = {t: k for t, k in tokens.items() if t.startswith("<")}
    genes = {t: k for t, k in tokens.items() if t not in specials}
    missing = [g for g in genes if g not in medians]
    if missing or not {"<pad>", "<mask>"} <= set(specials):
        lacking = f"a positive median of {missing[0]}" if missing else "<pad> or <mask>"
        raise CheckpointError(
            f"The dictionaries of the checkpoint in {checkpoint.folder} lack {lacking}. "
            "Give token and median dictionary of one family, such as gc30M for V1."
        )
    return Dictionaries(
        genes=genes,
        medians={g: medians[g] for g in genes},
        specials=specials,
        mapping=_texts(_read(checkpoint, f"ensembl_mapping_dict{family}", optional=True)),
        names=_texts(_read(checkpoint, f"gene_name_id_dict{family}", optional=True)),
    )


def _token_dictionary(checkpoint: Checkpoint, size: int) -> tuple[str, dict[str, int]]:
    """Return the family (`_gc30M`) and content of the token dictionary with `size` entries."""
    paths = _found(checkpoint.folder, "token_dictionary*")
    lengths = []
    for path in paths:
        content = read_dictionary(path)
        tokens = {str(t): int(k) for t, k in content.items() if _whole(k)}
        if len(content) == len(tokens) == size and set(tokens.values()) == set(range(size)):
            checkpoint.files[path.name] = file_checksum(path)
            return path.stem.removeprefix("token_dictionary"), tokens
        lengths.append(f"{path.name}: {len(content)}")
    what = f"those there hold others ({', '.join(lengths[:3])})" if lengths else "there is none"
    raise CheckpointError(
        f"The checkpoint in {checkpoint.folder} needs a token dictionary (token_dictionary*.json "
        f"or .pkl) that numbers {size} tokens 0 to {size - 1}; {what}. Put Geneformer's "
        "dictionaries of the same version beside the weights."
    )


def _read(checkpoint: Checkpoint, stem: str, optional: bool = False) -> dict[str, Any]:
    for path in _found(checkpoint.folder, stem):
        checkpoint.files[path.name] = file_checksum(path)
        return read_dictionary(path)
    if optional:
        return {}
    raise CheckpointError(
        f"The checkpoint in {checkpoint.folder} lacks {stem}.json or .pkl. "
        "Put Geneformer's own file beside the weights."
    )


def _found(folder: Path, pattern: str) -> list[Path]:
    """Return the files of that stem, JSON first, nearest first."""
    places = [folder / place for place in PLACES]
    return [
        path
        for place in places
        for ending in (".json", ".pkl")
        for path in sorted(place.glob(pattern + ending))
        if path.is_file()
    ]


def _whole(value: object) -> bool:
    whole = isinstance(value, int | np.integer)
    return whole and not isinstance(value, bool | np.bool_)


def _positive(content: dict[str, Any]) -> dict[str, float]:
    """Return the positive numbers; published files hold genes beside those that have a token."""
    return {
        str(k): float(v)
        for k, v in content.items()
        if isinstance(v, int | float | np.number) and math.isfinite(v) and v > 0
    }


def _texts(content: dict[str, Any]) -> dict[str, str]:
    return {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, str)}


def tokenise(
    genes: Sequence[str],
    counts: np.ndarray,
    totals: np.ndarray,
    dictionaries: Dictionaries,
    longest: int,
) -> list[list[int]]:
    """Return the token sequence of every cell, special tokens and all, at most `longest` long.

    genes: Ensembl ids of the columns; counts (C, N), raw; totals (C,): all counts of the cell, also
    those of other genes. Columns that are one gene are summed; those of no token are dropped. A
    gene's value is its share of 10,000 over its median; the highest comes first, ties in the order
    of the tokens (the original leaves them to an unstable sort).
    """
    tokens = _columns(genes, dictionaries.genes, dictionaries.mapping)
    order = sorted({t for t in tokens if t is not None})
    summed = np.zeros((len(counts), len(order)))
    place = {token: k for k, token in enumerate(order)}
    for column, token in enumerate(tokens):
        if token is not None:
            summed[:, place[token]] += counts[:, column]
    by_token = {token: dictionaries.medians[gene] for gene, token in dictionaries.genes.items()}
    medians = np.array([by_token[token] for token in order])
    values = summed / np.asarray(totals, float)[:, None] * PER_CELL / medians
    token_of = np.array(order)
    return [
        framed(token_of[ranked(cell)].tolist(), dictionaries.specials, longest) for cell in values
    ]


def ranked(values: np.ndarray) -> np.ndarray:
    """Return the positions of the non-zero `values`, highest first, ties as they stand."""
    order = np.argsort(-values, kind="stable")
    return order[values[order] > 0]


def place_values(others: np.ndarray, median: float, shares: Sequence[float]) -> tuple[float, ...]:
    """Return the values that put a gene with `median` at `shares` of a cell's order: 1 the front,
    towards 0 the back, 0 absent.

    others: value over median of every other gene. Among n that are present there are n + 1 places,
    each an equal part of (0, 1]; between two that are equal there is none.
    """
    queue = np.sort(others[others > 0])[::-1]
    ends = np.array([2 * queue[0], queue[-1] / 2]) if len(queue) else np.ones(2)
    # Every place's value: before the first, between two, behind the last.
    scaled = [ends[0], *(queue[1:] + queue[:-1]) / 2, ends[1]]
    ahead = [min(len(queue), int((1 - share) * (len(queue) + 1))) for share in shares]
    return tuple(
        float(scaled[at] * median) if share > 0 else 0.0 for at, share in zip(ahead, shares)
    )


def framed(tokens: list[int], specials: Mapping[str, int], longest: int) -> list[int]:
    """Return the sequence the model reads, cut at the end: V2 frames it by `<cls>` and `<eos>`."""
    if "<cls>" not in specials:
        return tokens[:longest]
    return [specials["<cls>"], *tokens[: longest - 2], specials["<eos>"]]


def _columns(
    genes: Sequence[str], tokens: Mapping[str, int], mapping: Mapping[str, str]
) -> list[int | None]:
    """Return the token of every column, None where there is none."""
    upper = [gene.upper() for gene in genes]
    return [tokens.get(mapping.get(g, g) if mapping else g) for g in upper]
