"""Strengths of edges in contexts, read back and compared: the tables of commands and pages.

Letters: K contexts, S sources, G genes of the panel, T grid values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.contexts import folder as files
from ugrn_core.experiment.contexts.chance import null
from ugrn_core.registry import require

FDR = 0.05
NOT_THERE = "These contexts have not been probed yet. Start that first."
SILENT = ("", "regulator", "target", "regulator and target")


@dataclass(frozen=True, eq=False)
class ContextResults:
    """What `compute` wrote. arrays: rise (K, S, G), rise_all and rise_flat (S, G), variance (S, G)
    of the null, drawn (R, K, S, G) its rises, shape (K, K), silent (K, G), members (K, C), and
    flat_score (S, G) where there is a translator. about: what made them."""

    arrays: files.Arrays
    about: dict

    @property
    def contexts(self) -> tuple[str, ...]:
        """Names of the contexts."""
        return tuple(self.about["contexts"])

    @property
    def sources(self) -> tuple[str, ...]:
        """Symbols of the regulators."""
        return tuple(self.about["sources"])

    @property
    def genes(self) -> tuple[str, ...]:
        """Symbols of the panel."""
        return tuple(self.about["genes"])

    @property
    def stages(self) -> np.ndarray | None:
        """The middle of each stage, (K,); None where contexts have no order."""
        stages = self.about["stages"]
        return None if stages is None else np.array(stages)

    @property
    def branches(self) -> tuple[str, ...]:
        """The branch of each stage; empty where there is one course."""
        return tuple(self.about.get("branches", ()))

    @cached_property
    def own(self) -> np.ndarray:
        """(S,) positions of the sources in the panel."""
        where = {g: k for k, g in enumerate(self.genes)}
        return np.array([where[s] for s in self.sources])

    @cached_property
    def silent(self) -> np.ndarray:
        """(K, S, G) int: 0, or which end is silent there, an index of SILENT."""
        quiet = self.arrays["silent"].astype(np.int8)
        return quiet[:, self.own, None] + 2 * quiet[:, None, :]

    @cached_property
    def rise(self) -> np.ndarray:
        """(K, S, G) strengths; NaN where an end is silent, and for a gene with itself."""
        return self.heard(self.arrays["rise"])

    def heard(self, rise: np.ndarray) -> np.ndarray:
        """Return strengths (K, S, G) with NaN where an end is silent, and for a gene with
        itself."""
        heard = np.where(self.silent > 0, np.nan, rise)
        heard[:, np.arange(len(self.own)), self.own] = np.nan
        return heard

    @cached_property
    def tested(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """t, p and q (K, S, G) of each context against all cells."""
        parts = [self._tested(k) for k in range(len(self.contexts))]
        t, p = (np.array([part[n] for part in parts]) for n in (0, 1))
        return t, p, null.called(t, p, np.stack([drawn for _, _, drawn in parts], axis=1))

    def _tested(self, first: int, second: int | None = None) -> tuple[np.ndarray, ...]:
        """t and p (S, G) of a context against all cells, or another one; t (R, S, G) of draws."""
        arrays, shape = self.arrays, self.arrays["shape"]
        freedom = float(self.about["degrees_of_freedom"])
        factor = null.difference_factor(shape, first, second)
        against = arrays["rise_all"] if second is None else self.rise[second]
        t, p = null.distances(self.rise[first], against, arrays["variance"], factor, freedom)
        drawn = arrays["drawn"], arrays["rise_all"], shape
        return t, p, null.draws_judged(*drawn, first, second)

    def context(self, name: str) -> int:
        """Return the position of a context; raise UnknownNameError with near matches."""
        return self.contexts.index(require(name, self.contexts, "context"))

    def table(self) -> pd.DataFrame:
        """Return one row a source, target and context: the largest changes first, of those that
        leave the null, then of the others.

        rise: change of the target as the source goes over the grid; rise_all, rise_flat: the same
        in the mean of all cells, and in the flat virtual cell, whose score is flat_probability.
        change: rise - rise_all; t, p, q: against the null of reassigned cells (q over the whole
        table). silent: which end is not expressed there, and then nothing else is told.
        """
        apart = np.ones(self.rise.shape, dtype=bool)
        apart[:, np.arange(len(self.own)), self.own] = False
        k, s, g = np.nonzero(apart)
        t, p, q = (a[k, s, g] for a in self.tested)
        sources, genes = np.array(self.sources, object), np.array(self.genes, object)
        names, counts = np.array(self.contexts, object), np.array(self.about["cells"])
        columns = {
            "source": sources[s],
            "target": genes[g],
            "context": names[k],
            "cells": counts[k],
            "rise": self.rise[k, s, g],
            "change": self.rise[k, s, g] - self.arrays["rise_all"][s, g],
            "t": t,
            "p": p,
            "q": q,
            "silent": np.array(SILENT, object)[self.silent[k, s, g]],
            "rise_all": self.arrays["rise_all"][s, g],
            "rise_flat": self.arrays["rise_flat"][s, g],
        }
        if "flat_score" in self.arrays:
            columns["flat_probability"] = self.arrays["flat_score"][s, g]
        change = np.nan_to_num(np.abs(columns["change"]))
        order = np.lexsort((-change, np.isnan(q), ~(q < FDR)))
        return pd.DataFrame({name: values[order] for name, values in columns.items()})

    def contrast(self, first: str, second: str) -> pd.DataFrame:
        """Return one row a pair: its rise in two contexts, the difference second - first, t, p, q
        over the pairs, and `edge`: gained (stronger, either sign, in the second), lost, or
        unchanged (q of 0.05 or more)."""
        a, b = self.context(first), self.context(second)
        one, two = self.rise[a], self.rise[b]
        t, p, drawn = self._tested(b, a)
        s, g = np.nonzero(np.isfinite(one) & np.isfinite(two))
        q = null.called(t, p, drawn)[s, g]
        grown = np.abs(two[s, g]) > np.abs(one[s, g])
        sources, genes = np.array(self.sources, object), np.array(self.genes, object)
        frame = pd.DataFrame(
            {
                "source": sources[s],
                "target": genes[g],
                "rise_first": one[s, g],
                "rise_second": two[s, g],
                "difference": (two - one)[s, g],
                "t": t[s, g],
                "p": p[s, g],
                "q": q,
                "edge": np.where(q >= FDR, "unchanged", np.where(grown, "gained", "lost")),
            }
        )
        if "flat_score" in self.arrays:
            frame["flat_probability"] = self.arrays["flat_score"][s, g]
        order = np.lexsort((-np.abs(frame["difference"]), ~(q < FDR)))
        return frame.iloc[order].reset_index(drop=True)

    def regulators(self) -> pd.DataFrame:
        """Return one row a regulator, the largest spread first: `targets` that are
        compared, `changed` of them in any context (q below 0.05), `share`, `strongest` context, and
        `spread`: root mean square over targets and contexts of the change."""
        _, _, q = self.tested
        change = self.rise - self.arrays["rise_all"]
        known = np.isfinite(change)
        hit = known & (q < FDR)
        targets = known.any(axis=0).sum(axis=1)
        changed = hit.any(axis=0).sum(axis=1)
        spread = np.sqrt(np.nansum(change**2, axis=(0, 2)) / np.maximum(known.sum((0, 2)), 1))
        frame = pd.DataFrame(
            {
                "regulator": self.sources,
                "targets": targets,
                "changed": changed,
                "share": changed / np.maximum(targets, 1),
                "strongest": np.array(self.contexts)[np.nan_to_num(self.by_context).argmax(axis=1)],
                "spread": spread,
            }
        )
        order = np.argsort(-frame["spread"].to_numpy(), kind="stable")
        return frame.iloc[order].reset_index(drop=True)

    def telling_pair(self) -> tuple[str, str]:
        """Return a regulator and a target to begin with: of those heard in most contexts the
        regulator whose targets change most, and its target that does."""
        change = self.rise - self.arrays["rise_all"]
        there = np.isfinite(change).sum(axis=0)  # (S, G)
        size = np.nansum(change**2, axis=0)
        common = there == max(1, there.max())
        source = int(np.where(common, size, 0).sum(axis=1).argmax())
        target = int(np.where(common[source], size[source], -1).argmax())
        if target == self.own[source]:  # one gene alone, or nothing is heard
            target = int(target == 0)
        return self.sources[source], self.genes[target]

    def telling_contrast(self) -> tuple[str, str]:
        """Return two contexts to compare first: the first and the last stage; of groups the two
        with most cells."""
        if self.stages is not None or len(self.contexts) < 2:
            return self.contexts[0], self.contexts[-1]
        first, second = np.argsort(-np.array(self.about["cells"]), kind="stable")[:2]
        return self.contexts[first], self.contexts[second]

    @cached_property
    def by_context(self) -> np.ndarray:
        """(S, K): root mean square over targets of the change against all cells; NaN where the
        regulator is silent."""
        change = self.rise - self.arrays["rise_all"]
        count = np.isfinite(change).sum(axis=2)
        mean = np.nansum(change**2, axis=2) / np.maximum(count, 1)
        return np.where(count > 0, np.sqrt(mean), np.nan).T

    @cached_property
    def changed_by_context(self) -> np.ndarray:
        """(S, K): how many targets differ from all cells there, q below 0.05."""
        return (self.tested[2] < FDR).sum(axis=2).T


def open_results(folder: Path) -> ContextResults:
    """Return the results in `folder`; raise MissingDataError where there are none to trust."""
    read = files.read(folder, files.STRENGTHS)
    if read is None:
        raise MissingDataError(NOT_THERE)
    return ContextResults(*read)


def called_by_chance(results: ContextResults) -> float:
    """Return how many rows the same test calls, on average, where cells are dealt out at random:
    each draw is judged as if it were the real one, by the other draws."""
    arrays, shape = results.arrays, results.arrays["shape"]
    there, drawn = np.isfinite(results.rise), arrays["drawn"]
    freedom = float(results.about["degrees_of_freedom"]) * (len(drawn) - 1) / len(drawn)
    judged = [null.draws_judged(drawn, arrays["rise_all"], shape, k) for k in range(len(shape))]
    t = np.where(there, np.stack(judged, axis=1), np.nan)  # (R, K, S, G)
    counts = []
    for r, draw in enumerate(t):
        p = null.two_sided(draw, freedom)
        counts.append((null.called(draw, p, np.delete(t, r, axis=0)) < FDR).sum())
    return float(np.mean(counts))


def changed_counts(results: ContextResults) -> tuple[int, int, Sequence[int]]:
    """Return how many pairs change in any context, of how many compared, and how many in each."""
    q = results.tested[2]
    return (
        int((q < FDR).any(axis=0).sum()),
        int(np.isfinite(q).any(axis=0).sum()),
        (q < FDR).sum(axis=(1, 2)).tolist(),
    )
