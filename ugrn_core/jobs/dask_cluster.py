"""A Dask cluster as a place to work: `distributed` is an extra, imported when it is used."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ugrn_core.errors import ClusterError

CONNECT_SECONDS = 15
COUNT_SECONDS = 2.0  # how long a count of workers is believed
RETRIES = 3  # of a share whose worker died; the scheduler itself gives up after as many deaths


@dataclass(eq=False)
class DaskCluster:
    """The workers of the Dask scheduler at `address`, such as tcp://10.0.0.1:8786.

    Workers see the backbone's folder and the store under the same paths as this process.
    Raises ClusterError when no scheduler answers, or `distributed` is not installed.
    """

    address: str
    _client: object = field(default=None, init=False, repr=False)
    _counted: tuple[float, int] = field(default=(0.0, 0), init=False, repr=False)

    def workers(self) -> int:
        """See `places.Place.workers`; 0 while none has joined."""
        when, count = self._counted
        if time.monotonic() - when > COUNT_SECONDS:
            count = len(self._open().nthreads())
            self._counted = time.monotonic(), count
        return count

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """See `places.Place.executor`; a share whose worker dies goes to another one."""
        client = self._open()
        from distributed import KilledWorker

        try:
            pool = client.get_executor(pure=False, retries=RETRIES)
            try:
                yield pool
            finally:
                pool.shutdown(wait=True)
        except KilledWorker as error:
            raise ClusterError(
                "The same sources ended several workers: they are short of memory, or are being "
                "stopped from outside. What was finished is kept; the workers' logs say more."
            ) from error
        except CancelledError as error:
            raise ClusterError(
                "The scheduler went away. What was finished is kept: start it again, and run again."
            ) from error
        except Exception as error:
            if not _lacks_ugrn(error):
                raise
            raise ClusterError(
                "The scheduler or a worker cannot import ugrn_core. Start both in UGRN's "
                "environment, with PYTHONPATH naming the checkout."
            ) from error
        finally:
            self._client = None
            client.close()

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
                self._client = Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
            except (OSError, ValueError, ImportError) as error:
                raise ClusterError(
                    f"No Dask scheduler answers at '{self.address[:100]}'. Start one with `dask "
                    "scheduler`, and give the address it prints, such as tcp://10.0.0.1:8786."
                ) from error
        return self._client


def _lacks_ugrn(error: BaseException | None) -> bool:
    """Return whether `error`, or what caused it, is that ugrn_core is not there."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("ugrn_core"):
            return True
        error = error.__cause__ or error.__context__
    return False


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
