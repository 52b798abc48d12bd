"""How far a score depends on what fills a panel, and on its size: why panels can make an atlas.

The same regulators and targets are probed in panels of several sizes, filled up with other genes
of the vocabulary at random, and scored by the backbone's default translator over these pairs.

    python scripts/atlas_panels.py ugrn-small
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ugrn_core.experiment.catalog import identity, translators
from ugrn_core.experiment.curves.panel_plan import plan_of
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.probes import PROBES
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.settings import read_settings
from ugrn_core.translators.stacked import READS, STACKED, stack
from ugrn_core.types import Panel, ProbeTensor

REGULATORS, TARGETS = 48, 208
COMPARED = (
    ((512, 0), (512, 1)),
    ((1024, 0), (1024, 1)),
    ((2048, 0), (2048, 1)),
    ((512, 0), (1024, 0)),
    ((1024, 0), (2048, 0)),
)
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
        plan, rng = plan_of(self.backbone), np.random.default_rng(1)
        self.sources = tuple(rng.choice(plan.sources, REGULATORS, replace=False))
        others = [g for g in plan.genes if g not in set(self.sources)]
        self.genes = (*self.sources, *rng.choice(others, TARGETS, replace=False))
        self.fill = [g for g in plan.genes if g not in set(self.genes)]

    def scores(self, size: int, seed: int) -> np.ndarray:
        """Return (S, G) probabilities, 0 for self-pairs."""
        more = np.random.default_rng(100 + seed).choice(
            self.fill, size - len(self.genes), replace=False
        )
        panel = Panel((*self.genes, *more))
        request = ProbeRequest(self.backbone, panel, self.sources, self.translator.settings)
        tensors = {name: self._pairs(PROBES[name]()(request)) for name in READS}
        tensors[STACKED] = stack(tensors)
        own = np.arange(len(self.genes)) == np.arange(REGULATORS)[:, None]
        out = np.zeros(own.shape)
        out[~own] = self.translator.probabilities(tensors, np.argwhere(~own))[0]
        return out

    def _pairs(self, tensor: ProbeTensor) -> ProbeTensor:
        values = tensor.values[:, :, : len(self.genes)]
        return ProbeTensor(tensor.probe, self.genes, self.sources, values)


def best_shared(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean share of a target's best regulators that two (S, G) scores have in common."""
    tops = [np.argsort(-x, axis=0)[:BEST].T for x in (first, second)]
    return float(np.mean([len(set(a) & set(b)) / BEST for a, b in zip(*tops)]))


def main(backbone: str = "ugrn-small") -> None:
    """Print a table in Markdown."""
    trial = Trial(backbone)
    with one_thread():
        scores = {
            which: trial.scores(*which) for which in sorted({w for pair in COMPARED for w in pair})
        }
    print("| genes | compared with | rank correlation | mean difference | best 5 shared |")
    print("|---|---|---|---|---|")
    for one, other in COMPARED:
        a, b = scores[one], scores[other]
        what = "other members, same size" if one[0] == other[0] else f"{other[0]:,} genes"
        row = f"{spearmanr(a[a > 0], b[a > 0])[0]:.4f} | {np.abs(a - b)[a > 0].mean():.4f}"
        print(f"| {one[0]:,} | {what} | {row} | {best_shared(a, b):.2f} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
