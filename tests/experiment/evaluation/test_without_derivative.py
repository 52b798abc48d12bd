"""The benchmark on a backbone of ranks: what it cannot be asked is a row that says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.experiment.conftest import GENES
from tests.probes.ranked import write_ranks
from ugrn_core.backbones import ADAPTERS
from ugrn_core.benchmark.results_table import read_results
from ugrn_core.experiment.evaluation import plan as plans
from ugrn_core.experiment.evaluation import zeroshot
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec

PROBES = "vvp,gdt,ensemble,stacked,gdt-4,vvp-4,emb-cosine,popularity oracle"


@pytest.fixture(scope="module")
def ranked(place):
    write_ranks(place.home / "backbones" / "ranks", GENES)
    if "ranks" not in ADAPTERS:
        ADAPTERS.register("ranks", "tests.probes.ranked:RankAdapter")
    return place


@pytest.fixture(scope="module")
def table(ranked, beeline) -> pd.DataFrame:
    plan = plans.Plan(
        data=beeline,
        backbone="ranks",
        source="hESC",
        networks="STRING",
        targets="hHEP",
        samplings=("paper",),
        probes=PROBES,
        gene_set="TFs+500",
        seeds=1,
        orthologs=None,
        command="a test",
        recipes=("paper",),
    )
    out = ranked.home / "results.parquet"
    zeroshot.run(plan, ranked, out, ranked.home / "translators", random_control=False)
    return read_results(out)[0]


def test_rows_say_why_there_is_no_gradient(table):
    scored = table[table["auprc"].notna()]
    assert set(scored["probe"]) == {"vvp", "vvp-4", "emb-cosine", "popularity oracle"}
    without = table[table["probe"].isin(["gdt", "ensemble", "stacked", "gdt-4"])]
    assert len(without) >= 4
    assert without["reason"].str.contains("no derivative by a gene's value").all()


def test_its_translator_reads_responses_alone(table, ranked):
    files = sorted(p.name for p in (ranked.home / "translators" / "ranks").rglob("*.safetensors"))
    assert files == ["vvp.safetensors"]
    asked = Spec("ranks", "pasted", GENES[:12], GENES[:4])
    compute.compute(ranked, asked)
    results = Results(ranked, asked)
    frame = pd.read_parquet(results.edges_path)
    assert frame["probability"].between(0, 1).all()
    assert "gdt_peak" not in frame
    assert results.provenance["probe"] == "vvp"
    best = frame.iloc[0]
    told = results.attribution(best["source"], best["target"])
    assert list(told.by_value) == ["vvp"]
    assert np.isfinite(told.by_value["vvp"]).all()
