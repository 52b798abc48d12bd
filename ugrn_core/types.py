"""What the parts exchange: frozen, numpy only, checked on construction.

Letters used everywhere: S sources, T values of the grid (the paper's M = T = 8), G genes of the
panel, C cells, E edges.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Self

import numpy as np

from ugrn_core.errors import GridError, OptionError, PanelError, UnknownGeneError
from ugrn_core.registry import near_matches

DEPTHS = 0, 10  # of one count in a cell, and of more than any cell has
READOUTS = ("visible", "masked", "generative", "visible-all")


class ValueScale(Enum):
    """What a number of expression means: code branches on the member, people read `phrase`."""

    COUNTS = "counts"
    CP10K = "counts per 10,000"
    LINEAR = "normalised expression without logarithm (TPM, FPKM, CPM)"
    LOG1P_COUNTS = "log1p of counts"
    LOG1P_CP10K = "log1p of counts per 10,000"
    LOG1P_NORMALISED = "natural log of 1 + normalised counts"
    LOG2_CP10K = "log2 of 1 + counts per 10,000"
    LOG2_NORMALISED = "log2 of 1 + normalised expression"
    BIN = "expression bin: equal shares of the cell's expressed genes, 0 for none"
    RANK = "rank of the gene in the cell"
    ACTIVITY = "simulated activity, 0 to about 1"
    OTHER = "a scale of its own"

    @property
    def phrase(self) -> str:
        """The scale in words, for axes and messages."""
        return self.value

    @property
    def is_log1p(self) -> bool:
        """Whether values are natural logarithms of 1 + something, so that 0 means none."""
        return self in _LOG1P

    @classmethod
    def of_phrase(cls, phrase: str) -> Self:
        """Return the scale that a file names by its phrase or its member's name; OTHER if none."""
        plain = " ".join(phrase.split()).casefold()
        named = {text.casefold(): m for m in cls for text in (m.name, m.phrase)}
        otherwise = cls.LOG1P_NORMALISED if plain.startswith("log1p") else cls.OTHER
        return named.get(plain, otherwise)


_LOG1P = {ValueScale.LOG1P_COUNTS, ValueScale.LOG1P_CP10K, ValueScale.LOG1P_NORMALISED}


@dataclass(frozen=True)
class Panel:
    """The genes that share a virtual cell, in order: they change every number, so are identity.

    Raises PanelError when there are fewer than two genes, or duplicates.
    """

    genes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "genes", tuple(self.genes))
        if len(self.genes) < 2:
            raise PanelError(
                f"A panel needs at least two genes; {len(self.genes)} came. "
                "Give a regulator and the genes it may act on."
            )
        if len(set(self.genes)) < len(self.genes):
            seen: set[str] = set()
            twice = list(dict.fromkeys(g for g in self.genes if g in seen or seen.add(g)))
            shown = ", ".join(repr(g[:40]) for g in twice[:5])
            raise PanelError(
                f"A panel names each gene once; {len(twice)} came more than once: {shown}. "
                "Remove the repeats."
            )

    def __len__(self) -> int:
        return len(self.genes)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {g: k for k, g in enumerate(self.genes)}

    def positions(self, genes: list[str] | tuple[str, ...]) -> np.ndarray:
        """Return the (n,) int64 positions of `genes`; raise UnknownGeneError for absent ones."""
        missing = [g for g in genes if g not in self._position]
        if missing:
            near = {g: near_matches(g, list(self.genes)) for g in missing[:5]}
            raise UnknownGeneError(missing, "the panel", near)
        return np.array([self._position[g] for g in genes], dtype=np.int64)

    def __contains__(self, gene: object) -> bool:
        return gene in self._position

    @cached_property
    def checksum(self) -> str:
        """sha256 over the ordered symbols, hex."""
        return hashlib.sha256("\n".join(self.genes).encode()).hexdigest()


@dataclass(frozen=True)
class Uniform:
    """A background in which every gene carries one value, v_b: the flat virtual cell."""

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))

    @property
    def values(self) -> tuple[float, ...]:
        """The different values that genes carry."""
        return (self.value,)

    @property
    def words(self) -> str:
        """The background for people."""
        return f"every other gene at {self.value:g}"

    def array(self) -> np.ndarray:
        """Return the value, (), which broadcasts to the panel's (G,)."""
        return np.array(self.value)

    def at(self, gene: int) -> float:
        """Return what the gene at a panel position carries."""
        return self.value

    def carried(self, gene: int) -> float:
        """Return what stands for that gene in the cell: the same."""
        return self.value

    def identity(self) -> dict:
        """Return what tells it from others, as plain JSON types."""
        return {"baseline": self.value}

    def to_json(self) -> dict:
        """Return all of it, as plain JSON types."""
        return self.identity()


