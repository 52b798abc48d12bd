"""How sure a context's profile makes a regulator's strengths: a bootstrap over its cells.

Cells are drawn anew from each context, with replacement, their mean is a profile, and the one
regulator is probed again around it. The band is the mean of that context's cells, more and less
Student's t times the spread over the draws.

Letters: K contexts, B draws, G genes of the panel.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from scipy import stats

from ugrn_core.errors import UnknownGeneError
from ugrn_core.experiment.contexts import compute as strengths
from ugrn_core.experiment.contexts import folder as files
from ugrn_core.experiment.contexts.compute import Progress, ShouldStop
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared, prepare
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.workers import fill_stores
from ugrn_core.files import remove_folder
from ugrn_core.jobs.executors import LocalWorkers, Place
from ugrn_core.settings import Settings
from ugrn_core.types import Profile

DRAWS = 20
REDRAWING = "probing the regulator around cells drawn anew"
SCRATCH = "scratch-bands"


def name_of(token: str) -> str:
    """Return the name under which a regulator's bands are kept."""
    return f"bands-{hashlib.sha256(token.encode()).hexdigest()[:16]}"


def redrawn(ready: Prepared, draws: int = DRAWS, seed: int = strengths.SEED) -> list[list[Profile]]:
    """Return (B, K) profiles of each context's cells drawn with replacement."""
    rng, out = np.random.default_rng([seed, 1]), []
    for draw in range(draws):
        weights = [rng.multinomial(m.sum(), m / m.sum()) for m in ready.grouping.members]
        out.append([ready.profile(w.astype(float), f"draw {draw + 1}") for w in weights])
    return out


def compute(
    settings: Settings,
    spec: ContextSpec,
    token: str,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    *,
    place: Place | None = None,
) -> Path:
    """Write the spread of the strengths of one regulator, a token of the panel; return the folder.

    Raises UnknownGeneError where it is none of the sources, Cancelled.
    """
    ready = prepare(settings, spec)
    folder, name = files.where(settings, ready.id), name_of(token)
    if token not in ready.sources:
        raise UnknownGeneError([token], "the regulators of these contexts")
    if files.read(folder, name) is not None:
        return folder
    report, stop = progress or (lambda *_: None), should_stop or (lambda: False)
    scratch = folder / SCRATCH
    sweeps = [[_ends(ready, p, token, scratch) for p in draw] for draw in redrawn(ready)]
    fill_stores(
        [r for draw in sweeps for r in draw],
        scratch,
        place or LocalWorkers(settings.workers),
        progress=lambda done, total: report(done, total, REDRAWING),
        should_stop=stop,
    )
    drawn = np.array([[strengths.rise(r)[0] for r in draw] for draw in sweeps])  # (B, K, G)
    arrays = {"spread": drawn.std(axis=0, ddof=1).astype(np.float32)}
    files.write(folder, name, arrays, {"regulator": token, "draws": len(drawn)})
    remove_folder(scratch)
    return folder


def _ends(ready: Prepared, profile: Profile, token: str, root: Path):
    chosen = ready.around(profile, ends=True)
    return probing.request(ready.backbone, ready.study.panel, (token,), chosen, root)


def half_width(folder: Path, token: str) -> np.ndarray | None:
    """Return (K, G), half of the 95 % interval of a regulator's strengths; None where its bands are
    not there."""
    read = files.read(folder, name_of(token))
    if read is None:
        return None
    arrays, about = read
    return float(stats.t.ppf(0.975, about["draws"] - 1)) * arrays["spread"].astype(np.float64)
