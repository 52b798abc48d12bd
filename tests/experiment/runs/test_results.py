"""What pages read back is what was computed."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.experiment.conftest import GENES
from tests.experiment.translators import save_pair
from ugrn_core.benchmark.results_table import write_results
from ugrn_core.errors import MissingDataError, UnknownGeneError
from ugrn_core.experiment.catalog import gene_lookup
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.experiment.evaluation import shipped
from ugrn_core.experiment.evaluation.shipped import benchmark_table
from ugrn_core.experiment.runs import compute, results, run_list
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.probes.virtual_cell import response_curves
from ugrn_core.settings import read_settings
from ugrn_core.translators.explain import attribute


def looked_up(settings, spec, typed):
    ready = run_spec.prepare(settings, spec)
    return gene_lookup.gene_lookup(ready.study, ready.backbone, typed)


SPEC = run_spec.Spec("tiny", "pasted", GENES[:12], GENES[:5])


@pytest.fixture
def done(settings, backbone):
    save_pair(settings.home / "translators" / "tiny" / "mine", backbone)
    with pytest.raises(MissingDataError, match="not been probed yet"):
        results.Results(settings, SPEC)
    compute.compute(settings, SPEC)
    return results.Results(settings, SPEC)


def test_a_finished_run_reads_back(done, settings, backbone):
    assert done.genes == GENES[:12]
    assert done.regulators == GENES[:5]
    ready = run_spec.prepare(settings, SPEC)
    with one_thread():  # as runs compute: the last bits depend on the number of threads
        direct = response_curves(ready.backbone, ready.study.panel, GENES[:5], ready.settings)
    curves = done.curves("SPI1", "KLF1")
    np.testing.assert_array_equal(curves.gdt, direct.gdt[1, :, 2])
    np.testing.assert_array_equal(curves.vvp, direct.vvp[1, :, 2])
    np.testing.assert_array_equal(curves.reverse_gdt, direct.gdt[2, :, 1])
    assert done.curves("SPI1", GENES[9]).reverse_gdt is None
    others = np.array([[s, t] for s in range(5) for t in range(12) if s != t])
    band = np.percentile(direct.gdt[others[:, 0], :, others[:, 1]], [2.5, 97.5], axis=0)
    np.testing.assert_allclose([curves.null_gdt_low, curves.null_gdt_high], band, rtol=1e-6)
    assert (curves.null_vvp_low <= curves.null_vvp_high).all()
    assert done.provenance["n_pairs"] == 5 * 11
    assert done.provenance["translator"] == "mine"
    assert done.provenance["probe"] == "ensemble"


def test_what_the_gene_table_foretells_is_a_product_of_the_cosine(done):
    """Along the grid a regulator's expected curves are proportional to one another; the departures
    are those of the curves."""
    first, second = (done.curves("SPI1", target) for target in ("KLF1", "GATA1"))
    a, b = first.expected.vvp, second.expected.vvp
    np.testing.assert_allclose(a * np.abs(b).max(), b * a[np.abs(b).argmax()], rtol=1e-6)
    off = np.sqrt(((first.vvp - a) ** 2).mean())
    assert first.expected.departs == pytest.approx(off, rel=1e-5)
    assert 0 <= first.expected.beyond <= 100
    assert first.expected.explains <= 1


def test_a_curve_that_was_deleted_is_computed_again(done, settings):
    before = done.curves("SPI1", "KLF1")
    shutil.rmtree(settings.probes)
    again = results.Results(settings, SPEC).curves("SPI1", "KLF1")
    np.testing.assert_array_equal(again.gdt, before.gdt)
    with pytest.raises(MissingDataError, match="not probed as a regulator"):
        done.curves(GENES[9], "KLF1")


def test_a_finished_run_is_read_from_a_disk_that_cannot_be_written(done, settings, monkeypatch):
    before = {p: p.stat().st_mtime_ns for p in settings.home.rglob("*")}
    names = ("open", "mkdir", "rename", "replace", "unlink", "utime")
    calls = {name: getattr(os, name) for name in names}

    def refuse(name: str):
        def call(path, *more, **given):
            flags = more[0] if more and name == "open" else 0
            if str(path).startswith(str(settings.home)):
                if name == "mkdir" and os.path.exists(path):
                    raise FileExistsError(17, "File exists")
                if name != "open" or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                    raise OSError(30, "Read-only file system")
            return calls[name](path, *more, **given)

        return call

    for name in names:
        monkeypatch.setattr(os, name, refuse(name))
    shown = results.Results(settings, SPEC)
    assert shown.curves("SPI1", "KLF1").random_vvp_low is not None
    assert shown.attribution("SPI1", "KLF1") is not None
    assert run_jobs.state(settings, SPEC).control.status == "done"
    assert len(run_list.results(settings)) == 1
    assert run_list.jobs(settings) == ()
    assert len(results.curves_npz(settings, SPEC)) > 0
    monkeypatch.undo()
    assert {p: p.stat().st_mtime_ns for p in settings.home.rglob("*")} == before


def test_curves_under_the_masked_readout_read_back(tmp_path):
    shipped = replace(read_settings({"UGRN_HOME": str(tmp_path)}), workers=1)
    spec = run_spec.Spec("ugrn-small", "krumsiek2011")
    compute.compute(shipped, spec)
    shown = results.Results(shipped, spec)
    assert shown.readout == "masked"
    ready = run_spec.prepare(shipped, spec)
    source, target = shown.genes.index("SPI1"), shown.genes.index("GATA1")
    name = (ready.study.panel.genes[source],)
    direct = response_curves(ready.backbone, ready.study.panel, name, ready.settings)
    curves = shown.curves("SPI1", "GATA1")
    np.testing.assert_array_equal(curves.vvp, direct.vvp[0, :, target])


def test_two_lists_that_leave_one_panel_are_two_runs(settings):
    asked = [run_spec.Spec("tiny", "pasted", (*GENES[:6], *more)) for more in ((), ("NOSUCHGENE",))]
    ids = {run_spec.run_id(settings, spec) for spec in asked}
    assert len(ids) == 2
    left_out = [run_spec.prepare(settings, spec).study.left_out for spec in asked]
    assert [len(found) for found in left_out] == [0, 1]


@pytest.mark.parametrize(
    ("typed", "gene", "words"),
    [
        ("JCHAIN", "IGJ", "JCHAIN is the current symbol of IGJ"),
        ("ENSG00000132465.12", "IGJ", "Ensembl id of JCHAIN, which is IGJ in this panel"),
        ("SEPTIN7", "SEPT7", "SEPTIN7 is the current symbol of SEPT7"),
        ("7-Sep", "SEPT7", "7-Sep is a date, which a spreadsheet may have made of SEPT7"),
    ],
)
def test_a_gene_that_the_panel_has_under_its_older_symbol_is_found(tmp_path, typed, gene, words):
    shipped = read_settings({"UGRN_HOME": str(tmp_path)})
    found = looked_up(shipped, run_spec.Spec("ugrn-small", "pbmc68k"), typed)
    assert (found.how, found.symbol) == ("renamed", gene)
    assert words in found.sentence


def test_contributions_add_up_to_the_logit(done, settings):
    ready = run_spec.prepare(settings, SPEC)
    tensors = compute.tensors(settings, ready)
    pair = np.array([1, 7])
    logits = ready.translator.logits(tensors, pair[None])
    bases = [
        attribute(m, tensors[p].values[1, :, 7]).base for p, m in ready.translator.members.items()
    ]
    found = done.attribution("SPI1", GENES[7])
    assert found.names == ()
    total = found.by_value["vvp and gdt"].sum() + np.mean(bases)
    assert total == pytest.approx(np.mean([v[0] for v in logits.values()]), abs=1e-5)
    frame = pd.read_parquet(done.edges_path).set_index(["source", "target"])
    assert frame.loc[("SPI1", GENES[7]), "probability"] == pytest.approx(
        1 / (1 + np.exp(-total)), abs=1e-6
    )


def test_genes_that_are_not_there(done):
    with pytest.raises(UnknownGeneError):
        done.curves("SPI1", "NOBODY")
    with pytest.raises(MissingDataError, match="not probed as a regulator"):
        done.curves(GENES[9], "SPI1")
    with pytest.raises(UnknownGeneError):
        done.attribution(GENES[9], "SPI1")
    assert done.expression("SPI1", "KLF1") is None  # a pasted list has no cells


@pytest.mark.parametrize(
    ("typed", "how", "symbol"),
    [
        ("SPI1", "found", "SPI1"),
        (" spi1 ", "case", "SPI1"),
        ("GENE30", "in backbone only", None),
        ("SPI11", "unknown", None),
        ("", "not a symbol", None),
        ("A" * 999, "not a symbol", None),
        ("<b>\x00", "not a symbol", None),
    ],
)
def test_any_typed_gene_gets_an_answer(settings, typed, how, symbol):
    answer = looked_up(settings, SPEC, typed)
    assert (answer.how, answer.symbol) == (how, symbol)
    assert len(answer.sentence) < 300
    if typed == "SPI11":
        assert "SPI1" in answer.near


def test_real_cells_are_shown_as_measured(settings):
    spec = run_spec.Spec("tiny", "krumsiek2011")
    compute.compute(settings, spec)
    shown = results.Results(settings, spec)
    x, y, labels = shown.expression("GATA1", "FLI1") if "FLI1" in shown.genes else (None,) * 3
    cells = run_spec.prepare(settings, spec).study.dataset.expression
    genes = {g.casefold(): k for k, g in enumerate(cells.genes)}
    if x is not None:
        np.testing.assert_array_equal(x, cells.values[genes["gata1"]])
        np.testing.assert_array_equal(y, cells.values[genes["fli1"]])
        assert len(labels) == len(x)
    assert "in_" in " ".join(pd.read_parquet(shown.edges_path).columns)


def test_published_figures_are_a_table_of_their_own():
    table = shipped.published_frame()
    assert list(table.columns) == ["network", "dataset", "probe", "auprc"]
    assert table["auprc"].between(0, 1).all()


@pytest.mark.parametrize(
    ("typed", "how", "symbol", "words"),
    [
        ("PU.1", "renamed", "SPI1", "another name of SPI1"),
        ("Gata1", "case", "GATA1", "spelled GATA1"),
        ("ENSG00000102145.9", "renamed", "GATA1", "Ensembl id of GATA1"),
        ("ENSMUSG00000031162", "renamed", "GATA1", "human ortholog is GATA1"),
        ("SPI1,GATA1", "several", None, "One gene at a time: SPI1 or GATA1"),
        ("E-KLF", "renamed", "KLF1", "EKLF is another name of KLF1"),
        ("1-Mar", "unknown", None, "a date: MARCH1 or MARC1 (today MARCHF1 or MTARC1)?"),
        ("SPI", "beginning", "SPI1", "SPI is no gene of this panel; SPI1 begins with it"),
        (
            "gat",
            "beginning",
            "GATA1",
            "GATA1 begins with it",
        ),  # an alias of GLYAT, which is not here
        ("GATA", "beginning", "GATA1", "GATA1 begins with it"),
        ("S", "unknown", None, "not in the vocabulary"),
        ("C10orf2", "unknown", None, "previous symbol of TWNK, which is not in the vocabulary"),
        ("TWNK", "unknown", None, "TWNK is not in the vocabulary"),
        ("FIRRM", "in backbone only", None, "known to the backbone (as C1orf112) but is not in"),
    ],
)
def test_other_names_of_genes_are_answered(settings, typed, how, symbol, words):
    found = looked_up(settings, SPEC, typed)
    assert (found.how, found.symbol) == (how, symbol)
    assert words in found.sentence


def test_tables_beside_the_main_one_add_rows_and_repeat_none(settings):
    def row(probe: str, auprc: float, **more) -> dict:
        base = {"backbone": "tiny", "probe": probe, "recipe": "paper", "source": "hESC"}
        base |= {"gene_set": "TFs+500", "dataset": "hHEP", "network": "STRING"}
        return base | {"sampling": "paper", "genes": "all", "auprc": auprc, "reason": ""} | more

    folder = settings.assets / "results"
    folder.mkdir()
    write_results([row("gdt", 0.6)], folder / "benchmark.parquet", {"command": "main"})
    more = [row("gdt", 0.1), row("gdt", 0.7, source="mESC"), row("vvp", 0.8)]
    write_results(more, folder / "benchmark-more.parquet", {"command": "more"})
    table, about = benchmark_table(settings)
    assert table["auprc"].tolist() == [0.6, 0.7, 0.8]
    assert about == {"command": "main"}