@dataclass(frozen=True)
class Profile:
    """A background of one value a gene, in the panel's order and on the backbone's value scale:
    the mean of a cell type, of a window of pseudotime. Two of one `name` may differ; their values
    alone are identity.

    folds: under the readout `masked`, 0 masks every gene but the source; K masks the genes in K
    fixed parts, gene g with part g mod K, one part at a time, and each is read where it was masked
    while all others carry the profile; genes at the positions `shown` are never masked. mask: (G,)
    of what single genes carry in place of their value, None for those that carry it; empty for
    none.
    """

    name: str
    values: tuple[float, ...]
    folds: int = 0
    mask: tuple[float | None, ...] = ()
    shown: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        values = tuple(float(v) for v in self.values)
        if len(values) < 2 or not np.isfinite(values).all():
            raise GridError(
                f"The profile '{self.name[:60]}' needs one finite value for each gene of the panel."
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "shown", tuple(int(g) for g in self.shown))
        if not 0 <= self.folds <= len(values):
            raise OptionError(f"A profile is masked in 0 to G parts; {self.folds} came.")

    @property
    def words(self) -> str:
        """The background for people."""
        return f"every other gene as in {self.name}"

    def array(self) -> np.ndarray:
        """Return the (G,) float64 values that genes carry, masked ones included."""
        return np.array([self.carried(g) for g in range(len(self.values))])

    def at(self, gene: int) -> float:
        """Return the value of the gene at a panel position, from which its responses count."""
        return self.values[gene]

    def carried(self, gene: int) -> float:
        """Return what stands for that gene in the cell: its value, unless it is masked."""
        masked = self.mask[gene] if self.mask else None
        return self.values[gene] if masked is None else masked

    def part(self, fold: int, mask_value: float) -> Self:
        """Return the profile with the genes of one of its parts masked."""
        masked = (g % self.folds == fold and g not in self.shown for g in range(len(self.values)))
        mask = tuple(mask_value if is_masked else None for is_masked in masked)
        return replace(self, folds=0, mask=mask, shown=())

    @cached_property
    def checksum(self) -> str:
        """sha256 over the values as float64, hex."""
        return hashlib.sha256(np.array(self.values, "<f8").tobytes()).hexdigest()

    def identity(self) -> dict:
        """Return what tells it from others, as plain JSON types."""
        return {"profile": self.checksum} | self._parts()

    def to_json(self) -> dict:
        """Return all of it, as plain JSON types."""
        told = {"name": self.name, "values": list(self.values)}
        return {"profile": told | self._parts()}

    def _parts(self) -> dict:
        parts = {"folds": self.folds} if self.folds else {}
        return parts | ({"shown": list(self.shown)} if self.shown else {})


Background = Uniform | Profile

AXES = ("value", "place")  # of a grid
SWEEP = 2  # raised when sweeps give other digits than before: curves kept earlier are not mixed in


