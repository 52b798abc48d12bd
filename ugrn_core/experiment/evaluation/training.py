"""Translators trained on one or several source networks by one recipe."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.benchmark.sampling import Sample
from ugrn_core.benchmark.splits import SourceSplit, source_split
from ugrn_core.experiment.catalog import translators
from ugrn_core.experiment.catalog.study import Study
from ugrn_core.experiment.evaluation.methods import OF_CURVES, why_not
from ugrn_core.experiment.evaluation.plan import Plan, Recipe
from ugrn_core.probes.settings import default_settings
from ugrn_core.translators.additive import AdditiveConfig, fit_additive
from ugrn_core.translators.card import TranslatorCard
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.features import pair_features
from ugrn_core.translators.fit import FitConfig, fit
from ugrn_core.translators.stacked import STACKED
from ugrn_core.translators.storage import save_translator
from ugrn_core.types import ProbeTensor, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

SPLIT_SEED = 0
STACKED_UNIFORM = f"{STACKED}-uniform"  # trained against uniform negatives: ranks all pairs


@dataclass(frozen=True, eq=False)
class Source:
    """The network trained on, its study and its tensors by probe."""

    network: ReferenceNetwork
    study: Study
    tensors: dict[str, ProbeTensor]

    def split(self, negatives: str) -> SourceSplit:
        """Return training and validation pairs; the same at every call."""
        scoreable = np.array([g in self.study.tokens for g in self.network.genes])
        rng = np.random.default_rng([SPLIT_SEED, len(self.network.edges)])
        return source_split(self.network, rng, sampling=negatives, scoreable=scoreable)

    def tokens(self, split: SourceSplit) -> frozenset[str]:
        """Return the vocabulary tokens of every gene of a pair of `split`."""
        return frozenset(self.study.tokens[g] for g in split.training_genes)

    def features(self, part: Sample, probe: str, variant: str) -> np.ndarray:
        """Return the (N, K') features of the pairs of `part`."""
        tensor, tokens, names = self.tensors[probe], self.study.tokens, self.network.genes
        row = {g: k for k, g in enumerate(tensor.sources)}
        column = {g: k for k, g in enumerate(tensor.genes)}
        regulators = [row[tokens[names[self.network.regulators[k]]]] for k in part.rows]
        pairs = np.array([regulators, [column[tokens[names[k]]] for k in part.columns]]).T
        return pair_features(tensor, variant, pairs)


class Trained:
    """The translators of one recipe, one ensemble of seeds a probe, made when first asked for."""

    def __init__(
        self, plan: Plan, backbone: Backbone, sources: tuple[Source, ...], recipe: Recipe
    ) -> None:
        self.plan, self.backbone, self.sources, self.recipe = plan, backbone, sources, recipe
        self._fitted: dict[str, tuple[SeedEnsemble, TranslatorCard]] = {}

    @cached_property
    def splits(self) -> tuple[SourceSplit, ...]:
        """Training and validation pairs of each source network."""
        return tuple(source.split(self.recipe.negatives) for source in self.sources)

    @cached_property
    def training_tokens(self) -> frozenset[str]:
        """Vocabulary tokens of every gene of a training pair."""
        return frozenset().union(*(s.tokens(p) for s, p in zip(self.sources, self.splits)))

    @property
    def networks(self) -> str:
        """Names of the source networks, each once."""
        return ",".join(dict.fromkeys(s.network.name for s in self.sources))

    def translator(self, probe: str) -> tuple[SeedEnsemble, TranslatorCard]:
        """Return the translator of `probe` and its card."""
        if probe not in self._fitted:
            self._fitted[probe] = self._fit(probe)
        return self._fitted[probe]

    def logits(self, probe: str, tensor: ProbeTensor) -> tuple[np.ndarray, ...]:
        """Return the (S, G) logits of every pair of `tensor`, by each seed's translator."""
        member, card = self.translator(probe)
        shape = len(tensor.sources), len(tensor.genes)
        pairs = np.indices(shape).reshape(2, -1).T
        each = member.member_logits(pair_features(tensor, card.features, pairs))
        return tuple(logits.reshape(shape) for logits in each)

    def save(self, root: Path) -> Path:
        """Keep the translators under `root`/<backbone>, the stacked one in a folder of its own;
        return the folder of VVP's and, where there is one, GDT's."""
        name = f"{self.plan.source}-{self.networks}-{self.recipe.name}".replace(",", "+")
        folder = root / translators.folder_name(self.backbone.name) / translators.folder_name(name)
        defaults = self.backbone.defaults
        for probe in (p for p in OF_CURVES if not why_not(p, defaults)):
            save_translator(folder / f"{probe}.safetensors", *self.translator(probe))
        if STACKED in self._fitted:
            told = STACKED if self.recipe.negatives == "matched" else STACKED_UNIFORM
            beside = folder.with_name(folder.name.removesuffix(self.recipe.name) + told)
            save_translator(beside / f"{STACKED}.safetensors", *self.translator(STACKED))
        return folder

    def _fit(self, probe: str) -> tuple[SeedEnsemble, TranslatorCard]:
        known = tuple(zip(self.sources, self.splits))
        variant = self.recipe.variant(probe)
        parts = [(s, p.training) for s, p in known] + [(s, p.validation) for s, p in known]
        features = np.concatenate([s.features(part, probe, variant) for s, part in parts])
        labels = np.concatenate([part.labels for _, part in parts])
        held_out = np.arange(len(labels)) >= sum(len(p.training.labels) for p in self.splits)
        how, config = (fit_additive, AdditiveConfig()) if probe == STACKED else (fit, FitConfig())
        settings = default_settings(self.backbone)
        fits = [how(features, labels, held_out, config, seed) for seed in range(self.plan.seeds)]
        reports = tuple(asdict(report) for _, report in fits)
        card = TranslatorCard(
            probe=probe,
            features=variant,
            feature_count=features.shape[1],
            settings=settings.to_json(),
            backbone=self.backbone.name,
            backbone_checksum=self.backbone.checksum,
            dataset=self.plan.source,
            network=self.networks,
            gene_set=self.plan.gene_set,
            training_genes=tuple(sorted(self.training_tokens)),
            training_pairs=int((~held_out).sum()),
            config=asdict(config) | {"negatives": self.recipe.negatives},
            reports=reports,
            held_out_auprc=float(np.mean([r["held_out_auprc"] for r in reports])),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            command=self.plan.command,
        )
        return SeedEnsemble(tuple(t for t, _ in fits)), card
