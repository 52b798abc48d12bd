"""A Dask cluster as a place to work: `distributed` is an extra, imported when it is used.

Nothing here waits for ever: the scheduler, the first worker that can do the work, and a run that
has lost all its workers have a time each, a minute in all; then the error says who cannot do what.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from ugrn_core.errors import ClusterError
from ugrn_core.types import SWEEP

T = TypeVar("T")
CONNECT_SECONDS = 15.0  # for a scheduler to answer
READY_SECONDS = 35.0  # for the first worker that can do the work; also a run's without any
ANSWER_SECONDS = 8.0  # for a worker to say whether it can, or the scheduler who is there
COUNT_SECONDS = 2.0  # how long a count of workers is believed
AT_ONCE = 64  # workers tried side by side
NAMED = 5  # workers that an error names
RETRIES = 3  # of a share whose worker died; the scheduler itself gives up after as many deaths
MODULES = ("ugrn_core", "torch", "zarr")  # what probing imports
KEPT = "What was finished is kept."


@dataclass(eq=False)
class DaskCluster:
    """The workers of the Dask scheduler at `address`, such as tcp://10.0.0.1:8786.

    Workers see the backbone's folder and the store under the same paths as this process.
    Raises ClusterError when no scheduler answers, or `distributed` is not installed.
    """

    address: str
    _client: object = field(default=None, init=False, repr=False)
    _shares: _Shares | None = field(default=None, init=False, repr=False)

    def workers(self) -> int:
        """See `executors.Place.workers`: 0 while none has joined; once work is given out, those
        that can do it. Raises ClusterError when there has been none for READY_SECONDS."""
        if self._shares is not None:
            return self._shares.workers()
        return len(_present(self._open()))

    @contextmanager
    def executor(self, sees: Sequence[Path] = ()) -> Iterator[Executor]:
        """See `executors.Place.executor`; a share whose worker dies goes to another one."""
        client = self._open()
        crew = _Crew(client, tuple(str(p.absolute()) for p in sees))
        self._shares = shares = _Shares(client, crew)
        try:
            crew.wait_for_the_first()
            yield shares
        except Exception as error:
            told = _told(error)
            if told is None:
                raise
            raise told from error
        finally:
            self._client = self._shares = None
            shares.shutdown(wait=False)
            _quietly(client.close)

    def _open(self):
        if self._client is None:
            try:
                from distributed import Client
            except ImportError as error:
                raise ClusterError(
                    "A scheduler was given, but the package 'distributed' is not installed here. "
                    "Install it, here and on the workers: pip install distributed."
                ) from error
            try:
                # Asked before a client is made: one that is left half-made cannot be closed.
                _within(CONNECT_SECONDS, partial(_greet, self.address))
                connect = partial(
                    Client, self.address, timeout=CONNECT_SECONDS, set_as_default=False
                )
                self._client = _within(CONNECT_SECONDS, connect)
            except Exception as error:  # what listens there may answer with anything
                raise ClusterError(
                    f"No Dask scheduler answers at '{self.address[:100]}'. Start one with `dask "
                    "scheduler`, and give the address it prints, such as tcp://10.0.0.1:8786."
                ) from error
        return self._client


class _Crew:
    """The workers of a scheduler that were tried: who can do the work, and why others cannot."""

    def __init__(self, client: object, sees: tuple[str, ...]) -> None:
        self._client, self._sees = client, sees
        self._failing: dict[str, str] = {}
        self._looked, self._last_able = -COUNT_SECONDS, time.monotonic()
        self._wish: object = None
        self.able: frozenset[str] = frozenset()

    def count(self) -> int:
        """Return how many can do the work; raise ClusterError when none can for READY_SECONDS."""
        if time.monotonic() - self._looked >= COUNT_SECONDS:
            self._look()
            self._looked = time.monotonic()
        if self.able:
            self._last_able = time.monotonic()
        elif time.monotonic() - self._last_able > READY_SECONDS:
            raise ClusterError(self._nobody())
        return len(self.able)

    def wait_for_the_first(self) -> None:
        """Return when somebody can do the work; raise ClusterError as `count` does."""
        while not self.count():
            time.sleep(COUNT_SECONDS / 4)

    def _look(self) -> None:
        present = _present(self._client)
        self._wish_for_workers(bool(present))
        self.able &= present
        again = () if self.able else self._failing  # what was slow to appear may be there by now
        new = sorted(present - self.able - (self._failing.keys() - set(again)))
        self._failing = {w: why for w, why in self._failing.items() if w in present - set(new)}
        for start in range(0, len(new), AT_ONCE):
            reasons = self._try(new[start : start + AT_ONCE])
            self._failing |= {worker: why for worker, why in reasons.items() if why}
            self.able |= {worker for worker, why in reasons.items() if not why}

    def _wish_for_workers(self, some: bool) -> None:
        """Give a scheduler without workers something small to do: one that starts workers by need
        (`cluster.adapt(minimum=0)`) starts none for work that waits here for the first of them."""
        if some:
            self._wish = None
        elif self._wish is None:
            self._wish = self._client.submit(pow, 1, 1, pure=False)

    def _try(self, workers: list[str]) -> dict[str, str]:
        """Return why each of `workers` cannot do the work, empty where it can."""
        trial, end = _trial(), time.monotonic() + ANSWER_SECONDS
        trials = {
            w: _asked(partial(self._client.run, trial, MODULES, self._sees, SWEEP, workers=[w]))
            for w in workers
        }
        reasons = {}
        for worker, answer in trials.items():
            try:
                reasons[worker] = answer.result(max(0.0, end - time.monotonic()))[worker]
            except TimeoutError:
                reasons[worker] = f"does not answer within {ANSWER_SECONDS:.0f} s"
            except Exception as error:  # it left, or cannot read what it was sent
                reasons[worker] = f"failed at a trial ({type(error).__name__}: {error})"[:200]
        return reasons

    def _nobody(self) -> str:
        if not self._failing:
            return (
                f"No worker of the scheduler is left or has joined for {READY_SECONDS:.0f} s. "
                f"{KEPT} Start workers (`dask worker`), and run again."
            )
        named = "; ".join(f"{w} {why}" for w, why in sorted(self._failing.items())[:NAMED])
        more = len(self._failing) - NAMED
        return (
            f"None of the scheduler's {len(self._failing)} workers can do the work: {named}"
            f"{f'; and {more} more' if more > 0 else ''}. {KEPT} Start scheduler and workers in "
            "UGRN's environment, with PYTHONPATH naming the checkout, and give them backbone and "
            "UGRN_HOME under the same paths, on a disk that all share."
        )


class _Shares(Executor):
    """Gives work to those of a crew that can do it; to others when all of these have left."""

    def __init__(self, client: object, crew: _Crew) -> None:
        self._crew = crew
        self._executor = client.get_executor(pure=False, retries=RETRIES)
        self._lock = threading.RLock()
        self._sent: dict[Future, tuple[Future, frozenset[str], tuple]] = {}

    def workers(self) -> int:
        """See `_Crew.count`; what waits for workers that have left goes to those who came."""
        count = self._crew.count()
        self._send_again()
        return count

    def submit(self, work: Callable, /, *what: object) -> Future:
        """See concurrent.futures.Executor."""
        outer = Future()
        outer.add_done_callback(self._drop)
        self._send(outer, (work, *what))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave what was sent to itself: a worker ends the share it is at, and keeps it."""
        _quietly(partial(self._executor.shutdown, wait=wait))

    def _send(self, outer: Future, call: tuple) -> None:
        able = self._crew.able
        inner = self._executor.submit(*call, workers=sorted(able) or None)
        with self._lock:
            self._sent[outer] = inner, able, call
        inner.add_done_callback(partial(self._pass_on, outer))

    def _send_again(self) -> None:
        """Send elsewhere what only workers that have left were allowed to do."""
        with self._lock:
            lost = [
                (outer, *entry)
                for outer, entry in self._sent.items()
                if self._crew.able and not entry[1] & self._crew.able
            ]
        for outer, inner, _, call in lost:
            self._send(outer, call)
            inner.cancel()

    def _pass_on(self, outer: Future, inner: Future) -> None:
        with self._lock:
            if self._sent.get(outer, (None,))[0] is not inner:
                return  # sent elsewhere since, or dropped
            del self._sent[outer]
        with suppress(InvalidStateError):  # dropped at this moment
            if inner.cancelled():
                outer.set_exception(CancelledError())
            elif inner.exception() is not None:
                outer.set_exception(inner.exception())
            else:
                outer.set_result(inner.result())

    def _drop(self, outer: Future) -> None:
        with self._lock:
            inner, *_ = self._sent.pop(outer, (None,))
        if inner is not None:
            inner.cancel()


