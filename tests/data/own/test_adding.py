"""From a file to a data set: the panel, its values, what is left out, and nothing half-done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scanpy as sc
import scipy.sparse as sp

from tests.data.own import odd_files as odd
from ugrn_core.data.own import adding, store
from ugrn_core.data.own.formats import contract, hdf5
from ugrn_core.data.own.formats.opening import read_path
from ugrn_core.data.own.panel import listed_panel, panel_choice
from ugrn_core.data.own.recognition import Choices
from ugrn_core.data.own.variable_genes import normalised_dispersions
from ugrn_core.data.readers.base import Places
from ugrn_core.data.readers.own import OwnCells
from ugrn_core.data.tfs import tf_names
from ugrn_core.errors import MissingDataError, OptionError, PanelError, StorageError, TableError
from ugrn_core.experiment.catalog import own_data
from ugrn_core.types import ValueScale

SOURCE = {"name": "cells.h5ad", "sha256": "0" * 64}


@pytest.fixture(scope="module")
def real():
    return odd.realistic()


@pytest.fixture(scope="module")
def path(real, tmp_path_factory):
    path = tmp_path_factory.mktemp("real") / "cells.h5ad"
    real.write_h5ad(path)
    return path


@pytest.fixture(scope="module")
def built(path):
    return adding.build(read_path(path), Choices(panel=panel_choice("tfs+200")))


def normalised(data):
    data = data.copy()
    sc.pp.normalize_total(data, target_sum=1e4)
    sc.pp.log1p(data)
    return data


def test_variability_is_scanpys(real):
    data = normalised(real)
    linear = np.expm1(data.X.toarray().astype(np.float64))
    found = normalised_dispersions(linear.mean(0), linear.var(0, ddof=1))
    sc.pp.highly_variable_genes(data, n_top_genes=200, flavor="seurat")
    expected = data.var["dispersions_norm"].to_numpy()
    assert np.allclose(found, expected, rtol=1e-3, atol=1e-3, equal_nan=True)


def test_the_panel_is_beelines_choice(real, built):
    data = normalised(real)
    share = (real.X > 0).toarray()
    by_type = [share[real.obs["cell_type"] == t].mean(0) for t in ("B", "NK", "T")]
    best = np.max([share.mean(0), *by_type], axis=0)
    factors = {g for g, s in zip(real.var_names, best) if g.upper() in tf_names() and s >= 0.1}
    assert set(built.regulators) == factors
    sc.pp.highly_variable_genes(data, n_top_genes=data.n_vars, flavor="seurat")
    varies = np.asarray(share.sum(0)).ravel() >= 3
    others = data.var[varies & [g.upper() not in tf_names() for g in data.var_names]]
    top = others["dispersions_norm"].sort_values(ascending=False, kind="stable").index[:200]
    mine = built.panel.loc[built.panel["role"] == "variable", "gene"]
    assert len(set(mine) & set(top)) >= 195  # float32 sums decide between neighbours
    assert len(built.panel) == len(factors) + 200
    why = built.panel.set_index("gene")["why"]
    assert why[mine.iloc[0]].startswith("1 of ")
    assert all("expressed in" in why[g] for g in factors)
    assert any(" of B" in why[g] or " of NK" in why[g] or " of T" in why[g] for g in factors)


def test_values_totals_and_means_are_those_of_the_file(real, built):
    cells = built.cells
    at = [list(real.var_names).index(g) for g in cells.genes]
    assert np.array_equal(cells.values.toarray(), real.X.toarray()[:, at])
    assert np.allclose(cells.totals, real.X.sum(1).ravel())
    logs = normalised(real).X.toarray()[:, at]
    for k, name in enumerate(("B", "NK", "T")):
        assert np.allclose(cells.means[k], logs[real.obs["cell_type"] == name].mean(0), atol=1e-4)
    assert np.allclose(cells.means[-1], logs.mean(0), atol=1e-4)
    assert built.about["types"] == real.obs["cell_type"].value_counts().sort_index().to_dict()


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_of_a_file_by_genes_the_panel_is_read_alone(real, tmp_path, monkeypatch):
    """Genes that come twice, and antibodies between them."""
    data = real[:, [*range(900), *range(40)]].copy()
    kinds = ["Gene Expression"] * data.n_vars
    kinds[5] = "Antibody Capture"
    data.var["feature_types"] = kinds
    built = []
    for layout in (sp.csr_matrix, sp.csc_matrix):
        data.X = layout(data.X)
        data.write_h5ad(tmp_path / f"{layout.__name__}.h5ad")
        built.append(adding.build(read_path(tmp_path / f"{layout.__name__}.h5ad")))
        monkeypatch.setattr(hdf5, "TURNED_AT_ONCE", data.X.nnz // 3)
        monkeypatch.setattr(hdf5, "SPARSE_AT_ONCE", 3_000)
    rows, columns = built
    assert columns.about["genes_twice"] == 39
    assert columns.cells.to_bytes() == rows.cells.to_bytes()
    other_cells_looked_at = {"values": ""}
    assert columns.about | other_cells_looked_at == rows.about | other_cells_looked_at


@pytest.mark.parametrize("layout", ["dense", "csc", "small blocks"])
def test_the_way_a_file_is_stored_changes_nothing(real, built, layout, tmp_path, monkeypatch):
    data = real.copy()
    if layout == "dense":
        data.X = data.X.toarray()
    elif layout == "csc":
        data.X = sp.csc_matrix(data.X)
        monkeypatch.setattr(hdf5, "TURNED_AT_ONCE", data.X.nnz // 2)
    monkeypatch.setattr(hdf5, "SPARSE_AT_ONCE", 3_000)
    monkeypatch.setattr(contract, "ROWS_AT_ONCE", 37)
    data.write_h5ad(tmp_path / "x.h5ad")
    other = adding.build(read_path(tmp_path / "x.h5ad"), Choices(panel=panel_choice("tfs+200")))
    pd.testing.assert_frame_equal(other.panel, built.panel, atol=1e-3)
    assert np.array_equal(other.cells.values.toarray(), built.cells.values.toarray())
    assert np.allclose(other.cells.means, built.cells.means, atol=1e-4)


def small(tmp_path, x=odd.COUNTS, genes=odd.GENES, **choices):
    path = tmp_path / "x.h5ad"
    odd.annotated(x, genes).write_h5ad(path)
    return adding.build(read_path(path), Choices(**choices))


def test_the_same_gene_twice_is_summed_for_counts_and_the_first_of_logs(tmp_path):
    genes = ("GATA1", "SPI1", "SPI1", "TAL1", "CD3D", "MS4A1", "LYZ", "ACTB")
    with pytest.warns(UserWarning, match="not unique"):
        found = small(tmp_path, genes=genes)
    at = found.cells.genes.index("SPI1")
    assert (
        found.cells.values[:, at].toarray().ravel().tolist()
        == (odd.COUNTS[:, 1] + odd.COUNTS[:, 2]).tolist()
    )
    assert any("1 genes came more than once: summed" in n for n in found.about["notes"])
    with pytest.warns(UserWarning, match="not unique"):
        logs = small(tmp_path, odd.log_cp10k(), genes)
    at = logs.cells.genes.index("SPI1")
    assert np.allclose(logs.cells.values[:, at].toarray().ravel(), odd.log_cp10k()[:, 1])
    assert any("the first was kept" in n for n in logs.about["notes"])


def test_missing_values_in_one_cell_are_named_in_many_refused(tmp_path):
    bad = odd.COUNTS.copy()
    bad[2, 3] = np.nan
    found = small(tmp_path, bad)
    assert odd.CELLS[2] not in found.cells.cells
    assert len(found.cells.cells) == 5
    assert (
        f"1 cells with a missing value were left out, first {odd.CELLS[2]}" in found.about["notes"]
    )
    bad[4, 1] = np.nan
    with pytest.raises(TableError, match=r"2 of 6 cells hold missing values, first 'AAAC02-1'"):
        small(tmp_path, bad)


def test_empty_cells_are_left_out_and_said(tmp_path):
    empty = odd.COUNTS.copy()
    empty[1] = 0
    found = small(tmp_path, empty)
    assert found.about["cells_dropped"] == {"without any expression": 1}
    assert found.about["cells"] == 5


def test_negative_values_where_nobody_looked_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(contract, "LOOKED_AT", 1)
    bad = odd.COUNTS.copy()
    bad[1, 4] = -2
    with pytest.raises(
        TableError, match=r"negative values, such as -2 of 'CD3D' in cell 'AAAC01-1'"
    ):
        small(tmp_path, bad)


def test_cells_to_keep_and_columns_not_wanted(tmp_path):
    found = small(tmp_path, keep=(("cell_type", ("mono",)),), cell_types="none", pseudotime="none")
    assert len(found.cells.cells) == 3
    assert len(found.cells.cell_types) == len(found.cells.pseudotime) == 0
    assert found.about["cells_in_file"] == 6


def test_a_list_is_a_panel_under_any_name_of_its_genes(tmp_path):
    (tmp_path / "genes.txt").write_text("PU.1\nENSG00000102145\nCD3D\nNOSUCH\n")
    found = small(tmp_path, panel=panel_choice(str(tmp_path / "genes.txt")))
    assert list(found.panel["gene"]) == ["SPI1", "GATA1", "CD3D"]
    assert set(found.panel["why"]) == {"in your list genes.txt"}
    with pytest.raises(PanelError, match="Chosen here: 1, of them transcription factors: 1"):
        small(tmp_path, panel=listed_panel(["GATA1"], "one"))
    with pytest.raises(OptionError, match="no file 'tfs500'"):
        panel_choice("tfs500")


def test_of_many_cells_some_are_kept_of_every_type(tmp_path, monkeypatch, path):
    monkeypatch.setattr(adding, "MOST_KEPT", 60)
    found = adding.build(read_path(path))
    assert len(found.cells.cells) == 60
    shares = pd.Series(found.cells.cell_types).value_counts(normalize=True)
    whole = pd.Series(found.about["types"]) / found.about["cells"]
    assert (shares - whole).abs().max() < 0.02
    assert any("60 of 300 cells are kept" in n for n in found.about["notes"])
    again = adding.build(read_path(path))
    assert again.cells.cells == found.cells.cells


def test_log_values_over_few_genes_stay_as_they_are(tmp_path):
    found = small(tmp_path, odd.log_cp10k() * 0.9)
    assert len(found.cells.totals) == 0
    assert any("logarithms stay as they are" in n for n in found.about["notes"])


def test_kept_opened_renamed_removed_and_put_back(tmp_path, built, real):
    home, places = tmp_path, Places(tmp_path)
    one = adding.keep(home, "liver", built, SOURCE)
    assert one.folder.name == f"liver-{one.mark}"
    assert sorted(p.name for p in one.folder.iterdir()) == sorted(
        (store.MANIFEST, store.CELLS, store.PANEL, store.LOST)
    )
    (card,) = OwnCells().cards(places)
    opened = OwnCells().open(card.name, places)
    assert (card.name, card.title, card.species) == (one.id, "liver", "human")
    assert (card.n_genes, card.n_regulators) == (len(opened.genes), len(opened.regulators))
    assert opened.content == one.content
    assert opened.expression.scale is ValueScale.LOG1P_CP10K
    at = [list(real.var_names).index(g) for g in opened.genes]
    assert np.allclose(opened.expression.values.T, normalised(real).X.toarray()[:, at], atol=1e-5)
    before = OwnCells().stamp(places)
    new = store.rename(home, one.mark, "Leber ö (2)")
    assert new.mark == one.mark
    assert OwnCells().stamp(places) != before
    assert OwnCells().cards(places)[0].title == "Leber ö (2)"
    gone = store.remove(home, one.id)
    assert OwnCells().cards(places) == ()
    with pytest.raises(MissingDataError, match="no data set of yours named 'liver'"):
        store.find(home, "liver")
    store.put_back(gone)
    assert store.find(home, "leber Ö (2)").content == one.content
    gone = store.remove(home, one.id)
    adding.keep(home, "leber ö (2)", built, SOURCE)
    with pytest.raises(OptionError, match="Choose another name"):
        store.put_back(gone)


def test_marks_cannot_be_guessed_and_names_may_meet(tmp_path, built):
    one, two = (adding.keep(tmp_path, "liver", built, SOURCE) for _ in range(2))
    assert one.mark != two.mark
    assert one.content == two.content
    with pytest.raises(MissingDataError, match="Several data sets are named 'liver'"):
        store.find(tmp_path, "liver")
    assert store.find(tmp_path, f"liver-{two.mark}").mark == two.mark


def test_a_new_name_that_is_taken(tmp_path, built):
    one = adding.keep(tmp_path, "liver", built, SOURCE)
    adding.keep(tmp_path, "spleen", built, SOURCE)
    adding.keep(tmp_path, "lung", built, SOURCE, owner="another")
    with pytest.raises(OptionError, match="a data set named 'spleen' already"):
        store.rename(tmp_path, one.mark, "Spleen")
    assert store.rename(tmp_path, one.mark, "lung").name == "lung"
    assert store.rename(tmp_path, one.mark, "Lung").name == "Lung"


def test_file_names_that_are_no_text(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff\n"))
    odd.write_10x_folder(folder, prefix=os.fsdecode(b"\xff_"))
    for given in (own_data.open_path(folder), own_data.open_path(next(folder.glob("*matrix*")))):
        source = adding.source_of(given.files, given.name)
        assert source["name"].isprintable()
        assert source["name"].encode()


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", ".hidden", "-x", "x\0y", "x" * 60, "a\\b"]
)
def test_names_that_are_no_folder(tmp_path, built, name):
    with pytest.raises(OptionError, match="name has up to 48"):
        adding.keep(tmp_path, name, built, SOURCE)
    assert list(tmp_path.iterdir()) == []


def test_a_suggested_name_is_a_name():
    for file in ("GSM123_liver.h5ad", "a b.csv.gz", "../../etc/passwd", "ä/ö.tsv", "...", "x" * 99):
        assert store.plain_name(store.suggested_name(file))


@pytest.mark.parametrize("file", [store.MANIFEST, store.CELLS])
def test_damage_is_a_sentence(tmp_path, built, file):
    one = adding.keep(tmp_path, "liver", built, SOURCE)
    raw = bytearray((one.folder / file).read_bytes())
    raw[len(raw) // 2] ^= 1
    (one.folder / file).write_bytes(raw)
    with pytest.raises((StorageError, MissingDataError), match=r"damaged|no data set of yours"):
        store.cells_of(store.find(tmp_path, "liver"))


def test_a_full_disk_leaves_nothing(tmp_path, built, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_together", full)
    with pytest.raises(StorageError, match="the disk is full"):
        adding.keep(tmp_path, "liver", built, SOURCE)
    assert list((tmp_path / store.FOLDER).iterdir()) == []


def test_a_killed_add_leaves_nothing_that_stays(tmp_path, built):
    script = f"""
        import os, signal
        from pathlib import Path
        from ugrn_core.data.own import store
        store.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        store.write(Path({str(tmp_path)!r}), "liver", {{}}, {{"cells.npz": b"x"}})
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=os.getcwd())
    assert done.returncode == -signal.SIGKILL
    assert store.listed(tmp_path) == ()
    adding.keep(tmp_path, "liver", built, SOURCE)
    assert [k.name for k in store.listed(tmp_path)] == ["liver"]
    assert len(list((tmp_path / store.FOLDER).iterdir())) == 1


