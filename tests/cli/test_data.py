"""A user's own cells on the command line: added, listed, shown, probed by name, removed."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.data.own import odd_files as odd
from ugrn_core.errors import UnknownNameError


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "my cells.h5ad"
    odd.annotated().write_h5ad(path)
    return path


def test_add_list_show_probe_rename_remove(ugrn, cells, tiny, tmp_path, home):
    added = ugrn("data", "add", cells, "--name", "liver", "--pseudotime", "none")
    assert added.code == 0, added.err
    assert "AnnData (h5ad): 6 cells, 8 genes" in added.err
    assert "Values of X: raw counts, up to 9" in added.err
    assert "Added as 'liver'" in added.err
    assert "liver" in ugrn("data", "list").out
    shown = ugrn("data", "show", "LIVER").out
    assert "Cell types by cell_type: T 1, ery 2, mono 3" in shown
    assert "genes, 4 of them regulators" in shown
    out = tmp_path / "edges.tsv"
    network = ("network", "--backbone", tiny, "--out", out)
    answer = ugrn(*network, "--dataset", "liver")
    assert answer.code == 0, answer.err
    table = pd.read_csv(out, sep="\t", comment="#")
    assert set(table["source"]) == {"GATA1", "KLF1", "SPI1", "TAL1"}
    assert set(table["dataset"]) == {"liver"}
    assert ugrn("data", "rename", "liver", "my liver").code == 0
    assert "my liver" in ugrn("data", "list").out
    gone = ugrn("data", "remove", "my liver")
    assert "Removed 'my liver'" in gone.err
    assert "No data set was added yet" in ugrn("data", "list").err
    lost = ugrn(*network, "--dataset", "liver")
    assert lost.code == 2
    assert "There is no data set named 'liver' on this machine" in lost.err


def test_the_curves_of_a_data_set_and_an_estimate(ugrn, cells, tiny, tmp_path):
    assert ugrn("data", "add", cells).code == 0
    (tmp_path / "sources.txt").write_text("SPI1\n")
    probe = ("probe", "--backbone", tiny, "--sources", tmp_path / "sources.txt", "--out")
    answer = ugrn(*probe, tmp_path / "run", "--dataset", "my cells")
    assert answer.code == 0, answer.err
    assert (tmp_path / "run" / "probe.npz").is_file()
    estimate = ugrn(
        *("network", "--backbone", tiny, "--dataset", "my cells", "--estimate"),
        *("--out", tmp_path / "e.tsv"),
    )
    assert "sources to probe" in " ".join(estimate.err.split())
    for bad in ((), ("--dataset", "my cells", "--panel", tmp_path / "sources.txt")):
        refused = ugrn(*probe, tmp_path / "other", *bad)
        assert refused.code == 2
        assert "Give --panel FILE with a list of genes, or --dataset NAME" in refused.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--matrix", "raw"), "There is no matrix named 'raw' in the file"),
        (("--species", "fly"), "The species is one of human, mouse"),
        (("--panel", "tfs+many"), "The panel is tfs+500, tfs+1000, or a file"),
        (("--keep", "cell_type"), "Cells to keep are given as COLUMN=VALUE"),
        (("--keep", "cell_type=X"), "no value named 'X' in 'cell_type'"),
        (("--cell-types", "kind"), "no column of cells named 'kind'"),
        (("--symbols", "names"), "no column of gene names named 'names'"),
        (("--name", "a/b"), "A data set's name has up to 48 letters"),
        (("--values", "log9"), "no kind of values named 'log9'"),
        (("--genes-in", "left"), "auto, rows, columns"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(ugrn, cells, home, options, said):
    answer = ugrn("data", "add", cells, *options)
    assert answer.code == 2
    assert said in " ".join(answer.err.split())
    assert not (home / "datasets").exists()


def test_a_name_that_is_taken(ugrn, cells):
    assert ugrn("data", "add", cells, "--name", "liver").code == 0
    again = ugrn("data", "add", cells, "--name", "Liver")
    assert again.code == 2
    assert "There is a data set named 'liver' already" in again.err


def test_from_python_the_same(home, cells):
    import ugrn_core as ugrn

    name = ugrn.add_cells(cells, pseudotime="none", keep="cell_type=mono,ery")
    assert name == "my cells"
    dataset = ugrn.open_dataset("my cells")
    assert len(dataset.expression.cells) == 5
    assert set(dataset.regulators) == {"GATA1", "KLF1", "SPI1", "TAL1"}
    with pytest.raises(UnknownNameError, match="Did you mean cell_types"):
        ugrn.add_cells(cells, celltypes="none")
