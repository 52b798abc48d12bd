"""A few values tell a curve: exactly where curves are made of few shapes, with an error else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.experiment.translators import save_stacked
from ugrn_core.errors import OptionError
from ugrn_core.experiment.atlas import fewer_values, making
from ugrn_core.experiment.atlas.fewer_values import FewerValues
from ugrn_core.experiment.curves.panel_plan import PanelPlan
from ugrn_core.experiment.runs import run_folder
from ugrn_core.probes.virtual_cell import Curves
from ugrn_core.types import ProbeSettings, Uniform

GENES = tuple(f"G{k}" for k in range(60))
PLAN = PanelPlan(GENES, GENES[:20], size=30, group=10)
SETTINGS = ProbeSettings(
    background=Uniform(0.0), grid=(0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0), readout="masked"
)


def curves(shapes: int, sources: int, panel, slopes: bool = True) -> Curves:
    """VVP of every pair: a mixture of v, v^2, ... v^shapes, its own of each pair; GDT its slope."""
    grid, rng = np.array(SETTINGS.grid), np.random.default_rng(int(panel.checksum[:8], 16))
    powers = np.arange(1, shapes + 1)
    mixture = rng.normal(size=(sources, shapes, len(panel)))
    vvp = np.einsum("skg,kt->stg", mixture, grid ** powers[:, None])
    gdt = np.einsum("skg,kt->stg", mixture, powers[:, None] * grid ** (powers[:, None] - 1))
    return Curves(np.zeros(len(panel)), vvp, gdt if slopes else None)


@pytest.fixture
def planted(monkeypatch):
    """Make the backbone answer with mixtures of so many powers of the source's value."""

    def plant(shapes: int, slopes: bool = True) -> None:
        def answer(backbone, panel, sources, settings):
            return curves(shapes, len(sources), panel, slopes)

        monkeypatch.setattr(fewer_values, "response_curves", answer)

    return plant


@pytest.mark.parametrize(("shapes", "count"), [(1, 2), (3, 2), (5, 3)])
def test_curves_of_few_shapes_are_told_exactly(planted, shapes, count):
    # VVP is 0 and known at the baseline: 2 A - 1 numbers tell as many shapes.
    planted(shapes)
    fewer = fewer_values.fitted(None, PLAN, SETTINGS, count)
    assert len(fewer.at) == count
    assert fewer.at[0] == 0  # the background's own value
    assert max(fewer.error.values()) < 1e-6
    true = curves(shapes, 4, PLAN[3].panel)
    told = fewer.whole(
        Curves(true.baseline_output, *(x[:, fewer.at] for x in (true.vvp, true.gdt)))
    )
    np.testing.assert_allclose(told.vvp, true.vvp, rtol=1e-6, atol=1e-6 * np.abs(true.vvp).max())
    np.testing.assert_allclose(told.gdt, true.gdt, rtol=1e-6, atol=1e-6 * np.abs(true.gdt).max())


def test_the_error_is_that_of_pairs_that_were_not_fitted(planted):
    planted(6)
    fewer = fewer_values.fitted(None, PLAN, SETTINGS, 2)
    seen = []
    for number in range(len(PLAN)):
        true = curves(6, len(PLAN[number].sources), PLAN[number].panel)
        asked = Curves(true.baseline_output, true.vvp[:, fewer.at], true.gdt[:, fewer.at])
        wrong = fewer.whole(asked).vvp.mean(axis=1) - true.vvp.mean(axis=1)
        seen.append(np.sqrt((wrong**2).mean() / (true.vvp.mean(axis=1) ** 2).mean()))
    assert fewer.error["vvp_mean"] > 0.001
    assert fewer.error["vvp_mean"] == pytest.approx(np.mean(seen), rel=0.5)


