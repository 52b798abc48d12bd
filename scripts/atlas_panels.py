"""How far a score depends on what fills a panel, on its size, and on how many values are asked: why
panels can make an atlas.

The same regulators and targets are probed in panels of several sizes, filled up with other genes
of the vocabulary at random, and scored by the backbone's default translator over these pairs. What
the gene table says of a pair is taken among all genes, as the atlas takes it.

    python scripts/atlas_panels.py ugrn-small
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ugrn_core.experiment.atlas import fewer_values
from ugrn_core.experiment.catalog import identity, translators
from ugrn_core.experiment.curves.panel_plan import SIZE, plan_of
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.probes import PROBES
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.probes.virtual_cell import Curves
from ugrn_core.settings import read_settings
from ugrn_core.translators.stacked import STACKED, TABLE_READS, stack
from ugrn_core.types import Panel, ProbeTensor

REGULATORS, TARGETS = 48, 208
COMPARED = (
    ((512, 0), (512, 1)),
    ((1024, 0), (1024, 1)),
    ((2048, 0), (2048, 1)),
    ((512, 0), (1024, 0)),
    ((1024, 0), (2048, 0)),
)
VALUES = (3, 4)  # of the grid's, asked in place of all
BEST = 5  # regulators of a target


class Trial:
    """The pairs, and their scores in a panel of a size, filled by a seed."""

    def __init__(self, backbone: str) -> None:
        settings = read_settings()
        self.backbone = identity.known(backbone, settings)
        where = settings, self.backbone.name, self.backbone.checksum, None, REGULATORS
        self.translator = translators.load(*where)
        if self.translator is None or STACKED not in self.translator.members:
            raise SystemExit(f"{backbone} has no stacked translator to score with.")
        self.plan, rng = plan_of(self.backbone), np.random.default_rng(1)
        self.sources = tuple(rng.choice(self.plan.sources, REGULATORS, replace=False))
        others = [g for g in self.plan.genes if g not in set(self.sources)]
        self.genes = (*self.sources, *rng.choice(others, TARGETS, replace=False))
        self.fill = [g for g in self.plan.genes if g not in set(self.genes)]
        everything = Panel(self.plan.genes)
        request = self._request(everything)
        at = everything.positions(self.genes)
        self.table = {n: self._pairs(PROBES[n]()(request), at) for n in TABLE_READS}

    def curves(self, size: int, seed: int) -> dict[str, ProbeTensor]:
        """Return VVP and GDT of the pairs in a panel of `size` genes, filled by `seed`."""
        more = np.random.default_rng(100 + seed).choice(
            self.fill, size - len(self.genes), replace=False
        )
        request = self._request(Panel((*self.genes, *more)))
        at = np.arange(len(self.genes))
        return {n: self._pairs(PROBES[n]()(request), at) for n in ("vvp", "gdt")}

    def of_few(self, curves: dict[str, ProbeTensor], count: int) -> dict[str, ProbeTensor]:
        """Return the same as told from `count` values."""
        settings = self.translator.settings
        fewer = fewer_values.fitted(self.backbone.opened, self.plan, settings, count)
        vvp, gdt = (curves[n].values[:, list(fewer.at)] for n in ("vvp", "gdt"))
        whole = fewer.whole(Curves(np.zeros(vvp.shape[2]), vvp, gdt))
        told = {"vvp": whole.vvp, "gdt": whole.gdt}
        return {n: replace(curves[n], values=values) for n, values in told.items()}

    def scores(self, curves: dict[str, ProbeTensor]) -> np.ndarray:
        """Return (S, G) probabilities, 0 for self-pairs."""
        tensors = curves | self.table
        tensors[STACKED] = stack(tensors)
        own = np.arange(len(self.genes)) == np.arange(REGULATORS)[:, None]
        out = np.zeros(own.shape)
        out[~own] = self.translator.probabilities(tensors, np.argwhere(~own))[0]
        return out

    def _request(self, panel: Panel) -> ProbeRequest:
        return ProbeRequest(self.backbone, panel, self.sources, self.translator.settings)

    def _pairs(self, tensor: ProbeTensor, at: np.ndarray) -> ProbeTensor:
        return ProbeTensor(tensor.probe, self.genes, self.sources, tensor.values[:, :, at])


def best_shared(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean share of a target's best regulators that two (S, G) scores have in common."""
    tops = [np.argsort(-x, axis=0)[:BEST].T for x in (first, second)]
    return float(np.mean([len(set(a) & set(b)) / BEST for a, b in zip(*tops)]))


def main(backbone: str = "ugrn-small") -> None:
    """Print a table in Markdown."""
    trial = Trial(backbone)
    asked = sorted({which for pair in COMPARED for which in pair})
    with one_thread():
        curves = {which: trial.curves(*which) for which in asked}
        scores = {which: trial.scores(curves[which]) for which in asked}
        whole = SIZE, 0
        few = {n: trial.scores(trial.of_few(curves[whole], n)) for n in VALUES}
    print("| genes | compared with | rank correlation | mean difference | best 5 shared |")
    print("|---|---|---|---|---|")
    for one, other in COMPARED:
        what = "other members, same size" if one[0] == other[0] else f"{other[0]:,} genes"
        print(f"| {one[0]:,} | {what} | {row(scores[one], scores[other])} |")
    for count, score in few.items():
        print(f"| {SIZE:,} | asked at {count} values | {row(scores[whole], score)} |")


def row(a: np.ndarray, b: np.ndarray) -> str:
    """Return how alike two (S, G) scores are."""
    rank = spearmanr(a[a > 0], b[a > 0])[0]
    return f"{rank:.4f} | {np.abs(a - b)[a > 0].mean():.4f} | {best_shared(a, b):.2f}"


if __name__ == "__main__":
    main(*sys.argv[1:])
