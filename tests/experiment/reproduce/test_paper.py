"""The paper's table: what agrees, what is at chance, presets, and a run on a synthetic BEELINE."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.backbones.toys import KINDS, write_toy
from tests.experiment.conftest import TFS
from ugrn_core.__main__ import app
from ugrn_core.backbones import open_backbone
from ugrn_core.benchmark.results_table import read_results
from ugrn_core.errors import MissingDataError, OptionError, UnknownNameError
from ugrn_core.experiment.evaluation import methods
from ugrn_core.experiment.evaluation.shipped import FIGURES, PROBES
from ugrn_core.experiment.reproduce import comparing, paper
from ugrn_core.experiment.reproduce.presets import chosen, presets
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel

CELLS = tuple(FIGURES)


def judged(probe: str, auprc: float, half: float = 0.02, **more) -> dict:
    row = {"network": CELLS[0][0], "dataset": CELLS[0][1], "sampling": "paper", "genes": "all"}
    row |= {"probe": probe, "auprc": auprc, "auprc_low": auprc - half, "auprc_high": auprc + half}
    return row | {"random_weights": False, "reason": ""} | more


def test_published_figures_stand_beside_the_right_methods():
    rows = [judged(methods.published(name).name, 0.5) for name in PROBES]
    table = comparing.compared(pd.DataFrame(rows), "own")
    assert list(table.columns) == list(comparing.COLUMNS)
    assert table["method"].tolist() == list(PROBES)
    assert table["published"].tolist() == [0.496, 0.507, 0.586, 0.732, 0.609, 0.906, 0.909]


def test_a_figure_agrees_in_its_interval_or_close_by():
    rows = [
        judged("gdt", 0.80, half=0.11),  # published 0.906: in the interval
        judged("vvp", 0.632, half=0.001),  # 0.609: within 0.03
        judged("emb", 0.60, half=0.02),  # 0.732: neither
        judged("pert", float("nan"), reason="no cells"),
    ]
    table = comparing.compared(pd.DataFrame(rows), "own").set_index("method")
    agrees = table["agrees"].to_dict()
    assert (agrees["GDT"], agrees["VVP"], agrees["Emb"]) == (True, True, False)
    assert table.loc["Pert (origin)", ["agrees", "tells"]].isna().all()
    assert table.loc["Pert (origin)", "reason"] == "no cells"


def test_what_is_no_better_than_random_weights_tells_nothing():
    rows = [
        judged("gdt", 0.60),
        judged("gdt", 0.59, random_weights=True),  # in the interval: 0.60 says no more
        judged("vvp", 0.60),
        judged("vvp", 0.50, random_weights=True),
        judged("emb", 0.51),
        judged("emb", 0.40, random_weights=True),
        judged("popularity oracle", 0.93),
        judged("emb-cosine", 0.55),
        judged("emb-centred", 0.57),
    ]
    table = comparing.compared(pd.DataFrame(rows), "own").set_index("method")
    assert table["tells"].to_dict() == {"GDT": False, "VVP": True, "Emb": False}
    assert set(table["gene_table"]) == {0.57}
    assert set(table["popularity"]) == {0.93}
    said = " ".join(comparing.sentences(table.reset_index(), "tiny"))
    assert "1 are above both chance (0.5) and the same network with random weights" in said
    assert "0.93 to 0.93 under the paper's sampling" in said
    low = [r | {"auprc": 0.5, "auprc_low": 0.48, "auprc_high": 0.52} for r in rows[:6]]
    table = comparing.compared(pd.DataFrame(low), "own")
    assert "All are at chance" in list(comparing.sentences(table, "tiny"))[1]


def test_under_matched_sampling_nothing_is_said_to_agree():
    rows = [judged("gdt", 0.906), judged("gdt", 0.906, sampling="matched")]
    table = comparing.compared(pd.DataFrame(rows), "own")
    assert table["agrees"].tolist() == [True, None]


@pytest.mark.parametrize("kind", KINDS)
def test_presets_differ_and_every_one_can_be_probed(kind, tmp_path):
    backbone = open_backbone(write_toy(tmp_path, kind, TFS))
    every = presets(backbone.defaults)
    assert next(iter(every)) == "own"
    assert len({(p.baseline, p.grid, p.readout) for p in every.values()}) == len(every) >= 3
    assert ("zero" in every) == (kind in ("tahoe", "scfoundation"))
    for preset in every.values():
        tuned = preset.of(backbone)
        settings = default_settings(tuned)
        assert (settings.baseline, settings.grid) == (preset.baseline, preset.grid)
        assert settings.readout == preset.readout
        response, tangent = tuned.sweep(Panel(TFS[:4]), settings)(0)
        assert np.isfinite(response).all()
        assert np.isfinite(tangent).all()
        assert tuned.checksum == backbone.checksum
    assert backbone.defaults == open_backbone(tmp_path).defaults


def test_presets_are_chosen_by_name(backbone):
    assert [p.name for p in chosen("all", backbone.defaults)] == list(presets(backbone.defaults))
    with pytest.raises(UnknownNameError, match="even"):
        chosen("evn", backbone.defaults)
    with pytest.raises(OptionError, match="reconstructs no expression"):
        presets(replace(backbone.defaults, readouts=()))


def test_without_a_cell_of_the_papers_it_is_a_sentence(place, tmp_path):
    with pytest.raises(MissingDataError, match="BEELINE"):
        paper.reproduce("tiny", tmp_path, tmp_path / "out", place)


def words(beeline, out, *more) -> list[str]:
    line = ["reproduce", "paper", "--backbone", "tiny", "--data", str(beeline), "--out", str(out)]
    return [*line, "--presets", "own,even", "--seeds", "1", *more]


def environment(place, home=None) -> dict[str, str]:
    return {
        "UGRN_HOME": str(home or place.home),
        "UGRN_ASSETS": str(place.assets),
        "UGRN_WORKERS": "1",
    }


@pytest.fixture(scope="module")
def made(beeline, place, tmp_path_factory):
    """The command's own output: random weights on a synthetic BEELINE."""
    out = tmp_path_factory.mktemp("paper")
    done = CliRunner().invoke(app, words(beeline, out), env=environment(place))
    assert done.exit_code == 0, done.output
    return out, done.output


