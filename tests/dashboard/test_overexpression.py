"""What the benchmark page says of over-expression: the shipped table, in a true sentence."""

from __future__ import annotations

from ugrn_core.dashboard.sections.trust.overexpression import WORDS, sentence, table
from ugrn_core.experiment.references.measured import COLUMNS, measured_table
from ugrn_core.settings import read_settings


def test_the_shipped_rows_have_every_control_and_a_true_sentence():
    everything = measured_table(read_settings({}))
    assert list(everything.columns) == list(COLUMNS)
    for name in ("ugrn-small", "ugrn-base", "ugrn-meta"):
        rows = everything[everything["backbone"] == name]
        assert set(rows["score"]) == set(WORDS)
        answer = rows.set_index("score").loc["answer, centred"]
        said = sentence(rows)
        assert ("rank better than chance" in said) == (answer["auroc_low"] > 0.5)
        assert ("does not say" in said) == (answer["sign_auroc_low"] <= 0.5)
        shown = table(rows)
        assert len(shown) == len(rows)
        assert f"{answer['auroc']:.3f}" in " ".join(shown["Moved"])


def test_what_does_not_stand_below_the_others_experiments_is_not_said_to():
    everything = measured_table(read_settings({}))
    rows = everything[everything["backbone"] == "ugrn-base"].copy()
    assert ", below what the other factors'" in sentence(rows)
    rows.loc[rows["score"] == "answer, centred", ["auroc", "auroc_low", "auroc_high"]] = 0.9
    assert "level with or above" in sentence(rows)
