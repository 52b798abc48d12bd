"""Several lineages: a computed pseudotime that parts, a user's columns, windows of each; and the
cells on a map."""

from __future__ import annotations

from dataclasses import replace

import anndata
import numpy as np
import pandas as pd
import pytest
from planted import GATE, GATED, GENES, cells

from ugrn_core import removed
from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog import own_data
from ugrn_core.experiment.contexts import compute, folder, groups, jobs, placing, pseudotime
from ugrn_core.experiment.contexts import results as read
from ugrn_core.experiment.contexts.spec import ContextSpec, prepare


def forked(seed: int = 0):
    """240 cells on a trunk that parts in two arms; which arm, and how far along."""
    rng = np.random.default_rng(seed)
    arm = np.repeat([0, 1, 2], 80)
    course = np.r_[rng.uniform(0, 0.5, 80), rng.uniform(0.5, 1, 80), rng.uniform(0.5, 1, 80)]
    late = np.maximum(course - 0.5, 0)
    values = np.full((240, len(GENES)), 0.5)
    values[:, 5:8] += 4 * course[:, None]
    values[:, 8:12] += 8 * np.where(arm == 1, late, 0)[:, None]
    values[:, 12:16] += 8 * np.where(arm == 2, late, 0)[:, None]
    values[:, GATE] = 0.2 + 6 * np.where(arm == 2, late, 0)
    values += 0.05 * rng.gamma(2.0, 1.0, values.shape)
    dataset = cells()
    names = np.array(["trunk", "left", "right"])[arm]
    annotations = {
        "cell_type": np.where(course < 0.06, "root", names),
        "lineage1": np.where(arm == 2, np.nan, course),
        "lineage2": np.where(arm == 1, np.nan, course),
    }
    expression = replace(
        dataset.expression,
        cells=tuple(f"cell{k}" for k in range(240)),
        values=np.ascontiguousarray(values.T, dtype=np.float32),
        annotations=annotations,
    )
    return replace(dataset, expression=expression), arm, course


def test_a_computed_pseudotime_parts_where_the_cells_do(plant):
    dataset, arm, course = forked()
    settings = plant(dataset)
    spec = ContextSpec(
        *("gated", "planted"), along="dpt", root="cell_type=root", branchings=1, windows=4
    )
    ready = prepare(settings, spec)
    lines = pseudotime.diffusion_pseudotime(ready.cells, spec.root, 1)
    assert np.corrcoef(lines.time, course)[0, 1] > 0.9
    assert 3 <= lines.branch.max() + 1 <= 4  # trunk, two arms, and what lies at the fork
    assert (arm[lines.branch == 0] == 0).mean() > 0.9  # the trunk comes first
    for k in (1, 2):
        parts, counts = np.unique(lines.branch[(arm == k) & (course > 0.6)], return_counts=True)
        assert counts.max() / counts.sum() > 0.9
        assert parts[counts.argmax()] > 0
    assert len(set(ready.grouping.branch)) > 1
    assert (ready.grouping.counts >= 30).all()


def test_windows_of_each_lineage_see_its_own_change(plant):
    """The gate opens on the second lineage alone."""
    dataset, arm, _ = forked()
    settings = plant(dataset)
    lineages = "lineage1, lineage2"
    spec = ContextSpec("gated", "planted", along=lineages, windows=4, sources=("GATA1",))
    results = read.open_results(compute.compute(settings, spec))
    assert results.branches == ("lineage1",) * 4 + ("lineage2",) * 4
    assert results.contexts[4].startswith("lineage2, stage 1")
    ready = prepare(settings, spec)
    assert not (ready.grouping.members[:4] & (arm == 2)).any()
    rise = results.rise[:, 0, GATED[0][1]]
    assert np.ptp(rise[:4]) < 0.2
    assert rise[7] - rise[4] > 5
    assert np.isfinite(ready.grouping.along).all()


def test_short_lineages_have_fewer_windows_and_too_short_ones_none():
    long, short, none = (np.full(200, np.nan) for _ in range(3))
    long[:150], short[150:190], none[190:] = np.arange(150.0), np.arange(40.0), np.arange(10.0)
    grouping = groups.branched({"a": long, "b": short, "c": none}, "time", 6, 30)
    assert grouping.branch.count("b") == 1
    assert grouping.branch.count("a") == 6
    assert grouping.left_out == (("c", 10),)
    with pytest.raises(OptionError, match="fewer branches"):
        groups.branched({"b": short, "c": none}, "time", 6, 30)


def test_a_users_lineages_are_kept(tmp_path):
    from tests.cli.conftest import GENES as SYMBOLS
    from ugrn_core.data.readers.own import own_cells
    from ugrn_core.settings import Settings

    rng = np.random.default_rng(0)
    first = np.where(np.arange(80) < 60, np.linspace(0, 1, 80), np.nan)
    obs = pd.DataFrame(
        {"slingPseudotime_1": first, "slingPseudotime_2": np.linspace(0, 2, 80)},
        index=[f"c{k}" for k in range(80)],
    )
    counts = rng.poisson(3, (80, len(SYMBOLS))).astype(np.float32)
    path = tmp_path / "cells.h5ad"
    anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=list(SYMBOLS))).write_h5ad(path)
    settings = Settings(home=tmp_path / "home", assets=tmp_path)
    one = own_data.add_file(settings, path, "slung")
    kept = own_cells(settings.home, one.id)
    assert list(kept.lineages) == ["slingPseudotime_1", "slingPseudotime_2"]
    np.testing.assert_array_equal(kept.lineages["slingPseudotime_1"], first)


def test_a_umap_is_kept_for_the_cells_whatever_is_asked(plant):
    dataset, arm, _ = forked()
    settings = plant(dataset)
    spec = ContextSpec("gated", "planted", by="cell_type")
    assert jobs.state(settings, spec, jobs.MAP).status == "absent"
    job = jobs._job(prepare(settings, spec), spec, jobs.MAP)
    jobs.perform(settings, job, lambda *steps: None, lambda: False)
    other = ContextSpec("gated", "planted", along="lineage1")
    assert jobs.state(settings, other, jobs.MAP).status == "done"
    xy = placing.kept_umap(settings, prepare(settings, other).cells)
    assert xy.shape == (240, 2)
    middles = [np.median(xy[arm == k], axis=0) for k in (1, 2)]
    assert np.linalg.norm(middles[0] - middles[1]) > 2  # the arms lie apart
    assert np.std(xy[arm == 1], axis=0).max() < np.linalg.norm(middles[0] - middles[1])


def test_what_is_kept_goes_with_its_data_set(plant):
    settings = plant()
    spec = ContextSpec("gated", "planted", by="cell_type", sources=("GATA1",))
    where = compute.compute(settings, spec)
    other = folder.where(settings, "0" * 16)
    folder.note(other, "another")
    going = jobs.leaving(settings, "planted")
    assert going == (where,)
    gone = removed.put_away(settings.home, going, kind=removed.CELLS, name="planted")
    assert jobs.state(settings, spec).status == "absent"
    assert other.is_dir()
    removed.put_back(gone)  # as its data set
    assert jobs.state(settings, spec).status == "done"
