"""One sentence instead of a traceback wherever a page runs: its body, fragments and callbacks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import streamlit as st

from ugrn_core.errors import InputError, UGRNError
from ugrn_core.markdown import literal

log = logging.getLogger(__name__)


def fragment(run_every: float) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a part of a page that is drawn again by itself every `run_every` seconds: then
    nothing but itself stands around it, so its errors become words in it."""

    def decorated(body: Callable[..., None]) -> Callable[..., None]:
        @wraps(body)
        def drawn(*args: object) -> None:
            with sentences():
                body(*args)

        return st.fragment(drawn, run_every=run_every)

    return decorated


@contextmanager
def sentences() -> Iterator[None]:
    """Turn an error raised on purpose into one sentence on the page."""
    try:
        yield
    except InputError as error:
        st.error(literal(str(error)), icon=":material/error:")
    except UGRNError as error:
        log.exception("a computation failed")
        st.error(
            f"{literal(str(error))} The result is not shown. Probe again, or choose another "
            "dataset.",
            icon=":material/error:",
        )
    except Exception:  # a defect of ours: the reader still gets a sentence, the log the rest
        log.exception("unexpected error on a page")
        st.error(
            "Something went wrong inside UGRN; it is not your input. Reload the page; if it comes "
            "back, report it with the last lines of the terminal.",
            icon=":material/bug_report:",
        )
