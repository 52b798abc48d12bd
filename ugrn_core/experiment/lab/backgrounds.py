"""What the genes of a virtual cell can carry besides the source: the one list, to be extended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.experiment.contexts import groups
from ugrn_core.experiment.contexts.cells import mean_of
from ugrn_core.experiment.lab.knobs import FLAT

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study

Profile = tuple[np.ndarray, str]  # (G,) values on the backbone's scale, and how they were made
MEAN = "mean"  # of all cells
STAGES = 4
MOST_CELLS = 20_000  # of a data set whose cell types are offered: they are averaged while one waits
MOST_TYPES = 30


@dataclass(frozen=True, eq=False)
class Choice:
    """title: for people. profile: the values of the study's panel, None for a flat background; it
    raises MissingDataError or OptionError where they cannot be had."""

    title: str
    profile: Callable[[], Profile] | None = None


def backgrounds(study: Study, backbone: Backbone) -> dict[str, Choice]:
    """Return what the other genes can carry, name -> choice, the flat cell first: the mean of all
    cells, of each cell type, of stages of a pseudotime. No values are read before a profile is
    asked for."""
    choices = {FLAT: Choice("every gene at the baseline")}
    expression = study.dataset.expression
    if expression is None:
        return choices
    choices[MEAN] = Choice("mean of the data set's cells", partial(mean_of, study, backbone))
    if len(expression.cells) <= MOST_CELLS:
        for name, title, members in _contexts(expression.annotations):
            choices[name] = Choice(title, partial(mean_of, study, backbone, members))
    return choices


def _contexts(columns: dict[str, np.ndarray]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (name, title, members (C,) bool) of every cell type and stage with cells enough."""
    for column, values in columns.items():
        if np.asarray(values).dtype.kind == "f":
            with suppress(OptionError):  # too few cells
                stages = groups.windows(np.asarray(values), column, STAGES)
                for title, members in zip(stages.names, stages.members):
                    stage = title.split(" (")[0]
                    yield f"{column}={stage}", f"{column}: {title}", members
            continue
        texts = np.array([str(value) for value in values])
        types, counts = np.unique(texts, return_counts=True)
        large = [str(t) for t, n in zip(types, counts) if n >= groups.LEAST and t]
        if 1 < len(large) <= MOST_TYPES:
            for name in large:
                yield f"{column}={name}", f"mean of {name}", texts == name
