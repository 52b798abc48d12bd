"""Classical methods on a data set's own cells; what is finished is kept, as some take hours."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.classical import METHODS
from ugrn_core.classical.base import Task, measured_rows
from ugrn_core.experiment.messages import progress_bar
from ugrn_core.files import write_atomically
from ugrn_core.jobs.places import LocalWorkers
from ugrn_core.types import Expression, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.classical.base import Method
    from ugrn_core.experiment.datasets import Dataset
    from ugrn_core.settings import Settings

BLOCK = 16  # targets computed, then kept


def classical_scores(
    name: str, dataset: Dataset, settings: Settings
) -> tuple[np.ndarray, float, str]:
    """Return the scores, what they cost and how they were made.

    Scores: (R, G), rows `dataset.regulators`, columns `dataset.genes`. Cost: wall seconds times
    processes, summed over the blocks of targets whenever they were computed. Blocks are kept under
    the settings' home, under a checksum of cells, genes, method and parameters.
    """
    method, cells = METHODS[name](), dataset.expression
    network = _pairs(dataset)
    folder = settings.home / "classical" / _key(method, cells, network)
    workers = LocalWorkers(settings.workers).workers()
    scores, seconds = np.full((len(network.regulators), len(network.genes)), np.nan), 0.0
    with progress_bar(f"{name}, {dataset.title}") as progress:
        for start in range(0, len(network.genes), BLOCK):
            targets = tuple(range(start, min(start + BLOCK, len(network.genes))))
            path = folder / f"{start}.npz"
            kept = _read(path, (len(scores), len(targets)))
            if kept is None:
                began = time.perf_counter()
                block = method(cells, network, Task(targets, workers))[:, list(targets)]
                kept = block, (time.perf_counter() - began) * workers
                _write(path, *kept)
            scores[:, list(targets)] = kept[0]
            seconds += kept[1]
            progress(targets[-1] + 1, len(network.genes))
    parameters = ", ".join(f"{k} {v}" for k, v in asdict(method).items())
    return scores, seconds, f"{method.source}; {parameters}"


def in_order_of(reference: ReferenceNetwork, dataset: Dataset, scores: np.ndarray) -> np.ndarray:
    """Return `scores` of the data set's pairs in the order of `reference`, NaN where absent."""
    row = {g: k for k, g in enumerate(dataset.regulators)}
    column = {g: k for k, g in enumerate(dataset.genes)}
    rows = np.array([row.get(reference.genes[k], -1) for k in reference.regulators])
    columns = np.array([column.get(g, -1) for g in reference.genes])
    out = scores[rows][:, columns]
    out[rows < 0] = np.nan
    out[:, columns < 0] = np.nan
    return out


def _pairs(dataset: Dataset) -> ReferenceNetwork:
    at = {g: k for k, g in enumerate(dataset.genes)}
    regulators = np.array([at[r] for r in dataset.regulators], dtype=np.int64)
    none = np.zeros((0, 2), dtype=np.int64)
    return ReferenceNetwork("none", dataset.name, dataset.genes, regulators, none)


def _key(method: Method, cells: Expression, network: ReferenceNetwork) -> str:
    import sklearn

    rows = measured_rows(cells, network)
    about = [method.name, asdict(method), sklearn.__version__, list(network.genes)]
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    digest.update(np.ascontiguousarray(cells.values[rows[rows >= 0]], dtype=np.float32).tobytes())
    digest.update(rows.astype(np.int64).tobytes() + network.regulators.tobytes())
    return digest.hexdigest()[:32]


def _read(path: Path, shape: tuple[int, int]) -> tuple[np.ndarray, float] | None:
    try:
        with np.load(path) as file:
            scores, seconds = file["scores"], float(file["seconds"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # absent or damaged: computed again
    return (scores, seconds) if scores.shape == shape else None


def _write(path: Path, scores: np.ndarray, seconds: float) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, scores=scores, seconds=seconds)
    write_atomically(path, buffer.getvalue())
