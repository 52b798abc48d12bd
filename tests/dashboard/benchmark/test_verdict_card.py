"""The verdict's line counts what the tables measured, and says where nothing was."""

from __future__ import annotations

import pandas as pd
import pytest

from ugrn_core.dashboard.queries.standing import Standing, standings
from ugrn_core.dashboard.widgets.verdict_card import sentence


def row(dataset: str, low: float, gain: tuple[float, float] | None, **more) -> dict:
    gain = gain or (float("nan"), float("nan"))
    base = {"backbone": "mine", "random_weights": False, "probe": "stacked", "kind": "translator"}
    base |= {"recipe": "centred", "source": "hESC", "gene_set": "TFs+500", "genes": "all"}
    base |= {"sampling": "matched", "network": "STRING", "dataset": dataset, "prevalence": 0.5}
    base |= {"auprc": low + 0.05, "auprc_low": low, "n_positives": 9, "n_pairs": 18}
    return base | dict(zip(("gain_over_corpus_svd_low", "gain_over_corpus_svd_high"), gain)) | more


TABLE = pd.DataFrame(
    [
        row("mDC", 0.6, (0.01, 0.1)),
        row("mESC", 0.55, (-0.1, 0.1)),
        row("hHEP", 0.45, (-0.2, -0.01)),
        row("hHEP", 0.9, (0.3, 0.4), sampling="paper"),
        row("mHSC-L", 0.9, (0.3, 0.4), random_weights=True, backbone="mine-random"),
        row("mDC", 0.4, None, network="LOF/GOF"),
        row("mESC", float("nan"), None, network="LOF/GOF"),
        row("mESC", 0.9, None, backbone="other"),
    ]
)


def test_tests_are_counted_by_network():
    assert standings(TABLE, "mine", "hESC") == [
        Standing("STRING", tests=3, above=2, compared=3, ahead=1, behind=1),
        Standing("LOF/GOF", tests=1, above=0, compared=0, ahead=0, behind=0),
    ]
    assert standings(TABLE, "stranger", "hESC") == []


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (Standing("STRING", 6, 6, 6, 0, 2), "of 6 tests, about level with co-expression"),
        (Standing("STRING", 6, 6, 6, 5, 0), "of 6 tests, ahead of co-expression in 5"),
        (Standing("STRING", 6, 5, 6, 0, 4), "in 5 of 6 tests, behind co-expression in 4"),
        (Standing("STRING", 6, 6, 0, 0, 0), "better than chance in 6 of 6 tests."),
        (Standing("LOF/GOF", 1, 0, 1, 1, 0), "regulator: chance in its one test."),
    ],
)
def test_each_network_is_put_into_words(one, says):
    assert says in sentence("mine", [one], None)


def test_sign_and_direction_are_as_the_run_measured_them():
    tests = [Standing("STRING", 6, 6, 6, 0, 0)]
    worth = {
        "sign": {"K": {"auroc": 0.62, "low": 0.55}},
        "direction": {"K": {"right": 0.52, "edges": 100}},
    }
    said = sentence("mine", tests, worth)
    assert "sign: weak (AUROC 0.62 on K)" in said
    assert "direction: none (52% right of 100)" in said
    worth["sign"]["K"]["low"] = 0.45
    worth["direction"]["K"]["right"] = 0.9
    said = sentence("mine", tests, worth)
    assert "sign: none for certain" in said
    assert "direction: 90% right" in said
    assert "sign: not judged" in sentence("mine", tests, {})


def test_a_backbone_that_was_never_judged_is_said_to_be_so():
    assert "mine was not judged on known networks" in sentence("mine", [], None)
