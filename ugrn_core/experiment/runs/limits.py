"""How much a visitor of a served dashboard may ask of the machine."""

from __future__ import annotations

import math
import os
import threading
import time
from collections import defaultdict, deque
from contextlib import suppress
from pathlib import Path

from ugrn_core import removed
from ugrn_core.data.own.store import FOLDER
from ugrn_core.data.references.store import FOLDER as REFERENCES
from ugrn_core.errors import OptionError
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import ACTIVE
from ugrn_core.quantities import size
from ugrn_core.settings import Settings

# What asking and adding fills, under a home; what was fetched for all is not counted.
FILLED = ("runs", "contexts", "probes", "jobs", "panels", FOLDER, REFERENCES)


HOUR = 3600.0
_BEGUN: defaultdict[Path, deque[float]] = defaultdict(deque)  # home: when, in the last hour
_LOCK = threading.Lock()


def begin(settings: Settings, now: float | None = None) -> None:
    """Count that a visitor of a served dashboard begins something that makes the server work: a
    run, a file looked at, a measurement. Raises OptionError where he has begun as many in the last
    hour as `settings.limits` allow; where all is in common, all together."""
    if settings.limits is None:
        return
    now, most = time.monotonic() if now is None else now, settings.limits.hourly
    with _LOCK:
        begun = _BEGUN[settings.home]
        while begun and now - begun[0] > HOUR:
            begun.popleft()
        if len(begun) >= most:
            minutes = max(1, math.ceil((HOUR - (now - begun[0])) / 60))
            raise OptionError(
                f"At most {most:,} things an hour that make this server work may be begun, and "
                f"you have begun as many: wait {minutes} minutes. What is finished can be read."
            )
        begun.append(now)


def check(settings: Settings, genes: int) -> None:
    """Raise OptionError where a run of a panel of `genes` is more than `settings.limits` allow.

    Nothing is refused where the dashboard serves its own machine. Where all is in common, so are
    the limits.
    """
    limits = settings.limits
    if limits is None:
        return
    if genes > limits.genes:
        raise OptionError(
            f"A panel on this server has at most {limits.genes:,} genes; this one has {genes:,}. "
            "Choose fewer, or run UGRN on your own machine."
        )
    states = Jobs(settings.jobs).list().values()
    active = sum(state.status in ACTIVE for state in states)
    if active >= limits.jobs:
        raise OptionError(
            f"At most {limits.jobs} jobs may wait or work at a time here, and {active} do. Wait "
            "for one to end, or cancel one on the page Runs."
        )
    check_disk(settings)


def check_disk(settings: Settings) -> None:
    """Raise OptionError where a visitor of a served dashboard has used up his share of the disk.
    What he removed has what is left of it: the longest ago is let go, to be had back no more."""
    limits = settings.limits
    if limits is None:
        return
    used = disk_use(settings.home)
    removed.shrink(settings.home, max(0, limits.bytes - used))
    if used >= limits.bytes:
        raise OptionError(
            f"Results may take {size(limits.bytes)} here, and yours take {size(used)}. Delete "
            "runs or data sets you no longer need."
        )


def disk_use(home: Path) -> int:
    """Return the bytes of all files in the FILLED folders of `home`; links are not followed."""
    total = 0
    for folder in FILLED:
        for path, _, files in os.walk(home / folder):
            for name in files:
                with suppress(OSError):  # gone meanwhile
                    total += os.lstat(os.path.join(path, name)).st_size
    return total
