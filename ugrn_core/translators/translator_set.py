"""The trained translators of one name, and the probabilities they give together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ugrn_core.translators.card import TranslatorCard
from ugrn_core.translators.ensemble import SeedEnsemble, combined, mean_logits
from ugrn_core.translators.explain import PROFILES, attribute, profile_parts, weight_of
from ugrn_core.translators.features import pair_features
from ugrn_core.translators.stacked import STACKED, names_read
from ugrn_core.types import ProbeSettings, ProbeTensor


@dataclass(frozen=True, eq=False)
class TranslatorSet:
    """Translators that are used together, VVP's and GDT's or the stacked one; `cards` by probe."""

    name: str
    members: dict[str, SeedEnsemble]
    cards: dict[str, TranslatorCard]

    @property
    def training_genes(self) -> frozenset[str]:
        """Genes of any training pair."""
        return frozenset().union(*(c.training_genes for c in self.cards.values()))

    @property
    def settings(self) -> ProbeSettings:
        """The probe settings the features must be computed with."""
        return next(iter(self.cards.values())).probe_settings

    @property
    def probe(self) -> str:
        """What the score reads: one probe's name, or `ensemble` of several."""
        return next(iter(self.members)) if len(self.members) == 1 else "ensemble"

    def logits(self, tensors: dict[str, ProbeTensor], pairs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the (N,) logits of `pairs` (N, 2) by probe."""
        return {
            probe: member.logits(pair_features(tensors[probe], self.cards[probe].features, pairs))
            for probe, member in self.members.items()
        }

    def probabilities(
        self, tensors: dict[str, ProbeTensor], pairs: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the (N,) ensemble probability, sigmoid of the mean logit over probes, and the
        (K, N) mean logit of each of the K seeds that every probe has."""
        by_probe = []
        for probe, member in self.members.items():
            features = pair_features(tensors[probe], self.cards[probe].features, pairs)
            by_probe.append(member.member_logits(features))
        seeds = [np.mean(logits, axis=0) for logits in zip(*by_probe)]
        return combined(*map(mean_logits, by_probe)), np.array(seeds)

    def profile_share(
        self, tensors: dict[str, ProbeTensor], pair: np.ndarray
    ) -> tuple[np.ndarray, float] | None:
        """Return what each source adds to the log-odds through the likeness of response profiles
        (S,), and the log-odds against the average pair; None for a translator that reads no
        profiles, or is not linear."""
        if STACKED not in self.members:
            return None
        variant = self.cards[STACKED].features
        names = names_read(variant)
        weight = (
            weight_of(self.members[STACKED], names.index(PROFILES)) if PROFILES in names else None
        )
        if weight is None:
            return None
        features = pair_features(tensors[STACKED], variant, pair[None])[0]
        added = attribute(self.members[STACKED], features).contributions
        parts = weight * profile_parts(tensors, pair)
        # Counted, as all contributions are, from the average training pair: the same for each.
        level = (added[names.index(PROFILES)] - parts.sum()) / len(parts)
        return parts + level, float(added.sum())

    def attribution(
        self, tensors: dict[str, ProbeTensor], pair: np.ndarray
    ) -> tuple[tuple[str, ...] | None, np.ndarray]:
        """Return names of what moved the logit and how much each added (n,).

        Of curves: None, and one number a grid value (T,), VVP and GDT together; features of the
        reverse direction, where the variant reads them, are left out of the sum.
        """
        if STACKED in self.members:
            variant = self.cards[STACKED].features
            features = pair_features(tensors[STACKED], variant, pair[None])[0]
            return names_read(variant), attribute(self.members[STACKED], features).contributions
        total = 0.0
        for probe, member in self.members.items():
            features = pair_features(tensors[probe], self.cards[probe].features, pair[None])[0]
            steps = tensors[probe].values.shape[1]
            total = total + attribute(member, features).contributions[:steps] / len(self.members)
        return None, np.asarray(total)
