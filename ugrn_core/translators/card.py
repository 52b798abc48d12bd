"""What a translator was trained on, so that a score can be judged and `unseen` genes be told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields

from ugrn_core.errors import CheckpointError
from ugrn_core.types import ProbeSettings

FORMAT = 1


@dataclass(frozen=True)
class TranslatorCard:
    """Provenance of one trained translator (all its seeds); plain JSON types throughout.

    probe, features: registered probe and feature variant. settings: ProbeSettings.to_json.
    training_genes: every gene of a training pair. reports: one asdict of FitReport a seed.
    held_out_auprc: mean over seeds on the source's held-out pairs. date: ISO 8601, UTC.
    """

    probe: str
    features: str
    feature_count: int
    settings: dict
    backbone: str
    backbone_checksum: str
    dataset: str
    network: str
    gene_set: str
    training_genes: tuple[str, ...]
    training_pairs: int
    config: dict
    reports: tuple[dict, ...]
    held_out_auprc: float
    date: str
    command: str
    probe_parameters: dict = field(default_factory=dict)
    notes: str = ""
    format: int = FORMAT

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the members, in order."""
        return tuple(r["seed"] for r in self.reports)

    @property
    def probe_settings(self) -> ProbeSettings:
        """The settings the features must be computed with."""
        return ProbeSettings.from_json(self.settings)

    def unseen(self, genes: Iterable[str]) -> list[bool]:
        """Return for each gene whether no training pair held it (symbols compared upper-cased:
        mouse and human orthologs share most symbols)."""
        known = {g.upper() for g in self.training_genes}
        return [g.upper() not in known for g in genes]

    def to_json(self) -> str:
        """Return the card as JSON text."""
        return json.dumps(asdict(self), indent=1, allow_nan=False)


def read_card(text: str, where: str) -> TranslatorCard:
    """Return the card in JSON `text`; raise CheckpointError naming `where` and what is wrong."""
    try:
        content = json.loads(text)
        names = {f.name for f in fields(TranslatorCard)}
        if not isinstance(content, dict) or set(content) != names:
            odd = names.symmetric_difference(content if isinstance(content, dict) else ())
            raise ValueError(f"fields missing or unknown: {', '.join(sorted(map(str, odd)))[:200]}")
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}, this version reads {FORMAT}")
        if content["probe"] == "stacked" and content["features"] == "plain":
            content["features"] = "all-numbers"  # as it was called while there were ten
        content["training_genes"] = tuple(map(str, content["training_genes"]))
        content["reports"] = tuple(content["reports"])
        card = TranslatorCard(**content)
        seeds, settings = card.seeds, card.probe_settings
        if not seeds or not settings.grid:
            raise ValueError("no seed was trained")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise CheckpointError(
            f"{where} holds no translator card UGRN reads ({error}). Train the translator again."
        ) from error
    return card
