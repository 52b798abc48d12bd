"""Finished runs that put the same question, one panel's regulators, to other backbones."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ugrn_core.experiment.runs.compute import Spec


def mark(spec: Spec) -> str:
    """Return 16 hex digits of what is asked: the data set or list, not the backbone."""
    text = json.dumps([spec.dataset, spec.genes, spec.regulators])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def others(runs: Path, spec: Spec, backbone: str, tables: tuple[str, str]) -> tuple[Path, ...]:
    """Return the edge tables of other learned backbones' finished runs under `runs`.

    One a backbone, the newest; controls with random weights are not among them. backbone: the name
    of the one that is not other. tables: file names of what tells about a run and of its edges.
    """
    about_name, edges_name = tables
    found: dict[str, tuple[str, Path]] = {}
    for path in runs.glob(f"*/{about_name}"):
        try:
            about = _about(path, path.stat().st_mtime_ns)
        except OSError:
            continue  # removed just now
        if about.get("question") != mark(spec) or about.get("control"):
            continue
        name, date = str(about.get("backbone")), str(about.get("date", ""))
        if name != backbone and date >= found.get(name, ("",))[0]:
            found[name] = date, path.with_name(edges_name)
    return tuple(path for _, path in sorted(found.values()))


@lru_cache(maxsize=1024)
def _about(path: Path, stamp: int) -> dict:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