def test_without_a_derivative_values_alone_tell(planted):
    planted(3, slopes=False)
    fewer = fewer_values.fitted(None, PLAN, SETTINGS, 4)
    assert set(fewer.error) == {"vvp_mean", "vvp_peak"}
    assert max(fewer.error.values()) < 1e-6
    true = curves(3, 4, PLAN[3].panel, slopes=False)
    told = fewer.whole(Curves(true.baseline_output, true.vvp[:, fewer.at], None))
    assert told.gdt is None
    np.testing.assert_allclose(told.vvp, true.vvp, atol=1e-6 * np.abs(true.vvp).max())


def test_what_was_asked_stays_as_it_came_and_the_text_keeps_all():
    rng = np.random.default_rng(0)
    fewer = FewerValues((0, 3, 7), rng.normal(size=(6, 16)), {"vvp_mean": 0.01})
    again = FewerValues.read(fewer.text())
    assert (again.at, again.error) == (fewer.at, fewer.error)
    assert (again.weights == fewer.weights).all()
    asked = Curves(np.zeros(5), *rng.normal(size=(2, 4, 3, 5)).astype(np.float32))
    told = again.whole(asked)
    assert told.vvp.shape == told.gdt.shape == (4, 8, 5)
    assert told.vvp.dtype == np.float32
    assert (told.vvp[:, (0, 3, 7)] == asked.vvp).all()
    assert (told.gdt[:, (0, 3, 7)] == asked.gdt).all()


@pytest.mark.parametrize("count", [-1, 0, 1, 9])
def test_a_number_of_values_that_cannot_be_asked_is_refused(settings, count):
    with pytest.raises(OptionError, match="2 to 8"):
        making.planned(settings, "tiny", values=count)


def test_an_atlas_of_few_values_is_near_that_of_all_and_says_how_near(settings, backbone):
    folder = settings.home / "translators" / "tiny" / "hESC-STRING-stacked"
    folder.mkdir(parents=True)
    save_stacked(folder, backbone)
    plan = PanelPlan(backbone.vocabulary.genes, making.planned(settings, "tiny").plan.sources)

    def made(values: int | None) -> tuple[pd.DataFrame, dict]:
        atlas = replace(making.planned(settings, "tiny", values=values), plan=plan)
        about = run_folder.read(making.make(atlas)).about
        frame = pd.read_parquet(atlas.folder / run_folder.EDGES)
        return frame.set_index(["source", "target"]).sort_index(), about

    (few, about), (whole, of_all) = made(4), made(None)
    asked = about["values"]["asked"]
    assert len(asked) == 4
    assert set(asked) < set(making.planned(settings, "tiny").ready.settings.grid)
    assert "values" not in of_all
    assert list(few.index) == list(whole.index)
    wrong = (few["vvp_effect"] - whole["vvp_effect"]) ** 2
    measured = float(np.sqrt(wrong.mean() / (whole["vvp_effect"] ** 2).mean()))
    assert measured < 2 * about["values"]["relative_error"]["vvp_peak"] + 0.002  # float16 peaks
    assert few["probability"].corr(whole["probability"], method="spearman") > 0.99


def test_which_values_are_asked_is_kept_and_a_damaged_note_of_it_made_again(settings):
    atlas = making.planned(settings, "tiny", values=3)
    assert atlas.parts != making.planned(settings, "tiny").parts
    assert (
        making.planned(settings, "tiny", values=8).parts == making.planned(settings, "tiny").parts
    )
    said = []

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    short = '{"at": [0, 2, 5], "weights": [[1.0]], "error": {}}'
    for content in (None, "{}", "no JSON", short):
        path = atlas.parts / "fewer-values.json"
        if content is not None:
            path.write_text(content)
        with pytest.raises(KeyboardInterrupt):
            making.make(atlas, progress=stop, say=said.append)
        assert len(FewerValues.read(path.read_text()).at) == 3
    assert len(said) == 4
    with pytest.raises(KeyboardInterrupt):
        making.make(atlas, progress=stop, say=said.append)
    assert len(said) == 4  # read, not fitted again
