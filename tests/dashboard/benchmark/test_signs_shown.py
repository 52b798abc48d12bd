"""Where signs were measured to say nothing, the column `sign` is empty, on pages and in files."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ugrn_core.dashboard.queries import edges, neighbourhood
from ugrn_core.dashboard.sections.regulators import shown_columns
from ugrn_core.dashboard.sections.trust import signs
from ugrn_core.dashboard.text import sign_word
from ugrn_core.dashboard.widgets.worth import sign_sentence
from ugrn_core.experiment.references import measured
from ugrn_core.experiment.references.known import NOTHING
from ugrn_core.export import FORMATS
from ugrn_core.settings import read_settings

TABLE = pd.DataFrame(
    {
        "source": ["A", "A", "B"],
        "target": ["B", "C", "C"],
        "probability": [0.9, 0.5, 0.1],
        "rank": [1, 2, 3],
        "percentile": [99.0, 60.0, 30.0],
        "sign": np.array([1, -1, 1], dtype=np.int8),
        "vvp_effect": [0.3, -0.1, 0.2],
        "reverse_probability": [0.4, 0.2, 0.3],
    }
)


@pytest.fixture(params=[True, False], ids=["shown", "empty"])
def results(request, tmp_path):
    path = tmp_path / "edges.parquet"
    TABLE.to_parquet(path)
    return SimpleNamespace(
        edges_path=path,
        others=(),
        known=NOTHING,
        signs_shown=request.param,
        provenance={"n_pairs": 3},
    )


def test_every_read_of_a_run_leaves_the_sign_out(results, tmp_path):
    whole = edges.everything(results)
    shown_rows = edges.shown_edges(results, (("A", "B"),))
    one = edges.pair(results, "A", "C")
    cut = neighbourhood.Cut(centre="A", depth=1, most=10, score="probability", least=0.0)
    drawn = neighbourhood.neighbourhood(str(tmp_path), results, cut).edges
    assert list(whole.columns) == list(TABLE.columns)
    written = FORMATS["tsv"].write(whole, {}).decode().splitlines()
    header = next(line for line in written if line.startswith("source")).split("\t")
    first = written[-3].split("\t")
    if results.signs_shown:
        assert list(whole["sign"]) == [1, -1, 1]
        assert sign_word(one["sign"]) == "▼ represses"
        assert first[header.index("sign")] == "1"
    else:
        for table in (whole, shown_rows, drawn):
            assert table["sign"].isna().all()
        assert sign_word(one["sign"]) == "–"
        assert first[header.index("sign")] == ""
        assert "sign" not in shown_columns(whole, "source", None)
    # What is kept of the run stays as it was: a reference that comes tomorrow judges it.
    assert list(pd.read_parquet(results.edges_path)["sign"]) == [1, -1, 1]


def score(low: float | None, auroc: float = 0.6) -> dict:
    return {"edges": 40, "activating": 0.5, "right": 0.5, "auroc": auroc, "low": low, "high": 0.9}


def test_the_rule():
    assert measured.told({"net": score(0.51)}, {})[measured.SHOWN]
    assert not measured.told({"net": score(0.51), "other": score(0.5)}, {})[measured.SHOWN]
    assert measured.told({}, {})[measured.SHOWN]  # nobody measured
    assert measured.told({"net": score(None)}, {})[measured.SHOWN]  # one regulator: no interval
    assert not measured.told({}, {"LINCS L1000": score(0.4)})[measured.SHOWN]
    # What the run's own references know counts before what was measured elsewhere.
    assert measured.told({"net": score(0.55)}, {"LINCS L1000": score(0.4)})[measured.SHOWN]
    inverted = measured.told({"net": score(0.1, auroc=0.2)}, {})
    assert not inverted[measured.SHOWN]
    said = sign_sentence(inverted, {1: 0.8, -1: 0.2})
    assert "left empty" in said
    assert "AUROC 0.20, 95 % interval 0.10 to 0.90" in said


def test_what_ships_decides_by_data_set_then_by_backbone():
    settings = read_settings({})
    table = measured.signs_table(settings)
    assert list(table.columns) == list(measured.SIGNS)
    assert (table["tells"] == ((table["auroc_low"] > 0.5) | (table["auroc_high"] < 0.5))).all()
    for name, rows in table.groupby("backbone"):
        for row in rows[rows["number"] == measured.GOES_WITH_SIGN].itertuples():
            told = measured.measured_elsewhere(settings, name, row.dataset)
            assert told[row.known]["low"] == row.auroc_low
        elsewhere = measured.measured_elsewhere(settings, name, "another data set")
        assert list(elsewhere) == [measured.LINCS]
    assert measured.measured_elsewhere(settings, "nobody", "pbmc68k") == {}


def test_the_page_counts_what_the_table_says():
    everything = measured.signs_table(read_settings({}))
    name = str(everything["backbone"].iloc[0])
    shown = signs.table(everything, name)
    assert len(shown) == everything.groupby(["dataset", "known"]).ngroups
    assert list(shown.columns[3:5]) == [name, f"{name}, centred"]
    rows = everything[(everything["backbone"] == name) & (everything["number"] == "slope")]
    above = int((rows["auroc_low"] > 0.5).sum())
    assert f"better than chance on {above} of {len(rows)}" in signs.sentence(everything, name)
    assert f"{rows['auroc'].iloc[0]:.2f} ({rows['auroc_low'].iloc[0]:.2f}-" in shown[name][0]
