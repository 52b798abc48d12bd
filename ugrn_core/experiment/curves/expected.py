"""What the backbone's own gene table foretells of a pair's curves: a_i(v) b_j cos_ij.

The product is fitted to all curves of a run (probes/gene_table/product.py), VVP and GDT each by
itself. What a curve shows beyond it is what the network adds to its table, so pages draw both, and
say how many pairs of the panel depart less. Letters: S regulators, G genes, T grid values.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ugrn_core.probes.gene_table.cosines import cosines
from ugrn_core.probes.gene_table.product import table_product
from ugrn_core.types import ProbeTensor

STEPS = np.linspace(0, 100, 201)  # percentiles of the departures that are kept


@dataclass(frozen=True, eq=False)
class ExpectedPair:
    """vvp and gdt (T,): what the gene table foretells; gdt is None without a derivative.
    explains: share of the variance of all VVP curves of the panel that the product explains.
    departs: root mean square of the VVP's departure over the grid; beyond: percent of the panel's
    pairs that depart less, 0 to 100."""

    vvp: np.ndarray
    gdt: np.ndarray | None
    explains: float
    departs: float
    beyond: float


@dataclass(frozen=True, eq=False)
class Expected:
    """The fitted product of a run. cosine: (S, G); at: the places in the panel of the S regulators;
    vvp_a (S, T), vvp_b (G,), gdt_a, gdt_b likewise or absent; explains: (1,); departures (S, G);
    departed: their percentiles STEPS."""

    arrays: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Expected | None:
        """Return what the arrays of a run say; None where there are none: an older run."""
        return cls(arrays) if _sound(arrays) else None

    def pair(self, i: int, j: int) -> ExpectedPair | None:
        """Return the expectation for the genes at `i` and `j` of the panel; None where gene `i`
        was no regulator."""
        rows = np.flatnonzero(self.arrays["at"] == i)
        if not len(rows) or i == j:
            return None
        row = int(rows[0])
        cosine = float(self.arrays["cosine"][row, j])
        curves = {
            probe: self.arrays[f"{probe}_a"][row] * self.arrays[f"{probe}_b"][j] * cosine
            for probe in ("vvp", "gdt")
            if f"{probe}_a" in self.arrays
        }
        departs = float(self.arrays["departures"][row, j])
        steps = self.arrays["departed"]
        return ExpectedPair(
            vvp=curves["vvp"],
            gdt=curves.get("gdt"),
            explains=float(self.arrays["explains"][0]),
            departs=departs,
            beyond=float(np.interp(departs, steps, STEPS)),
        )


def fitted(curves: Mapping[str, ProbeTensor], at: np.ndarray, vectors: np.ndarray) -> bytes:
    """Return the NPZ of an `Expected`.

    curves: vvp and, where there is a derivative, gdt; at (S,): the regulators' places in the panel;
    vectors (G, D): the backbone's gene vectors. Raises InputError for vectors that are not finite.
    """
    cosine = cosines(vectors)[at]
    arrays = {"at": at, "cosine": np.nan_to_num(cosine).astype(np.float32)}
    for probe in ("vvp", "gdt"):
        if probe not in curves:
            continue
        responses = curves[probe].values
        fit = table_product(responses, cosine)
        arrays |= {f"{probe}_a": fit.a, f"{probe}_b": fit.b}
        if probe == "vvp":
            departures = np.sqrt(((responses - fit.fitted) ** 2).mean(axis=1))
            arrays["explains"] = np.array([fit.explains])
            arrays["departures"] = np.nan_to_num(departures).astype(np.float32)
            arrays["departed"] = np.percentile(departures[np.isfinite(departures)], STEPS)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _sound(arrays: Mapping[str, np.ndarray]) -> bool:
    """Return whether the arrays fit together."""
    needed = {"at", "cosine", "vvp_a", "vvp_b", "explains", "departures", "departed"}
    if not needed <= set(arrays):
        return False
    shape = arrays["cosine"].shape
    return (
        arrays["departures"].shape == shape
        and arrays["vvp_b"].shape == shape[1:]
        and arrays["vvp_a"].shape[:1] == arrays["at"].shape == shape[:1]
        and arrays["departed"].shape == STEPS.shape
    )
