"""Which backbone answers for all genes: the one that is asked, else another that has an atlas."""

from __future__ import annotations

from ugrn_core.experiment.catalog.backbones import backbones
from ugrn_core.experiment.runs.spec import has_atlas
from ugrn_core.settings import Settings


def answering(settings: Settings, backbone: str) -> str | None:
    """Return the backbone whose atlas answers where `backbone` is chosen: its own, else that of the
    first other one on this machine which has one; None where there is none.

    Nobody answers for a control: who chose random weights does not want what others have learned.
    """
    if has_atlas(settings, backbone):
        return backbone
    cards = backbones(settings)
    if any(card.is_control for card in cards if card.name == backbone):
        return None
    others = (card.name for card in cards if not card.is_control and card.name != backbone)
    return next((name for name in others if has_atlas(settings, name)), None)
