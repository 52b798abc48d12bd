"""`bench contexts`: what its tables say in words, that it goes on where it stopped, and that a
regulator whose effect grows along the stages is told so."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from planted import GATED, GENES, TFS, GatedBackbone, cells

from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.catalog.study import fit_to_backbone
from ugrn_core.experiment.contexts.cells import study_cells
from ugrn_core.experiment.contexts.worth import stages, table, trial


def judged(own: float, other: float, low: float) -> pd.DataFrame:
    rows = []
    for network in ("STRING", "LOF/GOF"):
        told = {"dataset": "hESC", "network": network, "readout": "visible", "score": "rise"}
        rows += [
            told | {"condition": trial.FLAT, "auprc": 0.7},
            told | {"condition": trial.OTHER, "auprc": other},
            told
            | {"condition": trial.OWN, "auprc": own}
            | {"over_other_low": low, "over_other_high": low + 0.05}
            | {"over_flat_low": -0.2, "over_flat_high": -0.1},
        ]
    return pd.DataFrame(rows).assign(backbone="b", checksum="c")


def test_the_verdict_is_what_was_measured():
    assert table.verdict(judged(0.65, 0.60, 0.02)) == "context carries information"
    assert table.verdict(judged(0.65, 0.649, -0.02)) == "context changes numbers, not truth"
    assert table.verdict(judged(0.65, 0.60, -0.10)) == "context changes numbers, not truth"
    said = table.sentence(judged(0.65, 0.60, 0.02))
    assert "+0.050 on average" in said
    assert "2 surely better, 0 surely worse of 2" in said
    assert "-0.050 (-0.05 to -0.05; 0 surely better, 2 surely worse of 2)" in said
    assert table.sentence(pd.DataFrame(columns=["backbone"])) == ""


@pytest.fixture
def planted_trial():
    dataset = cells()
    backbone = GatedBackbone()
    study = fit_to_backbone(dataset, backbone)
    return trial.Trial(
        backbone=backbone,
        study=study,
        cells=study_cells(study, backbone),
        sources=study.regulators,
        other=np.zeros(len(GENES)),
    )


def test_a_regulator_whose_targets_open_rises_along_the_stages(planted_trial, monkeypatch):
    """The gate is open in the middle type alone, so ask stages that end there."""
    known = {stages.RISING: ("GATA1",), stages.FALLING: ("SPI1",)}
    monkeypatch.setitem(stages.KNOWN, "planted", known)
    profiles = np.full((4, len(GENES)), 0.5)
    profiles[:, GATED[0][1]] = 0.0
    profiles[:, 3] = [0.0, 1.0, 2.0, 3.0]  # the gate
    around = [
        trial.responses(planted_trial, "visible", trial.Profile("stage", tuple(p)))
        for p in profiles
    ]
    told = stages.known_stages(planted_trial, profiles, around).set_index("regulator")
    assert told.loc["GATA1", ["rise", "effect"]].tolist() == [1.0, 1.0]
    assert told.loc["KLF1", "known"] == ""
    assert np.isnan(told.loc["GATA1", "expression"])  # the same in all stages
    assert np.isnan(told.loc["KLF1", "rise"])  # its one target is open everywhere
    right, of = table.stage_counts(told.reset_index(), "rise")
    assert (right, of) == (1, 2)  # SPI1, said to fall, rises


def test_a_fifth_of_the_genes_shows_what_it_carries(planted_trial):
    mean = trial.Profile("mean", tuple(np.arange(20.0)))
    shown = trial._a_fifth(mean, -1.0).array()
    np.testing.assert_array_equal(shown[::5], [0, 5, 10, 15])
    assert (np.delete(shown, np.arange(0, 20, 5)) == -1).all()


def test_measuring_goes_on_where_it_stopped(tmp_path, monkeypatch):
    opened_sets, net = [], SimpleNamespace(name="b", checksum="c" * 64)

    def open_trial(backbone, data, name, others, *, most, also):
        if name == "mHSC-GM":
            raise MissingDataError("it has no cells")
        opened_sets.append(name)
        return SimpleNamespace(sources=TFS, other_name="x", shared=0.5)

    monkeypatch.setattr(table, "open_trial", open_trial)
    monkeypatch.setattr(table, "around_stages", lambda trial: ((), []))
    rows = [{"condition": trial.OWN, "network": "STRING", "auprc": 0.5}]
    monkeypatch.setattr(table, "known_edges", lambda trial, around: rows)
    said, out = [], tmp_path / "c.csv"

    def measure(*names: str) -> pd.DataFrame:
        asked_for = table.Asked(tmp_path, names, 8)
        return table.measure(net, asked_for, out, None, said.append)

    measure("hESC")
    assert len(measure("hESC", "mHSC-GM", "mDC")) == 2
    assert opened_sets == ["hESC", "mDC"]
    assert said[-2] == "mHSC-GM: it has no cells"
    other = SimpleNamespace(name="d", checksum="d" * 64)
    asked_for = table.Asked(tmp_path, ("hESC",), 8)
    assert len(table.measure(other, asked_for, out, None, said.append)) == 3
    net.checksum = "e" * 64  # weights of the same name anew: their rows are not the old ones'
    again = measure("hESC")
    assert sorted(again["backbone"]) == ["b", "d"]
    assert table.read(out)["checksum"].str[0].tolist() == ["d", "e"]