@dataclass(frozen=True)
class ProbeSettings:
    """How virtual cells are made and read; part of every result's identity.

    background: what every gene but the source carries, a number standing for `Uniform`. grid: the
    T values of the source.
    readout: `visible` (targets carry v_b), `masked` (targets carry the backbone's mask value) or
    `generative` (targets are queried tokens without a value), or `visible-all` (scBERT: its
    expected bin with the class of zeros, which was never an answer in training).
    cls: value of the `<cls>` token, or None for no such token. dtype: float32 or float64.
    depth: (T, S), the logarithms to base 10 of the sequencing depth asked for and of the cell's
    own, for backbones that are told it (scFoundation); None for all others. axis: `value`, or
    `place` for backbones that read an order: the grid is then the source's place in it as a share,
    1 the front, towards 0 the back, 0 absent.
    """

    background: Background
    grid: tuple[float, ...]
    readout: str = "visible"
    cls: float | None = 0.0
    dtype: str = "float32"
    depth: tuple[float, float] | None = None
    axis: str = "value"

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", tuple(float(v) for v in self.grid))
        if self.depth is not None:
            object.__setattr__(self, "depth", tuple(float(v) for v in self.depth))
            low, high = DEPTHS
            if len(self.depth) != 2 or not all(low <= v <= high for v in self.depth):
                came = ", ".join(f"{v:g}" for v in self.depth) or "nothing"
                raise OptionError(
                    "The depth is two numbers, T and S, logarithms to base 10 of counts in a cell: "
                    f"{low:g} to {high:g}; {came} came."
                )
        if not isinstance(self.background, Background):
            object.__setattr__(self, "background", Uniform(self.background))
        if not self.grid or not np.isfinite([*self.background.values, *self.grid]).all():
            raise GridError(
                f"The grid needs at least one finite value; {self.grid or 'nothing'} came."
            )
        if len(set(self.grid)) < len(self.grid):
            raise GridError(f"The grid names each value once; {self.grid} came.")
        if self.readout not in READOUTS:
            raise OptionError(f"The readout is one of {', '.join(READOUTS)}; not '{self.readout}'.")
        in_parts = isinstance(self.background, Profile) and self.background.folds
        if in_parts and self.readout != "masked":
            raise OptionError(
                f"Parts of a profile are masked under the readout masked; '{self.readout}' came. "
                "Leave the parts out, or read masked."
            )
        if self.axis not in AXES:
            raise OptionError(f"The axis is one of {', '.join(AXES)}; not '{self.axis[:20]}'.")
        if self.dtype not in ("float32", "float64"):
            raise OptionError(f"The dtype is float32 or float64; not '{self.dtype}'.")

    @property
    def baseline(self) -> float:
        """v_b of a uniform background; raise OptionError where there is a profile."""
        if isinstance(self.background, Profile):
            raise OptionError(
                f"The background is the profile '{self.background.name[:60]}', not one value. "
                "Probe the flat virtual cell for this."
            )
        return self.background.value

    def identity(self) -> dict:
        """Return what changes a number, as plain JSON types: for keys and digests."""
        return self.background.identity() | self._how()

    def to_json(self) -> dict:
        """Return the settings as plain JSON types, for `from_json`."""
        return self.background.to_json() | self._how()

    def _how(self) -> dict:
        how = {"grid": list(self.grid), "readout": self.readout}
        how |= {"cls": self.cls, "dtype": self.dtype}
        how |= {} if self.depth is None else {"depth": list(self.depth)}
        return how if self.axis == AXES[0] else how | {"axis": self.axis}

    @classmethod
    def from_json(cls, content: dict) -> Self:
        """Return the settings that `to_json` wrote; raise TypeError or ValueError if ill-formed."""
        how = {name: v for name, v in content.items() if name not in ("baseline", "profile")}
        if "profile" in content:
            return cls(Profile(**content["profile"]), **how)
        return cls(Uniform(content["baseline"]), **how)


@dataclass(frozen=True)
class Expression:
    """Real cells: `values` (G, C) float32, non-negative, on `scale`.

    annotations: one (C,) array per name. notes: what the reader repaired or dropped.
    """

    name: str
    genes: tuple[str, ...]
    cells: tuple[str, ...]
    values: np.ndarray
    scale: ValueScale
    species: str = "human"
    annotations: dict[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def mean_profile(self) -> np.ndarray:
        """Return the (G,) mean over cells."""
        return self.values.mean(axis=1)


@dataclass(frozen=True)
class ReferenceNetwork:
    """Known edges among `genes`: `edges` (E, 2) int64 positions (regulator, target) in `genes`.

    regulators: positions of the data set's regulators in `genes`. signs: (E,) int8 of +1, -1, or
    0 for unknown; None when the network carries no signs. No self-loops, no repeats.
    gene_set: which genes of the data set these are (BEELINE's `TFs+500`), empty where there is no
    choice. notes: what the reader repaired or dropped.
    """

    name: str
    dataset: str
    genes: tuple[str, ...]
    regulators: np.ndarray
    edges: np.ndarray
    signs: np.ndarray | None = None
    species: str = "human"
    gene_set: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProbeTensor:
    """Features of every (source, target) pair: `values` (S, K, G); K is the feature dimension."""

    probe: str
    genes: tuple[str, ...]
    sources: tuple[str, ...]
    values: np.ndarray
    provenance: dict = field(default_factory=dict)