def test_progress_counts_cells(path):
    said = []
    adding.build(
        read_path(path), None, lambda done, total, phase: said.append((done, total, phase))
    )
    assert said[-1] == (300, 300, adding.KEEPING)
    assert (300, 300, adding.READING) in said


def test_without_types_the_means_are_over_all_cells(tmp_path):
    found = small(tmp_path, cell_types="none")
    assert found.cells.means.shape == (1, len(found.cells.genes))


def test_spike_ins_are_no_genes_and_no_part_of_a_cells_total(tmp_path, real, built):
    spikes = np.random.default_rng(0).poisson(40, (real.n_obs, 3)).astype(np.float32)
    names = ["ERCC-00002", "ERCC-00003", "ERCC-00171"]
    x = sp.hstack([sp.csr_matrix(real.X), sp.csr_matrix(spikes)]).tocsr()
    data = sc.AnnData(x, real.obs, pd.DataFrame(index=[*real.var_names, *names]))
    data.write_h5ad(tmp_path / "spiked.h5ad")
    spiked = adding.build(
        read_path(tmp_path / "spiked.h5ad"), Choices(panel=panel_choice("tfs+200"))
    )
    assert spiked.cells.genes == built.cells.genes
    assert np.allclose(spiked.cells.totals, built.cells.totals)
    assert np.allclose(spiked.cells.means, built.cells.means, atol=1e-5)
    notes = spiked.about["notes"]
    assert "3 ERCC spike-ins: no genes, and no part of a cell's total" in notes


def test_an_infinite_value_where_nobody_looked_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(contract, "LOOKED_AT", 1)
    bad = odd.COUNTS.copy()
    bad[1, 4] = np.inf
    with pytest.raises(TableError, match=r"infinite value, of 'CD3D' in cell 'AAAC01-1'"):
        small(tmp_path, bad)
