"""What the genes of a virtual cell can carry besides the source: the one list, to be extended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.experiment.curves import mean_profile
from ugrn_core.experiment.lab.knobs import FLAT

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study

Profile = tuple[np.ndarray, str]  # (G,) values on the backbone's scale, and how they were made


@dataclass(frozen=True, eq=False)
class Choice:
    """title: for people. profile: the values of the study's panel, None for a flat background; it
    raises MissingDataError or OptionError where they cannot be had."""

    title: str
    profile: Callable[[], Profile] | None = None


def backgrounds(study: Study, backbone: Backbone) -> dict[str, Choice]:
    """Return what the other genes can carry, name -> choice, the flat cell first. No cells are
    read before a profile is asked for."""
    choices = {FLAT: Choice("every gene at the baseline")}
    if study.dataset.expression is not None:
        choices["mean"] = Choice(
            "mean of the data set's cells", lambda: mean_profile.mean_profile(study, backbone)
        )
    return choices
