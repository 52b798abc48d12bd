"""What the pages take out of garbage collection is collected all the same once it is dead."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from ugrn_core.dashboard.shell import page


class Session:
    """Holds itself, as a session of Streamlit's does: only a collection ends it."""

    def __init__(self) -> None:
        self.myself = self


@pytest.fixture(autouse=True)
def as_before():
    yield
    gc.unfreeze()


def test_a_session_that_was_frozen_alive_is_collected_after_its_end(monkeypatch):
    session = Session()
    seen = weakref.ref(session)
    page._settled.clear()
    page._settled("Data")  # while it lives
    assert gc.get_freeze_count() > 0
    del session
    gc.collect()
    assert seen() is not None  # frozen
    page._thawed.clear()  # as after its time
    monkeypatch.setattr(page, "_LATER", 0.2)
    page._thawed()
    assert seen() is not None  # what the page was drawn with goes out first
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()
    assert seen() is None
