"""Visitors who have not come for long: what they left is deleted, where whoever serves them says
so (UGRN_KEEP_DAYS)."""

from __future__ import annotations

import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from ugrn_core.files import remove_folder
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import ACTIVE
from ugrn_core.settings import VISITORS, Settings

SEEN = ".seen"  # in a visitor's home: when he was last there
OFTEN = 3600.0  # seconds between two notes of it
DAY = 86_400.0
_NAME = re.compile(r"[0-9a-f]{32}")
_GONE = re.compile(r"\.gone-[0-9a-f]{16}")


def seen(home: Path, now: float | None = None) -> None:
    """Note that the visitor whose `home` it is is here; at most once in OFTEN seconds."""
    mark, now = home / SEEN, time.time() if now is None else now
    with suppress(OSError):  # a disk that takes nothing: he is thought to be away for longer
        if not mark.exists() or now - mark.stat().st_mtime > OFTEN:
            mark.touch()
            os.utime(mark, (now, now))


def expire(settings: Settings, now: float | None = None) -> int:
    """Delete the homes of visitors who have not come for `settings.keep_days`; return how many.

    One whose job waits or works stays. A home gets another name before it is deleted, so none is
    ever there in part. Links in it are deleted, not what they lead to.
    """
    if settings.keep_days is None:
        return 0
    place, now = settings.home / VISITORS, time.time() if now is None else now
    count = 0
    for name in _names(place):
        home = place / name
        if _GONE.fullmatch(name):  # of a sweep that was cut off
            remove_folder(home)
        elif _NAME.fullmatch(name) and now - _last_seen(home) > settings.keep_days * DAY:
            if any(s.status in ACTIVE for s in Jobs(home / "jobs").list().values()):
                continue
            gone = place / f".gone-{secrets.token_hex(8)}"
            with suppress(OSError):
                os.replace(home, gone)
                remove_folder(gone)
                count += 1
    return count


def _names(place: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(place) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _last_seen(home: Path) -> float:
    """Return when a visitor was last there; of a home of before it was noted, when it changed."""
    for path in (home / SEEN, home):
        with suppress(OSError):
            return path.stat().st_mtime
    return time.time()
