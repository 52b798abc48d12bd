"""Classical methods on a data set's own cells; what is finished is kept, as some take hours."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core import pool
from ugrn_core.classical import METHODS
from ugrn_core.classical.base import Task, measured_rows
from ugrn_core.console import progress_bar
from ugrn_core.files import read_plain, write_own
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.types import Expression, ReferenceNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from ugrn_core.classical.base import Method
    from ugrn_core.data.readers.base import Dataset
    from ugrn_core.settings import Settings

BLOCK = 16  # targets computed, then kept
UNFINISHED = (
    "not finished in the time given: {} of {} measured targets so far, in {:.2f} core hours; "
    "another run with time for it (--classical-hours) goes on there"
)


@dataclass(frozen=True, eq=False)
class ClassicalScores:
    """scores: (R, G), rows `dataset.regulators`, columns `dataset.genes`; None where the time given
    did not suffice, with the `reason`. core_seconds: CPU seconds, whenever they were spent."""

    scores: np.ndarray | None
    core_seconds: float
    note: str
    reason: str = ""


def classical_scores(
    name: str, dataset: Dataset, settings: Settings, hours: float | None = None
) -> ClassicalScores:
    """Return the scores of the method `name`, what they cost and how they were made.

    hours: core hours that may be spent now, None for all it takes; what was finished is kept under
    the settings' home, under a checksum of cells, genes, method and parameters, and a later call
    goes on there.
    """
    method, cells, network = METHODS[name](), dataset.expression, _pairs(dataset)
    measured = np.flatnonzero(measured_rows(cells, network) >= 0)
    folder = settings.home / "classical" / _key(method, cells, network)
    workers = LocalWorkers(settings.workers).workers() if method.by_target else 1
    scores = np.full((len(network.regulators), len(network.genes)), np.nan)
    done, seconds, now = 0, 0.0, 0.0
    limit = np.inf if hours is None else hours * 3600
    with pool.processes(workers) as executor, progress_bar(f"{name}, {dataset.title}") as progress:
        for targets in _blocks(method, len(network.genes)):
            path = folder / f"{targets[0]}.npz"
            piece = _read(path, (len(scores), len(targets)))
            if piece is None and now < limit:
                piece = _computed(
                    executor, (method, cells, network), np.array_split(targets, workers)
                )
                _write(path, *piece)
                now += piece[1]
            if piece is not None:
                scores[:, targets] = piece[0]
                seconds += piece[1]
                done += int(np.isin(targets, measured).sum())
            progress(targets[-1] + 1, len(network.genes))
    parameters = ", ".join(f"{k} {v}" for k, v in asdict(method).items())
    note, reason = f"{method.source}; {parameters}", ""
    if done < len(measured):
        reason = UNFINISHED.format(done, len(measured), seconds / 3600)
    return ClassicalScores(None if reason else scores, seconds, note, reason)


def _blocks(method: Method, count: int) -> Iterator[list[int]]:
    step = BLOCK if method.by_target else max(count, 1)
    for start in range(0, count, step):
        yield list(range(start, min(start + step, count)))


def _computed(
    executor: Executor,
    what: tuple[Method, Expression, ReferenceNetwork],
    parts: list[np.ndarray],
) -> tuple[np.ndarray, float]:
    """The scores of the targets of all `parts`, a process a part (one part: this one), and the CPU
    seconds they took."""
    shares = [tuple(part.tolist()) for part in parts if len(part)]
    if len(shares) == 1:
        done = [_timed(*what, shares[0])]
    else:
        futures = [executor.submit(_timed, *what, t) for t in shares]
        done = [future.result() for future in futures]
    return np.concatenate([s for s, _ in done], axis=1), sum(t for _, t in done)


def _timed(
    method: Method, cells: Expression, network: ReferenceNetwork, targets: tuple[int, ...]
) -> tuple[np.ndarray, float]:
    began = time.process_time()  # not wall time: the machine may have other work
    scores = method(cells, network, Task(targets))[:, list(targets)]
    return scores, time.process_time() - began


def _pairs(dataset: Dataset) -> ReferenceNetwork:
    at = {g: k for k, g in enumerate(dataset.genes)}
    regulators = np.array([at[r] for r in dataset.regulators], dtype=np.int64)
    none = np.zeros((0, 2), dtype=np.int64)
    return ReferenceNetwork(
        name="none", dataset=dataset.name, genes=dataset.genes, regulators=regulators, edges=none
    )


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
        with np.load(io.BytesIO(read_plain(path)), allow_pickle=False) as file:
            scores, seconds = file["scores"], float(file["seconds"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # absent or damaged: computed again
    return (scores, seconds) if scores.shape == shape else None


def _write(path: Path, scores: np.ndarray, seconds: float) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, scores=scores, seconds=seconds)
    write_own(path, buffer.getvalue())
