"""UGRN: gene regulatory knowledge read out of frozen single-cell foundation models.

`import ugrn_core as ugrn` brings the functions of `ugrn_core.api`, each when it is first asked for.
"""

from importlib import import_module

__version__ = "1.0.0"
__all__ = [
    "add_cells",
    "add_reference",
    "compare",
    "contexts",
    "drives",
    "enrich",
    "evaluate",
    "explain",
    "knock_out",
    "network",
    "open_backbone",
    "open_dataset",
    "own_cells",
    "probe",
    "references",
    "regulators",
    "remove",
    "restore",
    "results",
    "signs",
    "targets",
]


def __getattr__(name: str) -> object:
    """Return a function of the API: importing the package alone imports nothing else."""
    if name in __all__:
        return import_module("ugrn_core.api").function(name)
    raise AttributeError(f"module 'ugrn_core' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