def _trial() -> Callable[[Sequence[str], Sequence[str], int], str]:
    """Return what is run on a worker. Made inside a function it travels whole: a worker that cannot
    import ugrn_core could not import this file either."""

    def trial(modules: Sequence[str], sees: Sequence[str], sweep: int) -> str:
        import importlib.util
        import os
        import socket

        where = f"(on {socket.gethostname()}) "
        for name in modules:  # not imported yet: that can take longer than an answer may
            if importlib.util.find_spec(name) is None:
                return f"{where}cannot import {name}"
        if sweep != importlib.import_module("ugrn_core.types").SWEEP:
            return f"{where}has another version of UGRN, which computes otherwise"
        for path in sees:
            if not os.path.exists(path):
                return f"{where}does not see {path}"
        return ""

    return trial


def _asked(call: Callable[[], T]) -> Future[T]:
    """Return what `call` gives, later or never: its thread is left behind with a silent peer."""
    answer = Future()

    def ask() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return answer


def _within(seconds: float, call: Callable[[], T]) -> T:
    return _asked(call).result(seconds)


def _quietly(call: Callable[[], object]) -> None:
    """Call, for as long as a worker has to answer, whatever comes of it: nothing is left to do."""
    with suppress(Exception, CancelledError):
        _within(ANSWER_SECONDS, call)


