"""The shared database is let go of when a server stops, whatever its threads are at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import threading, time
from streamlit.runtime.caching import cache_resource_api
from ugrn_core.dashboard.queries import database

opened = threading.Event()

def serve():
    database._database()
    kept = list(cache_resource_api._resource_caches._function_caches.values())
    opened.set()
    time.sleep(600)

threading.Thread(target=serve, daemon=True).start()
print(opened.wait(600))
"""


def test_a_server_that_stops_prints_no_leaks():
    done = subprocess.run(
        [sys.executable, "-c", SERVER], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"
    assert "nanobind" not in done.stderr
