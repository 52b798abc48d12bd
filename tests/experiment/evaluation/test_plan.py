"""A benchmark that cannot be finished is refused before it probes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pretraining.corpora import write_corpus
from ugrn_core.errors import MissingDataError, OptionError, UnknownNameError
from ugrn_core.experiment.evaluation import zeroshot
from ugrn_core.experiment.evaluation.plan import Plan


@pytest.fixture
def plan(beeline) -> Plan:
    what = "hESC", "STRING", "all", ("paper",), "all", "TFs+500"
    return Plan(beeline, "tiny", *what, 1, None, "a test", ("paper",))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"corpus": "absent"}, MissingDataError, r"index\.csv"),
        ({"exclude": ("two",)}, OptionError, "--corpus"),
        ({"corpus": "corpus", "exclude": ("tow",)}, UnknownNameError, "Did you mean two"),
        (
            {"corpus": "corpus", "orthologs": Path("absent.csv")},
            MissingDataError,
            r"absent\.csv",
        ),
    ],
)
def test_a_corpus_is_looked_at_before_anything_is_probed(
    change, error, words, plan, place, tmp_path, monkeypatch
):
    write_corpus(tmp_path / "corpus")
    monkeypatch.setattr(zeroshot, "probed", None)
    if "corpus" in change:
        change = change | {"corpus": tmp_path / change["corpus"], "probes": "yardsticks"}
    with pytest.raises(error, match=words):
        zeroshot.run(replace(plan, **change), place, tmp_path / "out.parquet")


def test_a_source_without_the_network_is_refused_before_anything_is_probed(
    plan, place, tmp_path, monkeypatch
):
    data = shutil.copytree(plan.data, tmp_path / "data")
    cells = data / "genelink"
    (cells / "Non-Specific Dataset").mkdir()
    shutil.copytree(cells / "STRING Dataset" / "hHEP", cells / "Non-Specific Dataset" / "hHEP")
    shutil.rmtree(cells / "STRING Dataset" / "hHEP")
    monkeypatch.setattr(zeroshot, "probed", None)
    with pytest.raises(MissingDataError, match="hHEP has neither the network STRING"):
        zeroshot.run(replace(plan, data=data, source="hHEP"), place, tmp_path / "out.parquet")
