"""Many users at once: `python -m tests.browser.load --users 20 --seconds 60` (offline).

Serves the dashboard on a home of its own, probes the data set that ships with UGRN, starts another
probing run, and lets each user walk from page to page with a gene of its own, some seconds of
thought between. Each speaks Streamlit's websocket protocol as the browser does; drawing is not
counted. Prints the time of pages, the server's memory, and stops with an error on a failed page or
on another user's gene.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.browser.served import serving
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.settings import read_settings

BACKBONE, DATASET = "ugrn-base", "pbmc68k"
PAGES = ("regulators", "gene_pair", "network", "probe_benchmark", "methods")
THOUGHT = (1.0, 4.0)  # seconds between pages
PATIENCE = 120  # seconds


@dataclass
class User:
    """One session: its gene, the seconds each page took, and what went wrong."""

    gene: str
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def ask(link, page: str, query: str) -> tuple[float, bytes]:
    """Ask for a page; return seconds until its script ended, and all that came."""
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.query_string = query
    begun, seen = time.monotonic(), []
    link.send(message.SerializeToString())
    while True:
        data = link.recv(timeout=PATIENCE)
        seen.append(data)
        if ForwardMsg.FromString(data).WhichOneof("type") == "script_finished":
            return time.monotonic() - begun, b"".join(seen)


def walk(user: User, address: str, until: float, others: frozenset[str], rng: random.Random):
    """Go from page to page until the time is up."""
    url = address.replace("http", "ws") + "/_stcore/stream"
    try:
        with connect(url, subprotocols=["streamlit"], max_size=None) as link:
            while time.monotonic() < until:
                page = rng.choice(PAGES)
                own = f"gene={user.gene}&target={user.gene}&centre={user.gene}&side=regulators"
                query = f"dataset={DATASET}&backbone={BACKBONE}&{own}"
                took, came = ask(link, page, query)
                user.seconds.append(took)
                if b"Something went wrong" in came:
                    user.problems.append(f"{page}: an error on the page")
                if page == "regulators" and f"regulators of **{user.gene}".encode() not in came:
                    user.problems.append(f"{page}: its gene {user.gene} is not on the page")
                heads = [g for g in others if f"regulators of **{g}".encode() in came]
                if heads:
                    user.problems.append(f"{page}: {heads} belong to other users")
                time.sleep(rng.uniform(*THOUGHT))
    except Exception as error:  # reported by user, whatever it is
        user.problems.append(f"{type(error).__name__}: {error}")


def memory(port: int) -> float:
    """Return the server's resident memory in MB."""
    for link in psutil.net_connections("tcp"):
        if link.status == "LISTEN" and link.laddr.port == port and link.pid:
            return psutil.Process(link.pid).memory_info().rss / 1e6
    return float("nan")


def measure(users: int, seconds: float, probing: bool) -> list[User]:
    """Serve, walk, print; return the users."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(read_settings({}), home=Path(folder))
        compute.compute(settings, run_spec.Spec(BACKBONE, DATASET))
        genes = sorted(Results(settings, run_spec.Spec(BACKBONE, DATASET)).genes)[:: 765 // users]
        walkers = [User(g) for g in genes[:users]]
        with serving(Path(folder)) as address:
            port = int(address.rpartition(":")[2])
            walk(User(genes[0]), address, time.monotonic() + 8, frozenset(), random.Random(0))
            before = memory(port)
            if probing:
                run_jobs.start(settings, run_spec.Spec(f"{BACKBONE}-random", DATASET))
            until = time.monotonic() + seconds
            named = {u.gene for u in walkers}
            threads = [
                threading.Thread(
                    target=walk,
                    args=(u, address, until, frozenset(named - {u.gene}), random.Random(k)),
                )
                for k, u in enumerate(walkers)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            after = memory(port)
            run_jobs.cancel(settings, run_spec.Spec(f"{BACKBONE}-random", DATASET))
            time.sleep(2)
    took = sorted(s for u in walkers for s in u.seconds)
    print(
        f"{users} users, {seconds:g} s, probing {probing}: {len(took)} pages, median "
        f"{statistics.median(took):.2f} s, 95 % {took[int(0.95 * len(took))]:.2f} s, longest "
        f"{took[-1]:.2f} s; server {before:.0f} MB before, {after:.0f} MB after; load "
        f"{os.getloadavg()[0]:.1f}"
    )
    return walkers


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--no-probing", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.users, asked.seconds, not asked.no_probing)
    problems = [p for user in found for p in user.problems]
    if problems:
        raise SystemExit("\n".join(dict.fromkeys(problems)))


if __name__ == "__main__":
    main()
