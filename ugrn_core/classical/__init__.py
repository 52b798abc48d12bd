"""Yardsticks that need no backbone: association between genes over cells.

A method is one module with a frozen dataclass keeping the contract of `base.Method`, and one line
here.
"""

from __future__ import annotations

from ugrn_core.registry import Registry

METHODS: Registry = Registry(
    "classical method",
    {
        "Spearman": "ugrn_core.classical.correlation:Spearman",
        "mutual information": "ugrn_core.classical.mutual_information:MutualInformation",
        "PIDC": "ugrn_core.classical.pidc:PIDC",
        "GENIE3": "ugrn_core.classical.genie3:GENIE3",
        "GRNBoost2": "ugrn_core.classical.grnboost2:GRNBoost2",
    },
)