def _greet(address: str) -> None:
    from distributed import rpc
    from distributed.security import Security

    async def greet() -> None:
        how = Security().get_connection_args("client")
        async with rpc(address, connection_args=how) as scheduler:
            await asyncio.wait_for(scheduler.identity(), CONNECT_SECONDS)

    asyncio.run(greet())


def _present(client: object) -> set[str]:
    """Return the addresses of a scheduler's workers; raise ClusterError when it does not answer."""
    try:
        return set(_within(ANSWER_SECONDS, client.nthreads))
    except (TimeoutError, OSError, RuntimeError, CancelledError) as error:
        raise ClusterError(f"The scheduler no longer answers. {KEPT} Start it again.") from error


def _told(error: Exception) -> ClusterError | None:
    """Return in words what went wrong with a cluster; None for an error of another kind."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return ClusterError(
            "The same sources ended several workers: they are short of memory, or are being "
            f"stopped from outside. {KEPT} The workers' logs say more."
        )
    if isinstance(error, CancelledError):
        return ClusterError(f"The scheduler went away. {KEPT} Start it again, and run again.")
    cause = error
    while cause is not None and not isinstance(cause, ModuleNotFoundError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return None
    return ClusterError(
        f"The scheduler or a worker cannot import {cause.name}. Start both in UGRN's environment, "
        "with PYTHONPATH naming the checkout."
    )


def address_in(scheduler_file: Path) -> str:
    """Return the address in a file that `dask scheduler --scheduler-file FILE` wrote.

    Raises ClusterError when there is none.
    """
    with suppress(OSError, ValueError):
        content = json.loads(scheduler_file.read_bytes())
        if isinstance(content, dict) and isinstance(content.get("address"), str):
            return content["address"]
    raise ClusterError(
        f"'{scheduler_file}' is not a Dask scheduler file. Give the file that "
        "`dask scheduler --scheduler-file FILE` wrote, on a disk that both can see."
    )
