"""Two rankings compared: counts against brute force; hostile names; the figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ugrn_core.dashboard.charts.comparison import overlap_by_k, rank_rank
from ugrn_core.dashboard.queries import agreement
from ugrn_core.dashboard.queries.agreement import Side
from ugrn_core.dashboard.theme import DARK


def _table(path, seed: int, upper: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    pairs = [(f"TF{i}", f"G{j}") for i in range(6) for j in range(30)]
    frame = pd.DataFrame(pairs, columns=["source", "target"]).sample(150, random_state=seed)
    frame["rank"] = np.arange(1, 151)
    frame["probability"] = np.linspace(1, 0, 150)
    frame["sign"] = rng.choice([-1, 0, 1], 150)
    frame["vvp_effect"], frame["gdt_peak"] = rng.normal(size=(2, 150))
    if not upper:
        frame["target"] = frame["target"].str.lower()
    frame.to_parquet(path)
    return frame


@pytest.fixture
def sides(tmp_path):
    paths = [tmp_path / "it's a.parquet", tmp_path / "b.parquet"]
    frames = [_table(paths[0], 1), _table(paths[1], 2, upper=False)]
    return frames, [Side(str(p), "rank", t) for p, t in zip(paths, ("one", "two"))]


def _joined(frames) -> pd.DataFrame:
    both = (
        frames[0]
        .assign(key=frames[0]["target"].str.lower())
        .merge(
            frames[1].rename(columns={"target": "key"}), on=["source", "key"], suffixes=("", "_b")
        )
    )
    both["a"] = both["rank"].rank().astype(int)
    both["b"] = both["rank_b"].rank().astype(int)
    return both


def test_agreement_is_what_brute_force_counts(sides):
    frames, (first, second) = sides
    both, found = _joined(frames), agreement.agreement(first, second)
    assert found["pairs"] == len(both)
    assert found["spearman"] == pytest.approx(both["a"].corr(both["b"]))
    signed = both[(both["sign"] != 0) & (both["sign_b"] != 0)]
    assert found["signs"] == pytest.approx((signed["sign"] == signed["sign_b"]).mean())
    for row in found["overlap"].itertuples():
        assert row.shared == ((both["a"] <= row.k) & (both["b"] <= row.k)).sum()
        assert row.expected == pytest.approx(row.k**2 / len(both))


def test_top_names_who_holds_each_pair(sides):
    frames, (first, second) = sides
    both, table = _joined(frames), agreement.top(first, second, 20)
    assert set(table["status"]) == {"shared", "first", "second"}
    assert ((table["status"] != "second").sum(), (table["status"] != "first").sum()) == (20, 20)
    shared = both[(both["a"] <= 20) & (both["b"] <= 20)]
    assert set(zip(shared["source"], shared["target"])) == {
        (r.source, r.target) for r in table.itertuples() if r.status == "shared"
    }


def test_a_ranking_agrees_with_itself_and_probes_rank_by_size(sides):
    frames, (first, _) = sides
    found = agreement.agreement(first, first)
    assert found["spearman"] == pytest.approx(1)
    assert (found["overlap"]["shared"] == found["overlap"]["k"]).all()
    by_effect = Side(first.path, "vvp_effect", "VVP")
    best = agreement.top(by_effect, by_effect, 1).iloc[0]
    largest = frames[0].loc[frames[0]["vvp_effect"].abs().idxmax()]
    assert (best.source, best.target) == (largest.source, largest.target)


def test_no_pair_in_common_is_no_failure(tmp_path, sides):
    other = tmp_path / "c.parquet"
    _table(other, 3).assign(source="OTHER").to_parquet(other)
    found = agreement.agreement(sides[1][0], Side(str(other), "rank", "three"))
    assert found["pairs"] == 0
    assert found["overlap"].empty


def test_figures_hold_every_point_and_no_markup(sides):
    _, (first, second) = sides
    points = agreement.ranks(first, second)
    points.loc[0, "source"] = "<b>x</b>"
    figure = rank_rank(points, 20, ("<i>one</i>", "two"), DARK)
    assert sum(len(t.x) for t in figure.data) == len(points)
    assert "<b>" not in figure.to_json()
    assert "<i>" not in figure.to_json()
    overlap = agreement.agreement(first, second)["overlap"]
    drawn = overlap_by_k(overlap, DARK).data[0]
    assert list(drawn.y) == pytest.approx((overlap["shared"] / overlap["k"]).tolist())
