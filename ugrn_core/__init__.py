"""UGRN: gene regulatory knowledge read out of frozen single-cell foundation models.

`import ugrn_core as ugrn` brings what `ugrn_core.api`, `ugrn_core.api_biology` and
`ugrn_core.api_contexts` offer, each when it is first asked for.
"""

from importlib import import_module

__version__ = "0.1.0"
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
    "probe",
    "references",
    "regulators",
    "signs",
    "targets",
]


_BIOLOGY = ("drives", "enrich", "explain", "knock_out", "signs")  # of `ugrn_core.api_biology`


def __getattr__(name: str) -> object:
    """Return a function of the doors: importing the package alone imports nothing else."""
    if name in __all__:
        door = {"contexts": "api_contexts"}.get(name, "api")
        door = "api_biology" if name in _BIOLOGY else door
        return getattr(import_module(f"ugrn_core.{door}"), name)
    raise AttributeError(f"module 'ugrn_core' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
