"""What was measured of a backbone beside its scores: its table, real cells, causes, signs."""

from __future__ import annotations

from ugrn_core.dashboard.sections.trust import contexts, overexpression, redundancy, signs
from ugrn_core.dashboard.shell.sidebar import View


def draw(view: View) -> None:
    """Draw the parts, one below the other."""
    redundancy.draw(view)
    contexts.draw(view)
    overexpression.draw(view)
    signs.draw(view)
