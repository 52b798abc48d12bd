"""A server that has just started opens the atlas before anybody asks for it."""

from __future__ import annotations

import asyncio
import threading

from ugrn_core.dashboard import getting_ready
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.runs import results


def begun() -> None:
    async def life() -> None:
        async with getting_ready.ready(None):
            pass

    asyncio.run(life())
    for thread in threading.enumerate():
        if thread.name == "getting-ready":
            thread.join()


def test_the_atlas_that_answers_is_read_beside_the_servers_start(monkeypatch, tmp_path):
    monkeypatch.setenv("UGRN_HOME", str(tmp_path))
    read = []

    class Noted(results.Results):
        @property
        def worth(self):
            read.append((self._spec.dataset, len(self.known.counts)))
            return super().worth

    monkeypatch.setattr(results, "Results", Noted)
    begun()
    ((dataset, references),) = read
    assert dataset == datasets.ALL_GENES
    assert references > 0


def test_a_server_without_any_backbone_starts_all_the_same(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("UGRN_HOME", str(tmp_path))
    monkeypatch.setenv("UGRN_ASSETS", str(tmp_path))
    begun()
    assert "Traceback" not in capsys.readouterr().err