def test_what_it_takes_is_said_first_and_alone_with_estimate(made, beeline, place, tmp_path):
    _, said = made
    assert "120 sources of 3 data sets under 2 presets" in said.splitlines()[0]
    assert "of probing with 1 process" in said.splitlines()[0]
    line = words(beeline, tmp_path / "out", "--estimate")
    again = CliRunner().invoke(app, line, env=environment(place))
    assert again.exit_code == 0, again.output
    assert "all are probed already" in again.output
    assert not (tmp_path / "out").exists()
    line = words(beeline, tmp_path / "out", "--estimate", "--no-random-control")
    fresh = CliRunner().invoke(app, line, env=environment(place, tmp_path / "home"))
    assert "60 sources of 3 data sets under 2 presets" in fresh.output
    assert "kept from before" not in fresh.output


def test_killed_in_mid_run_it_goes_on_and_tells_the_same(made, beeline, place, tmp_path):
    """Some seconds: only a process can be killed while it writes."""
    out, _ = made
    home, again = tmp_path / "home", tmp_path / "again"
    line = words(beeline, again, "--presets", "own", "--no-random-control")
    env = os.environ | environment(place, home)
    command = [sys.executable, "-m", "ugrn_core", *line]
    run = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list((home / "probes").glob("*/done/*.json")) and time.monotonic() < deadline:
        time.sleep(0.005)
    run.kill()
    run.wait()
    assert not (again / "paper.md").exists()
    done = CliRunner().invoke(app, line, env=environment(place, home))
    assert done.exit_code == 0, done.output
    assert "are kept from before" in done.output
    first, second = (pd.read_csv(folder / "paper.tsv", sep="\t") for folder in (out, again))
    columns = ["sampling", "dataset", "method", "computed", "low", "high", "agrees"]
    pd.testing.assert_frame_equal(first.query("preset == 'own'")[columns], second[columns])


def test_one_command_sweeps_presets_and_writes_them_beside_the_published(made):
    out, _ = made
    table = pd.read_csv(out / "paper.tsv", sep="\t")
    assert list(table.columns) == list(comparing.COLUMNS)
    assert set(table["preset"]) == {"own", "even"}
    assert set(zip(table["network"], table["dataset"])) == {("STRING", "hHEP"), ("STRING", "mESC")}
    assert table.groupby(["preset", "sampling", "dataset"]).size().eq(7).all()
    rows = read_results(out / "own.parquet")[0]
    one = rows.query("probe == 'gdt' and dataset == 'hHEP' and sampling == 'paper'")
    one = one[(one["genes"] == "all") & ~one["random_weights"]]
    told = table.query("method == 'GDT' and dataset == 'hHEP' and sampling == 'paper'")
    assert told.iloc[0]["computed"] == pytest.approx(one.iloc[0]["auprc"], abs=1e-4)
    assert told.iloc[0]["published"] == 0.906
    pert = table.query("method == 'Pert (origin)' and dataset == 'mESC'")
    assert pert["computed"].isna().all()
    assert pert["reason"].notna().all()


def test_the_report_says_plainly_what_there_is(made):
    out, said = made
    text = (out / "paper.md").read_text()
    assert "The paper tells neither v\\_b" in text or "The paper tells neither v_b" in text
    assert "## Preset own" in text
    assert "## Preset even" in text
    assert "agree with the published one" in said
    assert "Wrote" in said
    assert "| STRING / hHEP | GDT | 0.906 |" in text
