"""Geneformer checkpoints, V1 and V2: a cell is a queue of genes, the value is the place in it.

Format and maths: design notes models-formats.md 4, models-fetch.md 1. A folder holds the weights,
config.json and the dictionaries (token, median; JSON or pickles) as published.
Letters: B cells, G genes of the panel, S tokens, D width, H heads, T values of the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.base import (
    BackboneDefaults,
    Sweep,
    check_options,
    check_settings,
)
from ugrn_core.backbones.checkpoint import Checkpoint
from ugrn_core.backbones.ensembl import ensembl_vocabulary
from ugrn_core.backbones.loaded import LoadedBackbone, check_values, panel_ids
from ugrn_core.backbones.ranked.bert import (
    Bert,
    Gate,
    hidden_states,
    mean_attention,
    token_logits,
)
from ugrn_core.backbones.ranked.gate import GateSweep
from ugrn_core.backbones.ranked.gated import gated_logits
from ugrn_core.backbones.ranked.tokens import (
    Dictionaries,
    framed,
    place_values,
    ranked,
    read_dictionaries,
)
from ugrn_core.backbones.ranked.weights import WORDS, plain_name, read_bert
from ugrn_core.backbones.transformer import project
from ugrn_core.errors import OptionError, PanelError
from ugrn_core.types import Panel, ProbeSettings, ValueScale

MASKED_PARTS = 7  # of the genes, masked in turn: in training 15 % were masked at a time
SCORES_AT_ONCE = 2**25  # attention scores of a head that a batch of cells may hold
GATED_SCORES = 2**21  # of all heads, that shares of a gate hold at once: more leaves the cache
GRID = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # counts per 10,000, around a baseline of 1
RELAXATION = (
    "not by the value, which is a place in a queue, but by a presence gate a = 1/T, 2/T, ..., 1: "
    "log a is added to the attention scores of the source's key in every layer; a = 1 is the model"
)


@dataclass(eq=False, kw_only=True)
class Geneformer(LoadedBackbone[Bert]):
    """Geneformer as a `base.Backbone`. Values are counts per 10,000; 0 is a gene that is absent.

    Every gene's value over its median orders the cell, so v_b cancels: a virtual cell is ordered by
    the medians alone. A gene's answer is the logit of its own token at its own place, `visible` or
    with <mask> there (`masked`, a seventh of the genes at a time); an absent gene has no place, and
    answers 0. Responses are exact jumps; the derivative is a relaxation (RELAXATION).
    """

    dictionaries: Dictionaries

    kind = "geneformer"

    @staticmethod
    def recognises(keys: Collection[str]) -> bool:
        """Return whether a state dict with `keys` is a Geneformer model."""
        return any(words in keys for words in WORDS)

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, name: str) -> Self:
        """Return the backbone; raise CheckpointError naming what lacks, misfits or is refused."""
        checkpoint = checkpoint.renamed(plain_name)
        net = read_bert(checkpoint)
        dictionaries = read_dictionaries(checkpoint, len(net.words))
        names = dictionaries.mapping | dictionaries.names
        return cls(
            name=name,
            folder=checkpoint.folder,
            vocabulary=ensembl_vocabulary(dictionaries.tokens(), names=names),
            defaults=default_values(answers=len(net.bias) > 0),
            weights=net,
            dictionaries=dictionaries,
            files=checkpoint.files,
            ignored=checkpoint.ignored,
        )

    def identity(self) -> list[str]:
        """See `LoadedBackbone.identity`: the tokens' own ids, and the medians."""
        d, net = self.dictionaries, self.weights
        lines = [self.kind, str(net.heads), str(net.eps), net.activation, *d.tokens()]
        return lines + [f"{gene} {median!r}" for gene, median in sorted(d.medians.items())]

    @cached_property
    def medians(self) -> np.ndarray:
        """(V,) median of every token's gene; NaN of special tokens."""
        medians = np.full(len(self.weights.words), np.nan)
        for gene, token in self.dictionaries.genes.items():
            medians[token] = self.dictionaries.medians[gene]
        return medians

    @property
    def longest(self) -> int:
        """How many tokens a sequence may have."""
        return len(self.weights.positions)

    def shape(self) -> dict:
        """See `LoadedBackbone.shape`."""
        net = self.weights
        return {
            "version": "V2" if self.dictionaries.has_cls else "V1",
            "layers": len(net.layers),
            "width": net.words.shape[1],
            "heads": net.heads,
            "feed_forward": len(net.layers[0].linear1.bias),
        }

    def reconstruct(
        self,
        panel: Panel,
        values: Tensor,
        readout: str = "visible",
        cls: float | None = None,
        targets: Tensor | None = None,
        *,
        gate: Gate = None,
    ) -> Tensor:
        """See `base.Backbone.reconstruct`; constant between two places in the queue.

        gate: (position in the panel, share), a presence gate on that gene in every cell.
        """
        check_options(self.defaults, readout, cls)
        if not self.defaults.readouts:
            raise OptionError("This Geneformer model has no answer for genes: it was fine-tuned.")
        net, out = self.in_dtype(values.dtype), values.new_zeros(values.shape)
        for cells, ids, slots in self._batches(panel, values):
            shut = None if gate is None else (slots[0, gate[0]], gate[1])
            answers = self._answers(net, ids, slots, readout == "masked", shut)
            out = out.index_copy(0, cells, answers)
        return out if targets is None else out[:, targets]

    def gene_embedding(self, panel: Panel) -> np.ndarray:
        """See `base.Backbone.gene_embedding`: rows of the word embedding."""
        return self.weights.words[panel_ids(self.vocabulary, panel)].numpy()

    def attention(self, panel: Panel, values: Tensor, cls: float | None = None) -> np.ndarray:
        """Return the last layer's raw q.k (B, H, G, G) among the panel's genes: rows query.

        Pairs with an absent gene carry -inf: they rank last.
        """
        check_options(self.defaults, (*self.defaults.readouts, "visible")[0], cls)
        net = self.in_dtype(values.dtype)
        genes = len(panel)
        attention = values.new_full((len(values), net.heads, genes, genes), -torch.inf)
        with torch.no_grad():
            for cells, ids, slots in self._batches(panel, values):
                x = hidden_states(net, ids, len(net.layers) - 1)
                query, key, _ = project(x, net.layers[-1], net.heads)
                for cell, scores, slot in zip(cells, query @ key.mT, slots):
                    at = (slot >= 0).nonzero()[:, 0]
                    grid = slot[at]
                    attention[cell, :, at[:, None], at] = scores[:, grid[:, None], grid]
        return attention.numpy()

    def mean_attention(self, panel: Panel, values: Tensor, cls: float | None = None) -> np.ndarray:
        """Return the attention (B, G, G) among the panel's genes, mean over layers and heads.

        Special tokens are cut off; pairs with an absent gene carry NaN.
        """
        net, genes = self.in_dtype(values.dtype), len(panel)
        attention = values.new_full((len(values), genes, genes), torch.nan)
        with torch.no_grad():
            for cells, ids, slots in self._batches(panel, values):
                for cell, shares, slot in zip(cells, mean_attention(net, ids), slots):
                    at = (slot >= 0).nonzero()[:, 0]
                    attention[cell, at[:, None], at] = shares[slot[at][:, None], slot[at]]
        return attention.numpy()

    def sweep(self, panel: Panel, settings: ProbeSettings) -> Sweep:
        """See `base.Backbone.sweep`; raises GridError, OptionError or PanelError."""
        check_settings(self.defaults, settings)
        room = self.longest - 2 * self.dictionaries.has_cls
        if len(panel) > room:
            raise PanelError(
                f"Geneformer reads at most {room} genes of a cell; the panel has {len(panel)}. "
                "Leave genes out, or probe in parts."
            )
        return GateSweep(self, panel, settings)

    def sequences(self, panel: Panel, values: np.ndarray) -> tuple[list[list[int]], np.ndarray]:
        """Return every cell's tokens, and (B, G) where in them each gene stands; -1 for absent.

        values (B, G): counts per 10,000. Ties go in the order of the tokens.
        """
        check_values(values.shape, panel)
        ids = panel_ids(self.vocabulary, panel).numpy()
        by_token = np.argsort(ids)
        specials, lead = self.dictionaries.specials, int(self.dictionaries.has_cls)
        sequences, slots = [], np.full(values.shape, -1)
        for cell, scaled in enumerate(values[:, by_token] / self.medians[ids[by_token]]):
            order = by_token[ranked(scaled)]
            tokens = framed(ids[order].tolist(), specials, self.longest)
            order = order[: len(tokens) - 2 * lead]
            slots[cell, order] = np.arange(len(order)) + lead
            sequences.append(tokens)
        return sequences, slots

    def values_at(
        self, panel: Panel, cell: np.ndarray, source: int, shares: tuple[float, ...]
    ) -> tuple[float, ...]:
        """Return the values that put the gene at position `source` at `shares` of the order of
        `cell` (G,): see `place_values`."""
        medians = self.medians[panel_ids(self.vocabulary, panel).numpy()]
        others = np.delete(cell / medians, source)
        return place_values(others, float(medians[source]), shares)

    def place_of(self, panel: Panel, cell: np.ndarray, source: int) -> float:
        """Return the share of the order of `cell` (G,) at which the gene at position `source`
        stands, the middle of its place: 1 the front, 0 absent; `values_at` puts it back there."""
        if not cell[source] > 0:
            return 0.0
        _, slots = self.sequences(panel, cell[None])
        ahead = int(slots[0, source]) - int(self.dictionaries.has_cls)
        return 1 - (ahead + 0.5) / int((slots[0] >= 0).sum())

    def _batches(self, panel: Panel, values: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield (positions of cells, their token ids (n, S), their slots (n, G)), like with like:
        no sequence needs padding."""
        tokens, slots = self.sequences(panel, values.detach().double().numpy())
        lengths = np.array([len(t) for t in tokens])
        for length in np.unique(lengths[lengths > 0]):
            cells = np.flatnonzero(lengths == length)
            step = max(1, SCORES_AT_ONCE // int(length) ** 2)
            for start in range(0, len(cells), step):
                part = cells[start : start + step]
                ids = torch.tensor([tokens[c] for c in part])
                yield torch.from_numpy(part), ids, torch.from_numpy(slots[part])

    def _answers(self, net: Bert, ids: Tensor, slots: Tensor, masked: bool, gate: Gate) -> Tensor:
        """Return (n, G): the logit of each gene's token at its place; 0 where it has none."""

        def read(shown: Tensor) -> Tensor:
            return _logits(net, shown, ids, gate)

        logits = self._in_parts(read, ids, len(net.words)) if masked else read(ids)
        answers = logits.gather(1, slots.clamp_min(0))
        return torch.where(slots >= 0, answers, torch.zeros_like(answers))

    def gate_slopes(
        self, panel: Panel, cell: Tensor, source: int, shares: Tensor, readout: str
    ) -> Tensor:
        """Return (T, G): the derivatives of the reconstruction of `cell` (G,) by a presence gate on
        the gene at position `source`, which is in the cell, at `shares` (T,) of it."""
        net, masked = self.in_dtype(shares.dtype), readout == "masked"
        ((_, ids, slots),) = self._batches(panel, cell[None])
        step = max(1, GATED_SCORES // (net.heads * ids.shape[1] ** 2))
        slopes = []
        for part in shares.split(step):

            def read(shown: Tensor, part: Tensor = part) -> Tensor:
                return gated_logits(net, shown, ids, int(slots[0, source]), part)[1]

            slopes.append(self._in_parts(read, ids, len(net.words)) if masked else read(ids))
        at = slots.expand(len(shares), -1)
        answers = torch.cat(slopes).gather(1, at.clamp_min(0))
        return torch.where(at >= 0, answers, torch.zeros_like(answers))

    def _in_parts(self, read: Callable[[Tensor], Tensor], ids: Tensor, tokens: int) -> Tensor:
        """Return what `read`, of sequences as they are shown, says at places that hold <mask>, a
        part of them at a time; which, the order of the tokens says: a panel in another order is
        answered alike."""
        special = torch.isin(ids, torch.tensor(list(self.dictionaries.specials.values())))
        parts = ids.masked_fill(special, tokens).argsort(-1).argsort(-1) % MASKED_PARTS
        mask = torch.tensor(self.dictionaries.specials["<mask>"])
        logits_of_parts = []
        for part in range(MASKED_PARTS):
            here = (parts == part) & ~special
            logits = read(torch.where(here, mask, ids))
            logits_of_parts.append(torch.where(here, logits, torch.zeros_like(logits)))
        return torch.stack(logits_of_parts).sum(0)

    def perturb(
        self, panel: Panel, cell: np.ndarray, sources: np.ndarray, overexpress: bool = False
    ) -> np.ndarray:
        """Return (S, G) float64: how far each source's deletion, or its over-expression, moves the
        hidden vector of every gene: 1 - cosine, at the second-to-last layer (see `shifts`).

        cell (G,): counts per 10,000; sources: positions in the panel. 0 for a gene that is absent,
        for the source itself, and where an absent source cannot be deleted.
        """
        tokens, _ = self.sequences(panel, cell[None])
        ids = panel_ids(self.vocabulary, panel).numpy()
        place = {int(token): k for k, token in enumerate(ids)}
        shifts = np.zeros((len(sources), len(panel)))
        net = self.in_dtype(torch.float64 if cell.dtype == np.float64 else torch.float32)
        for row, source in enumerate(sources):
            moved = self.shifts(net, tokens[0], int(ids[source]), overexpress)
            for token, shift in moved.items():
                shifts[row, place[token]] = shift
        return shifts

    def shifts(
        self, net: Bert, tokens: list[int], source: int, overexpress: bool = False
    ) -> dict[int, float]:
        """Return token -> 1 - cosine of its gene's hidden vectors before and after the change.

        Deleted, `source` leaves and all behind it move up; over-expressed, it goes to the front.
        A sequence too long loses its last genes, and the original then loses them too: both see the
        same genes. Compared gene by gene, each at its own place, after the second-to-last layer.
        """
        lead = int(self.dictionaries.has_cls)
        genes = tokens[lead : len(tokens) - lead]
        if not overexpress and source not in genes:
            return {}
        others = [t for t in genes if t != source]
        changed = [source, *others] if overexpress else others
        excess = max(0, len(changed) - (self.longest - 2 * lead))
        lengths = len(genes) - excess, len(changed) - excess
        before, after = (
            self._vectors(net, genes[: lengths[0]]),
            self._vectors(net, changed[: lengths[1]]),
        )
        both = [t for t in before if t in after and t != source]
        if not both:
            return {}
        one, other = (torch.stack([vectors[t] for t in both]) for vectors in (before, after))
        cosine = torch.nn.functional.cosine_similarity(one, other, dim=-1, eps=1e-8)
        return dict(zip(both, (1 - cosine.double()).tolist(), strict=True))

    def _vectors(self, net: Bert, genes: list[int]) -> dict[int, Tensor]:
        """Return token -> (D,) hidden vector in a cell of `genes`, after the second-to-last
        layer."""
        ids = torch.tensor([framed(genes, self.dictionaries.specials, self.longest)])
        with torch.no_grad():
            x = hidden_states(net, ids, len(net.layers) - 1)[0]
        return dict(zip(genes, x[int(self.dictionaries.has_cls) :], strict=False))


def _logits(net: Bert, shown: Tensor, ids: Tensor, gate: Gate) -> Tensor:
    """Return (n, S) logits of the tokens `ids`, of a sequence that reads `shown`."""
    return token_logits(net, hidden_states(net, shown, gate=gate), ids)


def default_values(answers: bool) -> BackboneDefaults:
    """Return what a Geneformer is probed with. answers: whether it has the head that answers for a
    gene's token; without it there is nothing to sweep."""
    return BackboneDefaults(
        value_range=(0.0, 10_000.0),
        baseline=1.0,
        grid=GRID,
        readouts=("visible", "masked") if answers else (),
        cls_layouts=(None,),
        mask_value=-1.0,
        value_scale=ValueScale.CP10K,
        own_phrase="counts per 10,000, read as the gene's place in the cell's order, 0 for absent",
        differentiable=answers,
        ordered=True,
        relaxation=RELAXATION if answers else "",
    )
