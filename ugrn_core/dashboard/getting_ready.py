"""A server that has just started opens what its first page needs before anybody asks.

Else whoever comes first waits for the names of all genes, the atlas and the known pairs to be read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Thread

from ugrn_core.errors import UGRNError
from ugrn_core.settings import read_settings


@asynccontextmanager
async def ready(_app: object) -> AsyncIterator[None]:
    """The server's life: begin to open things, beside the first requests, and serve."""
    Thread(target=opened, name="getting-ready", daemon=True).start()
    yield


def opened() -> None:
    """Open what a gene's regulators among all genes are read from, and the code that draws them."""
    from ugrn_core.dashboard.sections import gene_pair, regulators, start  # noqa: F401
    from ugrn_core.data.gene_names import ensembl_id
    from ugrn_core.experiment.atlas.answering import answering
    from ugrn_core.experiment.catalog import datasets
    from ugrn_core.experiment.catalog.backbones import DEFAULT
    from ugrn_core.experiment.references.cards import cards
    from ugrn_core.experiment.runs.results import Results
    from ugrn_core.experiment.runs.spec import Spec

    settings = read_settings()
    with suppress(UGRNError):  # the page that needs it says what is wrong
        of_all = answering(settings, DEFAULT)
        datasets.cards(settings)
        ensembl_id("GATA1")
        if of_all is not None:
            shipped = tuple(card for card in cards(settings, "human") if card.eager)
            _ = Results(settings, Spec(of_all, datasets.ALL_GENES), shipped).worth
