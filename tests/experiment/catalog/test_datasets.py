"""Data sets are listed from headers; what a card says is what opening gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.experiment.conftest import write_beeline
from ugrn_core.data.beeline import cells as beeline_cells
from ugrn_core.data.cells import builtin, matrices
from ugrn_core.experiment.catalog import datasets


@pytest.fixture
def with_beeline(settings, tmp_path):
    return replace(settings, beeline=write_beeline(tmp_path / "beeline"))


def test_a_card_says_what_opening_gives(with_beeline):
    cards = datasets.cards(with_beeline)
    assert [c.name for c in cards] == [
        *("pbmc68k", "krumsiek2011"),
        *("beeline-hESC", "beeline-hHEP", "beeline-mESC"),
    ]
    for card in cards:
        opened = datasets.open_dataset(card.name, with_beeline)
        assert (card.name, card.title, card.species) == (opened.name, opened.title, opened.species)
        assert (card.n_genes, card.n_regulators) == (len(opened.genes), len(opened.regulators))
        assert card.has_cells == (opened.expression is not None)
        assert card.references == tuple(n.name for n in opened.references)
        assert card.source == opened.source


def test_listing_opens_no_cells(with_beeline, monkeypatch):
    def opened(*_, **__):
        raise AssertionError("cells were opened")

    for module in (matrices, builtin, beeline_cells):
        for name in ("read_h5ad", "read_text", "read_parquet"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, opened)
    assert len(datasets.cards(with_beeline)) == 5
