"""Every regulator asked against every gene of a backbone, in panels of one size.

A panel holds a group of regulators and a block of genes, filled up with the genes that follow: so
each pair has one panel, all panels have the same number of genes, and the members beside a pair
are drawn at random. What fills a panel moves little, its size much (docs/panels.md, docs/atlas.md):
hence one size for all. Where a backbone knows no more genes than that, they are one panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.data.tfs import tf_names
from ugrn_core.errors import UnknownGeneError
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

SIZE = 1024  # genes of a panel: near the size of the panels that translators are trained on
GROUP = 64  # of them regulators


@dataclass(frozen=True)
class Part:
    """A share of the plan: `sources` are driven in `panel`, and read at `targets`."""

    number: int
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    panel: Panel


@dataclass(frozen=True)
class PanelPlan:
    """Which panel each pair is asked in. genes: all of them, tokens in the vocabulary's order;
    sources: the regulators among them; size: genes a panel, group: regulators a panel; seed: of
    the two orders. The same fields give the same panels, everywhere."""

    genes: tuple[str, ...]
    sources: tuple[str, ...]
    size: int = SIZE
    group: int = GROUP
    seed: int = 0

    def __len__(self) -> int:
        return len(self._groups) * len(self._blocks)

    def __getitem__(self, number: int) -> Part:
        """Return part `number`, below the plan's length: one block of genes after the other."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        block, group = divmod(number, len(self._groups))
        sources, targets = self._groups[group], self._blocks[block]
        return Part(number, sources, targets, self._panel(sources, block))

    def part_of(self, source: str, target: str) -> Part:
        """Return the part that asks `source` about `target`; raise UnknownGeneError."""
        if source not in self._group_of:
            raise UnknownGeneError([source], "the regulators of the atlas")
        if target not in self._block_of:
            raise UnknownGeneError([target], "the genes of the atlas")
        return self[self._block_of[target] * len(self._groups) + self._group_of[source]]

    def identity(self) -> dict:
        """Return what makes the panels, beside genes and regulators, as plain JSON types."""
        return {"size": self.size, "group": self.group, "seed": self.seed}

    @property
    def pairs(self) -> int:
        """How many pairs are asked: no gene about itself."""
        return len(self.sources) * (len(self.genes) - 1)

    def _panel(self, sources: tuple[str, ...], block: int) -> Panel:
        if len(self.genes) <= self.size:
            return Panel(self.genes)
        members = dict.fromkeys((*sources, *self._blocks[block]))
        after = self._starts[block] + len(self._blocks[block])
        for step in range(len(self.genes)):
            if len(members) == self.size:
                break
            members.setdefault(self._order[(after + step) % len(self.genes)])
        return Panel(tuple(members))

    @cached_property
    def _order(self) -> tuple[str, ...]:
        at = np.random.default_rng([self.seed, 0]).permutation(len(self.genes))
        return tuple(self.genes[k] for k in at)

    @cached_property
    def _starts(self) -> range:
        whole = len(self.genes) <= self.size
        return range(0, len(self.genes), len(self.genes) if whole else self.size - self.group)

    @cached_property
    def _blocks(self) -> tuple[tuple[str, ...], ...]:
        if len(self.genes) <= self.size:
            return (self.genes,)
        step = self._starts.step
        return tuple(self._order[k : k + step] for k in self._starts)

    @cached_property
    def _groups(self) -> tuple[tuple[str, ...], ...]:
        at = np.random.default_rng([self.seed, 1]).permutation(len(self.sources))
        mixed = tuple(self.sources[k] for k in at)
        return tuple(mixed[k : k + self.group] for k in range(0, len(mixed), self.group))

    @cached_property
    def _group_of(self) -> dict[str, int]:
        return {s: k for k, group in enumerate(self._groups) for s in group}

    @cached_property
    def _block_of(self) -> dict[str, int]:
        return {g: k for k, block in enumerate(self._blocks) for g in block}


def plan_of(backbone: Backbone) -> PanelPlan:
    """Return the plan of all genes that `backbone` knows and the human regulators among them."""
    vocabulary = backbone.vocabulary
    known = {vocabulary.token(name) for name in tf_names()}
    return PanelPlan(vocabulary.genes, tuple(g for g in vocabulary.genes if g in known))
