"""An atlas holds what probing the same panels directly gives; stopped, it goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.experiment.translators import save_pair, save_stacked
from ugrn_core.errors import OptionError
from ugrn_core.experiment.atlas import making, scoring, sweeping
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.panel_plan import PanelPlan
from ugrn_core.experiment.runs import run_folder
from ugrn_core.experiment.runs.edges import edge_frame
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.types import Panel


def edges(folder) -> pd.DataFrame:
    return pd.read_parquet(folder / run_folder.EDGES)


def keyed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index(["source", "target"]).sort_index()


def translated(settings, backbone) -> None:
    folder = settings.home / "translators" / "tiny" / "hESC-STRING-stacked"
    folder.mkdir(parents=True)
    save_stacked(folder, backbone)


def test_of_few_genes_it_is_the_direct_probe_of_them_all(settings, backbone):
    translated(settings, backbone)
    atlas = making.planned(settings, "tiny")
    found = keyed(edges(making.make(atlas)))
    genes, ready = atlas.plan.genes, atlas.ready
    asked = probing.request(ready.backbone, Panel(genes), atlas.plan.sources, ready.settings)
    tensors = probing.tensors_for(asked, ("stacked",))
    wanted = keyed(edge_frame(tensors, ready.translator))
    assert list(found.index) == list(wanted.index)  # 50 and 300 are more than there are
    for name in ("vvp_effect", "gdt_peak"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-3, atol=1e-6)
    for name in ("probability", "reverse_probability"):
        np.testing.assert_allclose(found[name], wanted[name], atol=2e-3)
    assert (found["sign"] == wanted["sign"]).mean() > 0.999
    assert found["rank"].corr(wanted["rank"], method="spearman") > 0.9999
    files = run_folder.read(atlas.folder)
    assert files.has_edges
    assert "vvp_low" in files.bands
    assert "random_vvp_low" in files.bands
    assert files.about["n_pairs"] == len(atlas.plan.sources) * (len(genes) - 1)
    assert not atlas.parts.exists()


def test_each_pair_is_read_in_the_panel_of_its_part(settings):
    atlas = making.planned(settings, "tiny")
    atlas = replace(atlas, plan=PanelPlan(atlas.plan.genes, atlas.plan.sources, size=16, group=3))
    found = keyed(edges(making.make(atlas)))
    assert len(atlas.plan) > 4
    for source, target in (("GATA1", "GENE7"), ("MYC", "GATA1"), ("JUN", "GENE30")):
        part = atlas.plan.part_of(source, target)
        ready = atlas.ready
        asked = probing.request(ready.backbone, part.panel, (source,), ready.settings)
        curve = asked.curves.vvp[0, :, part.panel.genes.index(target)]
        peak = curve[np.abs(curve).argmax()]
        assert found.loc[(source, target), "vvp_effect"] == pytest.approx(peak, rel=1e-3)
    assert not np.isfinite(found["probability"]).any()  # no translator: ranks by the GDT's peak
    by_peak = found["gdt_peak"].abs().rank(ascending=False, method="first")
    assert by_peak.corr(found["rank"], method="spearman") > 0.9999


def test_stopped_and_damaged_it_goes_on_and_gives_the_same(settings):
    atlas = making.planned(settings, "tiny")
    plan = PanelPlan(atlas.plan.genes, atlas.plan.sources, size=16, group=3)
    whole = replace(atlas, plan=plan, parts=settings.home / "a", folder=settings.home / "x")
    stopped = replace(atlas, plan=plan, parts=settings.home / "b", folder=settings.home / "y")
    making.make(whole)

    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        making.make(stopped, progress=stop)
    assert len(plan) - stopped.missing >= 5
    first = sorted(stopped.parts.glob("part-*.npz"))[0]
    first.write_bytes(first.read_bytes()[:-100])
    seen = []
    making.make(stopped, progress=lambda done, total: seen.append(done))
    assert seen[0] >= 4
    assert seen[-1] == len(plan)
    pd.testing.assert_frame_equal(edges(whole.folder), edges(stopped.folder))


def test_processes_give_what_one_gives(settings):
    atlas = making.planned(settings, "tiny")
    plan = PanelPlan(atlas.plan.genes, atlas.plan.sources, size=32, group=5)
    here = replace(atlas, plan=plan, folder=settings.home / "x")
    there = replace(atlas, plan=plan, folder=settings.home / "y")
    making.make(here, LocalWorkers(1))
    making.make(there, LocalWorkers(2))
    pd.testing.assert_frame_equal(edges(here.folder), edges(there.folder))


def test_the_best_are_those_of_a_full_sort():
    rng = np.random.default_rng(0)
    score = rng.random((30, 80)).astype(np.float32)
    score[np.arange(30), np.arange(30)] = -np.inf
    kept = scoring.best(score, regulators=5, targets=9)
    wanted = np.zeros_like(kept)
    for j in range(80):
        wanted[np.argsort(-score[:, j])[:5], j] = True
    for i in range(30):
        wanted[i, np.argsort(-score[i])[:9]] = True
    assert (kept == wanted).all()
    plan = PanelPlan(tuple(f"G{k}" for k in range(80)), tuple(f"G{k}" for k in range(30)))
    none = np.zeros((0, 8))
    found = sweeping.Summaries(score, np.abs(score).astype(np.float16), none)
    frame = scoring.edge_table(found, plan, score, {"G0": "FIRST"}, scored=True)
    order = np.sort(score[np.isfinite(score)])[::-1]
    assert (order[frame["rank"] - 1] == frame["probability"]).all()
    assert frame["percentile"].iloc[0] == 100
    assert "FIRST" in set(frame["source"])
    reverse = frame[(frame.source == "G3") & (frame.target == "G4")]["reverse_probability"]
    assert reverse.tolist() == [score[4, 3]]


def test_a_translator_of_whole_curves_is_refused_in_words(settings, backbone):
    folder = settings.home / "translators" / "tiny" / "small"
    folder.mkdir(parents=True)
    save_pair(folder, backbone)
    with pytest.raises(OptionError, match="stacked"):
        making.planned(settings, "tiny")
