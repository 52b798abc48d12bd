"""Judgements are kept: a rerun with more probes or networks bootstraps only what is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ugrn_core.benchmark.calibration import calibration
from ugrn_core.benchmark.evaluation_set import EvaluationSet
from ugrn_core.benchmark.protocol import gain, judge, spread
from ugrn_core.errors import StorageError
from ugrn_core.experiment.evaluation.baselines import Scored
from ugrn_core.files import read_plain, sealed, unsealed, write_own

VERSION = 1  # to be raised with any change of what a judgement holds or how it is computed


class JudgementCache:
    """The judgements on one evaluation set, kept in `folder` under a checksum of the pairs, the
    protocol and the very scores: nothing else decides them."""

    def __init__(self, test: EvaluationSet, folder: Path) -> None:
        self._test, self._folder = test, folder
        network = test.network
        words = [VERSION, asdict(test.protocol), test.genes, test.candidates.rule]
        words += [network.dataset, network.name, network.gene_set, network.species]
        digest = hashlib.blake2b(json.dumps(words).encode(), digest_size=16)
        shape = test.candidates.positives.shape
        for part in (shape, test.candidates.positives, test.candidates.candidates):
            digest.update(np.ascontiguousarray(part).tobytes())
        for sample in test.samples:
            for part in (sample.rows, sample.columns, sample.labels, sample.n_dropped):
                digest.update(np.ascontiguousarray(part).tobytes())
        self._of_test = digest

    def row(self, scored: Scored) -> dict:
        """Return the row of a scorer: `judge`, calibration and the spread over seeds."""
        test, score = self._test, scored.scores
        if score is None:
            shape = test.candidates.positives.shape
            return judge(test, np.full(shape, np.nan)) | scored.more | {"reason": scored.reason}
        calibrated = scored.is_probability and test.protocol.sampling != "full"

        def compute() -> dict:
            row = judge(test, score)
            if calibrated:
                row |= calibration(test, score)
            if len(scored.by_seed) > 1:
                row["auprc_sd_over_seeds"] = spread(test, scored.by_seed)
            return row

        kind = f"row, calibrated {calibrated}"
        return self._kept(kind, (score, *scored.by_seed), compute) | scored.more

    def gain(self, scores: np.ndarray, against: np.ndarray) -> dict:
        """Return `protocol.gain` of `scores` over `against`."""
        return self._kept("gain", (scores, against), lambda: gain(self._test, scores, against))

    def _kept(self, kind: str, scores: tuple[np.ndarray, ...], compute: Callable[[], dict]) -> dict:
        digest = self._of_test.copy()
        digest.update(f"{kind}, {[(s.shape, str(s.dtype)) for s in scores]}".encode())
        for score in scores:
            digest.update(np.ascontiguousarray(score).tobytes())
        name = digest.hexdigest()
        path = self._folder / name[:2] / f"{name}.json"
        try:
            return json.loads(unsealed(read_plain(path))["row"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # not judged yet, damaged, or kept before it had a digest: judged again
        row = compute()
        try:
            content = {"format": VERSION, "row": json.dumps(row)}  # as text: it may hold NaN
            write_own(path, sealed(content), lasting=False)
        except StorageError:
            pass  # the row itself is not lost, it goes into the table
        return row
