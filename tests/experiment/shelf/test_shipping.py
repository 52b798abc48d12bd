"""Runs that ship: found finished in a home where nothing is, and nothing of them computed again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ugrn_core.backbones.adapter import TransformerBackbone
from ugrn_core.experiment.atlas.answering import answering
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.catalog.datasets import ALL_GENES
from ugrn_core.experiment.runs import compute, jobs, run_folder
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec, folder, has_atlas
from ugrn_core.experiment.shelf.shipping import BUILT_IN, ship_runs
from ugrn_core.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
SPEC = Spec("tiny", "krumsiek2011")


@pytest.mark.parametrize("dataset", BUILT_IN)
def test_what_ships_is_of_the_default_backbone_as_it_is(dataset, tmp_path):
    settings = Settings(home=tmp_path / "home", assets=ROOT / "assets")
    default = backbones.backbones(settings)[0].name
    state = jobs.state(settings, Spec(default, dataset))
    assert state.status == "done", "make it anew: python scripts/shipped_runs.py"
    assert state.control.status == "done"


SHIPPED = Settings(home=Path("nowhere"), assets=ROOT / "assets")
ABOUTS = {
    path.parent: run_folder.read_about(path.parent)
    for path in sorted(SHIPPED.shipped_runs.glob("*/about.json"))
}
ATLASES = [folder for folder, about in ABOUTS.items() if about["spec"]["dataset"] == ALL_GENES]
LARGEST_ATLAS = 15_000_000  # bytes of its folder


@pytest.mark.parametrize("atlas", ATLASES, ids=lambda folder: folder.name)
def test_an_atlas_that_ships_is_small_whole_and_of_the_weights_that_are_here(atlas, tmp_path):
    backbone = ABOUTS[atlas]["spec"]["backbone"]
    assert sum(path.stat().st_size for path in atlas.iterdir()) < LARGEST_ATLAS
    assert run_folder.read(atlas).has_edges
    here = replace(SHIPPED, home=tmp_path)
    assert has_atlas(here, backbone), f"make it anew: python -m ugrn_core atlas {backbone}"


def test_the_default_backbones_own_atlas_ships(tmp_path):
    here = replace(SHIPPED, home=tmp_path)
    default = backbones.backbones(here)[0].name
    assert has_atlas(here, default)
    assert answering(here, default) == default


def test_atlases_do_not_count_each_others_pairs(tmp_path):
    here = replace(SHIPPED, home=tmp_path)
    assert len(ATLASES) > 1
    for atlas in ATLASES:  # what one does not keep may be among its best all the same
        backbone = ABOUTS[atlas]["spec"]["backbone"]
        assert Results(here, Spec(backbone, ALL_GENES)).others == ()


def test_it_is_opened_as_a_finished_run_with_its_curves(settings, tmp_path, monkeypatch):
    made = ship_runs(settings, "tiny", ("krumsiek2011",))
    assert made == [folder(settings, SPEC)]
    assert not settings.home.exists() or not list(settings.home.glob("runs/*"))
    fresh = replace(settings, home=tmp_path / "fresh")
    computed = replace(fresh, assets=tmp_path / "elsewhere", home=tmp_path / "computed")
    (computed.assets / "backbones").mkdir(parents=True)
    (computed.assets / "backbones" / "tiny").symlink_to(
        (settings.assets / "backbones" / "tiny").resolve()
    )
    compute.compute(computed, SPEC)
    wanted = Results(computed, SPEC).curves("GATA1", "SPI1")

    def swept(*_):
        raise AssertionError("computed again")

    monkeypatch.setattr(TransformerBackbone, "sweep", swept)
    assert jobs.state(fresh, SPEC).status == "done"
    curves = Results(fresh, SPEC).curves("GATA1", "SPI1")
    np.testing.assert_array_equal(curves.vvp, wanted.vvp)
    np.testing.assert_array_equal(curves.reverse_gdt, wanted.reverse_gdt)
    np.testing.assert_array_equal(curves.random_vvp_low, wanted.random_vvp_low)
    compute.compute(fresh, SPEC)  # nothing to do
    assert not (fresh.home / "runs").exists()


def test_it_is_made_anew_in_place_of_the_old_one(settings):
    first = ship_runs(settings, "tiny", ("krumsiek2011",))
    before = (first[0] / "edges.parquet").stat().st_mtime_ns
    again = ship_runs(settings, "tiny", ("krumsiek2011",))
    assert again == first
    assert (again[0] / "edges.parquet").stat().st_mtime_ns > before
    assert len(list(settings.shipped_runs.iterdir())) == 1
