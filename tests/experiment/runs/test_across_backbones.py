"""One pair over all backbones: the numbers of each run, controls included, failures in words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.pages.conftest import furnished
from ugrn_core.experiment.runs import across_backbones, compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results

SPEC = run_spec.Spec("tiny", "krumsiek2011")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    found = furnished(tmp_path_factory.mktemp("across"))
    compute.compute(found, SPEC)
    return found


def test_every_backbone_and_its_control_answer(settings):
    found = {a.title: a for a in across_backbones.answers(settings, SPEC, "SPI1", "JUN")}
    assert sum(a.is_control for a in found.values()) == 2
    assert len(found) == 4
    mine = found["tiny"]
    curves = Results(settings, SPEC).curves("SPI1", "JUN")
    np.testing.assert_array_equal(mine.vvp, curves.vvp)
    np.testing.assert_array_equal(mine.gdt, curves.gdt)
    assert mine.targets == 10
    sizes = [
        np.abs(Results(settings, SPEC).curves("SPI1", g).vvp).max()
        for g in Results(settings, SPEC).genes
        if g != "SPI1"
    ]
    assert mine.rank == 1 + sum(s > np.abs(mine.vvp).max() for s in sizes)
    assert (mine.vvp_low <= mine.vvp_high).all()
    assert not np.allclose(found["tiny, random weights"].vvp, mine.vvp)


def test_a_gene_a_backbone_does_not_know_is_a_sentence(settings):
    for answer in across_backbones.answers(settings, SPEC, "SPI1", "NOBODY"):
        assert "does not know NOBODY" in answer.missing
