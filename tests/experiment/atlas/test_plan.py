"""The plan of panels: every pair once, panels of one size, the same everywhere."""

from __future__ import annotations

import pytest

from ugrn_core.errors import UnknownGeneError
from ugrn_core.experiment.curves.panel_plan import PanelPlan

GENES = tuple(f"G{k}" for k in range(100))
SOURCES = GENES[:23]
PLAN = PanelPlan(GENES, SOURCES, size=20, group=5, seed=3)


def test_every_pair_is_asked_once_in_panels_of_one_size():
    parts = [PLAN[k] for k in range(len(PLAN))]
    asked = [(s, t) for part in parts for s in part.sources for t in part.targets]
    assert len(asked) == len(set(asked)) == len(SOURCES) * len(GENES)
    for part in parts:
        assert len(part.panel) == 20
        assert {*part.sources, *part.targets} <= set(part.panel.genes)
    assert PLAN.pairs == 23 * 99


def test_a_pair_leads_to_its_part():
    for pair in (("G0", "G99"), ("G22", "G3"), ("G7", "G7")):
        part = PLAN.part_of(*pair)
        assert pair[0] in part.sources
        assert pair[1] in part.targets
        assert PLAN[part.number] == part
    with pytest.raises(UnknownGeneError):
        PLAN.part_of("G50", "G1")
    with pytest.raises(UnknownGeneError):
        PLAN.part_of("G1", "NONE")


def test_the_seed_and_nothing_else_makes_the_order():
    again = PanelPlan(GENES, SOURCES, size=20, group=5, seed=3)
    assert [again[k] for k in range(len(again))] == [PLAN[k] for k in range(len(PLAN))]
    assert PanelPlan(GENES, SOURCES, size=20, group=5, seed=4)[0] != PLAN[0]


def test_few_genes_are_one_panel_in_their_own_order():
    plan = PanelPlan(GENES, SOURCES, size=100, group=10)
    assert len(plan) == 3
    assert all(plan[k].panel.genes == GENES and plan[k].targets == GENES for k in range(3))
