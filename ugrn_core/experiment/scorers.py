"""Translators of one source network, and the scores they give on other data sets."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.benchmark.splits import SourceSplit, source_split
from ugrn_core.experiment import probing, translation
from ugrn_core.experiment.datasets import Study, scores_for
from ugrn_core.experiment.messages import progress_bar
from ugrn_core.experiment.workers import fill_store
from ugrn_core.probes import PROBES
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.translators.card import TranslatorCard
from ugrn_core.translators.ensemble import SeedEnsemble, combined
from ugrn_core.translators.features import pair_features
from ugrn_core.translators.fit import FitConfig, fit
from ugrn_core.translators.storage import save_translator
from ugrn_core.types import ProbeTensor, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.zeroshot import Plan

SPLIT_SEED = 0


def probed(
    backbone: Backbone, study: Study, settings: Settings, curves: bool = True
) -> dict[str, ProbeTensor]:
    """Return the tensors of a study's regulators: emb, emb-cosine, and vvp and gdt if `curves`."""
    chosen = default_settings(backbone)
    what = backbone, study.panel, study.regulators, chosen, settings.probes
    if curves:
        with progress_bar(f"probing {study.dataset.title}") as progress:
            fill_store(probing.request(*what, progress=progress), settings.probes, settings.workers)
    asked = probing.request(*what)
    names = ("vvp", "gdt", "emb", "emb-cosine") if curves else ("emb", "emb-cosine")
    return {name: PROBES[name]()(asked) for name in names}


class Scorers:
    """Translators trained on `source`, one ensemble of seeds a probe, made when first asked for."""

    def __init__(
        self,
        plan: Plan,
        backbone: Backbone,
        studies: dict[str, Study],
        tensors: dict[str, dict[str, ProbeTensor]],
        source: ReferenceNetwork,
    ) -> None:
        self.plan, self.backbone, self.studies = plan, backbone, studies
        self.tensors, self.source = tensors, source
        self.settings = default_settings(backbone)
        self._fitted: dict[str, tuple[SeedEnsemble, TranslatorCard]] = {}
        self._logits: dict[tuple[str, str], np.ndarray] = {}

    @cached_property
    def split(self) -> SourceSplit:
        """Training and validation pairs of the source network."""
        study = self.studies[self.plan.source]
        scoreable = np.array([g in study.tokens for g in self.source.genes])
        rng = np.random.default_rng([SPLIT_SEED, len(self.source.edges)])
        return source_split(self.source, rng, sampling=self.plan.training, scoreable=scoreable)

    @cached_property
    def training_tokens(self) -> frozenset[str]:
        """Vocabulary tokens of every gene of a training pair."""
        tokens = self.studies[self.plan.source].tokens
        return frozenset(tokens[g] for g in self.split.training_genes)

    def seen(self, target: str, reference: ReferenceNetwork) -> np.ndarray:
        """Return (G,) bool: did the gene, by token, occur in training?"""
        tokens = self.studies[target].tokens
        return np.array([tokens.get(g) in self.training_tokens for g in reference.genes])

    def translator(self, probe: str) -> tuple[SeedEnsemble, TranslatorCard]:
        """Return the translator of `probe` and its card."""
        if probe not in self._fitted:
            self._fitted[probe] = self._fit(probe)
        return self._fitted[probe]

    def _pairs(self, rows: np.ndarray, columns: np.ndarray, tensor: ProbeTensor) -> np.ndarray:
        """Return (N, 2) positions in `tensor` of the source network's pairs."""
        tokens = self.studies[self.plan.source].tokens
        row = {g: k for k, g in enumerate(tensor.sources)}
        column = {g: k for k, g in enumerate(tensor.genes)}
        names = self.source.genes
        regulators = [row[tokens[names[self.source.regulators[k]]]] for k in rows]
        return np.array([regulators, [column[tokens[names[k]]] for k in columns]]).T

    def _fit(self, probe: str) -> tuple[SeedEnsemble, TranslatorCard]:
        tensor = self.tensors[self.plan.source][probe]
        parts = (self.split.training, self.split.validation)
        pairs = np.concatenate([self._pairs(p.rows, p.columns, tensor) for p in parts])
        labels = np.concatenate([p.labels for p in parts])
        held_out = np.arange(len(labels)) >= len(parts[0].labels)
        variant = self.plan.variant if probe in ("vvp", "gdt") else "plain"
        features = pair_features(tensor, variant, pairs)
        config = FitConfig()
        fits = [fit(features, labels, held_out, config, seed) for seed in range(self.plan.seeds)]
        reports = tuple(asdict(report) for _, report in fits)
        card = TranslatorCard(
            probe=probe,
            features=variant,
            feature_count=features.shape[1],
            settings=asdict(self.settings) | {"grid": list(self.settings.grid)},
            backbone=self.backbone.name,
            backbone_checksum=self.backbone.checksum,
            dataset=self.plan.source,
            network=self.source.name,
            gene_set=self.plan.gene_set,
            training_genes=tuple(sorted(self.training_tokens)),
            training_pairs=int((~held_out).sum()),
            config=asdict(config) | {"negatives": self.plan.training},
            reports=reports,
            held_out_auprc=float(np.mean([r["held_out_auprc"] for r in reports])),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            command=self.plan.command,
        )
        return SeedEnsemble(tuple(t for t, _ in fits)), card

    def _all_logits(self, target: str, probe: str) -> np.ndarray:
        """Return the (S, G) logits of every pair of a target's tensor."""
        if (target, probe) not in self._logits:
            member, card = self.translator(probe)
            tensor = self.tensors[target][probe]
            shape = len(tensor.sources), len(tensor.genes)
            pairs = np.indices(shape).reshape(2, -1).T
            logits = member.logits(pair_features(tensor, card.features, pairs))
            self._logits[target, probe] = logits.reshape(shape)
        return self._logits[target, probe]

    def scores(self, target: str, reference: ReferenceNetwork, probe: str) -> np.ndarray:
        """Return the (R, G) scores of `probe` in the order of `reference`."""
        study, tensors = self.studies[target], self.tensors[target]
        if probe == "emb-cosine":
            by_token = tensors[probe].values[:, 0]
        elif probe == "ensemble":
            by_token = combined(*(self._all_logits(target, p) for p in ("vvp", "gdt")))
        else:
            by_token = self._all_logits(target, probe)
        return scores_for(reference, study, by_token, study.regulators)

    def save(self, root: Path) -> Path:
        """Keep the translators of VVP and GDT under `root`/<backbone>; return their folder."""
        name = translation.folder_name(f"{self.plan.source}-{self.source.name}")
        folder = root / translation.folder_name(self.backbone.name) / name
        for probe in ("vvp", "gdt"):
            save_translator(folder / f"{probe}.safetensors", *self.translator(probe))
        return folder
