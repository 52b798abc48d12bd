"""Asking a web server: bounded in time, not led where it must not lead, its answers in words."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from ugrn_core.quantities import duration

if TYPE_CHECKING:
    import requests

TIMEOUT = 30  # seconds without an answer or a byte
ANSWER_SECONDS = 60  # for all of an answer's head: it may come by drops, or never end
LONGEST_WAIT = 120  # seconds a server may have us wait (Retry-After) before more bytes come
TRIES = 3  # of a question that is one short answer
PASSING = (408, 416, 429)  # of the refusals those that asking again may lift
WORDS = {  # of errors whose names say little
    "TooManyRedirects": "it leads in a circle",
    "InvalidSchema": "it leads to an address outside the web, or from https to http",
    "InvalidURL": "it leads to what is no address",
}
T = TypeVar("T")


def session() -> requests.Session:
    """Return a session that follows at most 8 redirects, never from https to http and never out of
    the web (file:, ftp:); what leads there raises requests' InvalidSchema."""
    import requests

    class Onward(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> str | None:
            target = super().get_redirect_target(resp)
            if target and not _may_lead(resp.url, urljoin(resp.url, target)):
                raise requests.exceptions.InvalidSchema(f"it leads to {target[:80]}")
            return target

    session = Onward()
    session.max_redirects = 8
    return session


def _may_lead(here: str, onward: str) -> bool:
    one, other = urlsplit(here).scheme, urlsplit(onward).scheme
    return other == "https" or other == one == "http"


def begun(call: Callable[[], T]) -> T:
    """Return the answer that `call`, a request, gives; raise requests.Timeout when its head is not
    there in ANSWER_SECONDS. A server that sends an endless head keeps its thread, not ours."""
    import requests

    answer: Future[T] = Future()

    def ask() -> None:
        try:
            answer.set_result(call())
        except ValueError as error:  # an address it leads to is none
            known = isinstance(error, requests.RequestException)
            answer.set_exception(error if known else requests.exceptions.InvalidURL(str(error)))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    done, _ = wait([answer], ANSWER_SECONDS)
    if not done:
        raise requests.Timeout(f"no answer in {ANSWER_SECONDS} s")
    return answer.result()


def answered(call: Callable[[], requests.Response], pause: float) -> requests.Response:
    """Return the answer that `call` gives, asked up to TRIES times where that may help, as long as
    the server asks to wait (LONGEST_WAIT in all) or `pause` seconds more each time.

    Raises requests.RequestException for the last refusal.
    """
    import requests

    waited = 0.0
    for attempt in range(1, TRIES + 1):
        try:
            answer = begun(call)
            answer.raise_for_status()
            return answer
        except requests.RequestException as error:
            seconds = max(pause * attempt, asked_wait(error.response) or 0)
            waited += seconds
            if attempt == TRIES or not may_pass(error) or waited > LONGEST_WAIT:
                raise
            time.sleep(seconds)
    raise AssertionError


def may_pass(error: requests.RequestException) -> bool:
    """Return whether the same question may be answered later: not where there is no such file, or
    it leads where we do not follow."""
    status = getattr(error.response, "status_code", 0)
    refused = 400 <= status < 500 and status not in PASSING
    return not refused and type(error).__name__ not in ("MissingSchema", *WORDS)


def stated(number: str) -> int | None:
    """Return a number of bytes or seconds that a header states, None where it states none."""
    return int(number) if re.fullmatch("[0-9]{1,18}", number) else None


def asked_wait(answer: requests.Response | None) -> int | None:
    """Return the seconds that an answer (None for none) asks to wait, in its Retry-After, given in
    seconds or as a date; None where it asks for nothing that can be read."""
    text = answer.headers.get("Retry-After", "") if answer is not None else ""
    if (seconds := stated(text)) is not None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
        return max(
            0, round((date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
        )
    except (ValueError, OverflowError):
        return None


def host_of(url: str) -> str:
    """Return the host of an address, and its port, without a name and password before it."""
    return urlsplit(url).netloc.rpartition("@")[2]


def unreachable(url: str, error: object, by_hand: str) -> str:
    """Return a sentence for a host that does not answer, with the way around it."""
    response, name = getattr(error, "response", None), type(error).__name__
    status = getattr(response, "status_code", None)
    why = WORDS.get(name) or (f"it answered {status}" if status else name)
    why = error if isinstance(error, str) else why
    advice = "Check the connection (behind a proxy set HTTPS_PROXY) and run the same command again"
    if wait := asked_wait(response):
        why, advice = f"{why} and asks to wait {duration(wait)}", "Run the same command again then"
    return (
        f"Cannot download from {host_of(url)} ({why}). {advice}: what has arrived is kept. "
        f"{by_hand}"
    )
