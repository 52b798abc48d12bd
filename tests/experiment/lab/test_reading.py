"""What the lab computes, against a backbone whose response and slope can be written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.probes.analytic import AnalyticBackbone, f, slope
from tests.probes.ranked import RankBackbone
from ugrn_core.errors import OptionError
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab import reading
from ugrn_core.experiment.lab.kept_sweep import KeptSweep
from ugrn_core.experiment.lab.reading import MOST_GENES, lab_panel, read
from ugrn_core.types import Panel

GENES = tuple(f"GENE{k}" for k in range(12))
PANEL = Panel(GENES)
BACKBONE = AnalyticBackbone(GENES)
PAPER = replace(turning.as_in_paper(BACKBONE.defaults), dtype="float64")
TO_OTHERS = BACKBONE.couplings(PANEL)[:, 3]  # of GENE3 to every gene


def test_response_slope_and_secant_are_the_written_ones():
    said = read(BACKBONE, PANEL, "GENE3", replace(PAPER, m=3, t=5))
    v = said.grid
    np.testing.assert_allclose(said.vvp, np.outer(f(v) - f(0.5), TO_OTHERS), atol=1e-12)
    np.testing.assert_allclose(said.gdt, np.outer(slope(v), TO_OTHERS), atol=1e-12)
    assert (len(said.at_m), len(said.at_t)) == (3, 5)
    assert list(v[said.at_m]) == list(turning.values(BACKBONE.defaults, (0.0, 5.0), 3))
    at = int(said.at_m[-1])
    assert said.secant(7, at) == pytest.approx(TO_OTHERS[7] * (f(5.0) - f(0.5)) / 4.5)
    assert (said.genes[said.source], said.own) == ("GENE3", 0.5)


def test_finite_differences_come_near_the_derivative_and_say_how_near():
    said = read(BACKBONE, PANEL, "GENE3", replace(PAPER, step=0.001))
    inside = slice(1, -1)
    exact = np.outer(slope(said.grid[said.at_t]), TO_OTHERS)
    np.testing.assert_allclose(said.differences[inside], exact[inside], rtol=1e-6)
    one_sided = (f(0.001) - f(0.0)) / 0.001  # below the range nothing is asked
    np.testing.assert_allclose(said.differences[0], one_sided * TO_OTHERS, rtol=1e-9)
    far = read(BACKBONE, PANEL, "GENE3", replace(PAPER, step=0.2))
    assert reading.off_by(said)[0] < reading.off_by(far)[0]
    assert len(said.grid) == 8  # the neighbours are no values of the grid
    assert np.isnan(reading.off_by(read(BACKBONE, PANEL, "GENE3", PAPER))).all()


def test_a_second_gene_moves_the_cell_and_not_the_response_of_a_sum():
    alone = read(BACKBONE, PANEL, "GENE3", PAPER)
    held = read(BACKBONE, PANEL, "GENE3", replace(PAPER, held="GENE5", held_at=2.0))
    moved = BACKBONE.couplings(PANEL)[:, 5] * (f(2.0) - f(0.5))
    np.testing.assert_allclose(held.baseline_output - alone.baseline_output, moved, atol=1e-12)
    np.testing.assert_allclose(held.vvp, alone.vvp, atol=1e-12)
    assert list(np.flatnonzero(held.carried != 0.5)) == [5]


def test_responses_under_a_profile_count_from_the_sources_own_value():
    profile = tuple(np.linspace(0.1, 1.2, 12).tolist())
    said = read(BACKBONE, PANEL, "GENE3", PAPER, profile)
    assert said.own == pytest.approx(0.4)
    np.testing.assert_allclose(said.vvp, np.outer(f(said.grid) - f(0.4), TO_OTHERS), atol=1e-12)


def test_the_strongest_are_sorted_and_leave_the_source_out():
    said = read(BACKBONE, PANEL, "GENE3", PAPER)
    size = np.abs(TO_OTHERS)
    expected = [k for k in np.argsort(-size) if k != 3]
    assert list(said.strongest(4)) == expected[:4]
    assert len(said.strongest(30)) == len(GENES) - 1


def test_ranks_have_responses_and_no_slope():
    ranks = RankBackbone(GENES)
    knobs = turning.as_in_paper(ranks.defaults)
    said = read(ranks, PANEL, "GENE3", replace(knobs, t=2))
    assert said.gdt is None
    assert list(said.grid) == list(ranks.defaults.grid)  # T asks for nothing where there is no GDT
    with pytest.raises(OptionError, match="no derivative"):
        read(ranks, PANEL, "GENE3", replace(knobs, step=0.1))


def test_the_driven_gene_cannot_be_held():
    with pytest.raises(OptionError, match="cannot be held as well"):
        read(BACKBONE, PANEL, "GENE3", replace(PAPER, held="GENE3"))


def test_a_question_asked_again_is_not_computed_again():
    read(BACKBONE, PANEL, "GENE4", PAPER)
    calls = BACKBONE.calls
    assert read(BACKBONE, PANEL, "GENE4", PAPER) is read(BACKBONE, PANEL, "GENE4", PAPER)
    assert BACKBONE.calls == calls


def test_a_large_panel_is_thinned_evenly_and_keeps_what_is_asked_for():
    genes = tuple(f"G{k}" for k in range(5000))
    small = lab_panel(Panel(genes), ("G7", "G4999", "ELSEWHERE"))
    assert len(small) <= MOST_GENES
    assert {"G7", "G4999"} <= set(small.genes)
    assert list(small.genes) == sorted(small.genes, key=lambda g: int(g[1:]))
    assert lab_panel(PANEL, ("GENE1",)) is PANEL


def test_a_longer_grid_asks_for_the_new_values_only_and_answers_the_same(monkeypatch):
    swept = []

    def watched(self, source, how):
        swept.append(how.grid)
        return asked(self, source, how)

    asked = KeptSweep.ask
    monkeypatch.setattr(KeptSweep, "ask", watched)
    one = replace(PAPER, m=4, t=4, baseline=0.25)
    first = read(BACKBONE, PANEL, "GENE3", one)
    more = read(BACKBONE, PANEL, "GENE3", replace(one, m=7))
    assert swept == [tuple(first.grid), tuple(v for v in more.grid if v not in first.grid)]
    assert len(swept[1]) == len(more.grid) - 4
    np.testing.assert_allclose(more.vvp, np.outer(f(more.grid) - f(0.25), TO_OTHERS), atol=1e-12)
    np.testing.assert_allclose(more.gdt, np.outer(slope(more.grid), TO_OTHERS), atol=1e-12)
    read(BACKBONE, PANEL, "GENE3", replace(one, baseline=0.75))
    assert swept[2] == tuple(first.grid)  # another cell is another question
