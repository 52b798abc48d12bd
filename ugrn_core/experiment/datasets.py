"""Data sets one can choose, and a data set fitted to a backbone's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.data import beeline, builtin
from ugrn_core.data.genes import read_orthologs, to_vocabulary
from ugrn_core.data.tfs import human_tfs
from ugrn_core.errors import PanelError, UnknownNameError
from ugrn_core.registry import near_matches
from ugrn_core.settings import Settings
from ugrn_core.types import Expression, Panel, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

PASTED = "pasted"
