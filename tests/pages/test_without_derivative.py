"""A backbone of ranks (whole numbers, no derivative), all the way: command line, run, pages."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.pages.conftest import PAGES
from tests.pages.test_pages import opened, words
from tests.probes.ranked import write_ranks
from ugrn_core.__main__ import app
from ugrn_core.backbones import ADAPTERS
from ugrn_core.data.cells import builtin
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.results import Results, curves_npz
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.export import FORMATS
from ugrn_core.settings import Settings

GENES = builtin.krumsiek_network().genes
ASKED = Spec("ranks", "krumsiek2011")
QUERY = {"backbone": "ranks", "dataset": "krumsiek2011"}


@pytest.fixture(scope="module")
def ranked(tmp_path_factory) -> Settings:
    """Settings under which a backbone of ranks has probed the Krumsiek genes."""
    folder = tmp_path_factory.mktemp("ranked")
    write_ranks(folder / "home" / "backbones" / "ranks", GENES)
    if "ranks" not in ADAPTERS:
        ADAPTERS.register("ranks", "tests.probes.ranked:RankAdapter")
    settings = Settings(home=folder / "home", assets=folder / "assets", workers=1)
    compute.compute(settings, ASKED)
    return settings


@pytest.fixture(autouse=True)
def here(ranked, point_to):
    point_to(ranked)


def test_the_run_has_responses_and_no_gradients(ranked):
    results = Results(ranked, ASKED)
    frame = pd.read_parquet(results.edges_path)
    assert len(frame) == 110
    assert "gdt_peak" not in frame
    assert frame["vvp_effect"].abs().is_monotonic_decreasing
    assert set(frame["sign"]) == {-1, 1}
    assert (results.provenance["probe"], results.provenance["value_scale"]) == (
        "vvp",
        "rank of the gene in the cell",
    )
    best = frame.iloc[0]
    curves = results.curves(best["source"], best["target"])
    assert (curves.gdt, curves.reverse_gdt, curves.null_gdt_low, curves.random_vvp_low) == (
        *(None,) * 4,
    )
    assert np.abs(curves.vvp).max() == pytest.approx(abs(best["vvp_effect"]))
    rises = curves.vvp[-1] > curves.vvp[0]
    assert best["sign"] == (1 if rises else -1)
    with np.load(io.BytesIO(curves_npz(ranked, ASKED))) as file:
        assert "gdt" not in file
        assert file["vvp"].shape == (11, 8, 11)


def test_every_export_takes_its_table(ranked):
    results = Results(ranked, ASKED)
    frame = pd.read_parquet(results.edges_path)
    for style in (FORMATS[name] for name in FORMATS):
        if style.fits(len(frame), scored=False):
            content = style.write(frame, results.provenance)
            assert content
            assert b"gdt_peak" not in content


@pytest.mark.parametrize("page", PAGES)
def test_every_page_lives_without_gradients(page):
    app = opened(page, **QUERY, across="true")
    assert not app.exception
    assert not app.error
    said = words(app)
    if page == "gene_pair":
        assert "no derivative by a gene's value" in said
        assert "largest response (VVP)" in said
    tables = [e.value for e in app.dataframe]
    for table in tables:
        numbers = table.select_dtypes("number")
        assert not numbers.isna().all().any(), "a column of nothing"


def test_compare_offers_what_there_is():
    app = opened("compare", **QUERY, kind="probe")
    assert not app.exception
    assert not app.error
    assert "in one way only" in words(app)


def run(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=True)


def test_the_command_line_writes_what_there_is(tmp_path, ranked):
    panel = tmp_path / "genes.txt"
    panel.write_text("\n".join(GENES))
    folder = ranked.home / "backbones" / "ranks"
    genes = "--panel", panel, "--sources", panel
    done = run("probe", "--backbone", folder, *genes, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    with np.load(tmp_path / "probe.npz") as file:
        assert "gdt" not in file
        assert np.abs(file["vvp"]).max() > 0
    out = tmp_path / "edges.tsv"
    done = run("network", "--backbone", "ranks", "--panel", panel, "--out", out)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(out, sep="\t", comment="#")
    assert "gdt_peak" not in table
    assert table["vvp_effect"].abs().is_monotonic_decreasing
    told = "".join(p.read_text() for p in tmp_path.glob("edges*"))
    assert "none: ranked by |vvp_effect|" in told


def test_a_screen_says_why_it_cannot(tmp_path):
    panel = tmp_path / "genes.txt"
    panel.write_text("\n".join(GENES))
    done = run(
        *("network", "--backbone", "ranks", "--panel", panel),
        *("--out", tmp_path / "edges.tsv", "--screen", 0.5),
    )
    assert done.exit_code != 0
    assert "no derivative" in str(done.exception)


def test_values_between_ranks_are_refused(tmp_path):
    panel = tmp_path / "genes.txt"
    panel.write_text("\n".join(GENES))
    done = run(
        *("probe", "--backbone", "ranks", "--panel", panel, "--sources", panel),
        *("--out", tmp_path, "--grid", "0,2.5"),
    )
    assert "whole numbers only" in str(done.exception)
