"""What a file is recognised as: values, genes, species, columns; refusals say what to give."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.stats import rankdata

from tests.data.own import odd_files as odd
from ugrn_core.data.own import cell_columns, naming, values
from ugrn_core.data.own.formats.contract import CellFile, held
from ugrn_core.data.own.formats.opening import read_path
from ugrn_core.data.own.recognition import Choices, recognise
from ugrn_core.errors import OptionError, TableError, UnknownNameError
from ugrn_core.types import ValueScale as S


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """400 cells of very different depths, 300 genes."""
    rng = np.random.default_rng(1)
    depth = rng.lognormal(0, 0.5, (400, 1))
    return rng.poisson(depth * rng.lognormal(0, 1.5, 300)).astype(np.float64)


def per_cell(x: np.ndarray, total: float) -> np.ndarray:
    return x / x.sum(1, keepdims=True) * total


def kind(x: np.ndarray) -> values.ValueKind:
    return values.kind_of(sp.csr_matrix(x.astype(np.float32)))


def test_values_tell_what_they_are(counts):
    ten = per_cell(counts, 1e4)
    assert kind(counts).scale is S.COUNTS
    assert kind((counts > 0) * 1.0).words.endswith("(only 0 and 1: who expresses, not how much)")
    assert kind(np.log1p(ten)).scale is S.LOG1P_CP10K
    assert kind(np.log1p(per_cell(counts, 1e6))).scale is S.LOG1P_NORMALISED
    assert "counts per 1,000,000" in kind(np.log1p(per_cell(counts, 1e6))).words
    shifted = np.log1p(per_cell(counts, 1e6)).round(3)
    assert "counts per 1,000,000)" in kind(shifted).words
    assert kind(np.log2(1 + ten)).scale is S.LOG2_CP10K
    assert kind(np.log2(1 + per_cell(counts, 1e6))).scale is S.LOG2_NORMALISED
    assert kind(np.log1p(counts)).scale is S.LOG1P_COUNTS
    assert kind(ten).scale is S.CP10K
    assert kind(per_cell(counts, 1e6)).words.startswith("TPM or CPM")
    assert kind(ten * np.linspace(0.5, 2, 400)[:, None]).words.startswith("FPKM or normalised")
    part = np.log1p(ten)[:, :50]  # the variable genes alone: their sums are no cell's
    assert kind(part).scale is S.LOG1P_NORMALISED
    assert not kind(part).whole


def test_logarithms_that_were_rounded_are_no_counts(counts):
    rounded = kind(np.round(np.log2(1 + per_cell(counts, 1e4))))
    assert rounded.scale is None
    assert "rounded. Give the values before rounding" in rounded.problem
    shallow = np.random.default_rng(2).poisson(0.3, (400, 300)).astype(float)
    assert kind(shallow).scale is S.COUNTS  # up to 4, mostly 1
    assert kind(counts).scale is S.COUNTS


@pytest.mark.parametrize(
    "before", [lambda c: c, lambda c: per_cell(c, 1e4), lambda c: per_cell(c, 500)]
)
def test_square_roots_are_no_logarithms(counts, before):
    roots = kind(np.sqrt(before(counts)).astype(np.float32))
    assert not roots.usable
    assert "square roots" in roots.problem
    assert "X ** 2" in roots.problem
    assert kind(before(counts)).usable  # squared, as it says


@pytest.mark.parametrize("genes", [slice(None), slice(0, 200)])
def test_levels_within_a_cell_tell_the_base_also_of_cells_that_are_alike(genes):
    alike = np.random.default_rng(3).negative_binomial(1, 0.3, (60, 3000)) * 1.0
    ten = per_cell(alike, 1e4)  # under any base the sums of such cells are nearly one
    assert kind(np.log1p(ten)[:, genes]).scale in (S.LOG1P_CP10K, S.LOG1P_NORMALISED)
    assert "natural" in kind(np.log1p(ten)[:, genes].round(3)).words
    assert kind(np.log2(1 + ten)[:, genes]).scale in (S.LOG2_CP10K, S.LOG2_NORMALISED)
    assert kind(np.log2(1 + ten)).scale is S.LOG2_CP10K
    assert "base 10" in kind(np.log10(1 + ten)[:, genes]).problem
    assert "square roots" in kind(np.sqrt(ten)[:, genes]).problem
    assert kind(ten[:, genes]).usable


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda x: np.arcsinh(per_cell(x, 1e4) / 5), "numpy.sinh"),
        (lambda x: np.arcsinh(x), "numpy.sinh"),
        (lambda x: np.log1p(np.log1p(per_cell(x, 1e4))), "logarithms of logarithms"),
        (lambda x: np.log2(per_cell(x, 1e6) + 0.001), "logarithms of x + 0.001 (base 2)"),
        (lambda x: np.log(per_cell(x, 1e4) + 0.1), "x + 0.1 (natural)"),
        (lambda x: np.apply_along_axis(rankdata, 1, x, "ordinal"), "ranks"),
        (lambda x: np.apply_along_axis(in_bins, 1, x), "bins: 1 to 10 in every cell"),
    ],
)
def test_what_became_of_counts_is_said_with_the_way_back(counts, made, words):
    told = kind(made(counts))
    assert not told.usable
    assert words in told.problem


def in_bins(cell: np.ndarray) -> np.ndarray:
    here = cell > 0
    out = np.zeros_like(cell)
    out[here] = np.ceil(rankdata(cell[here], "ordinal") / here.sum() * 10)
    return out


@pytest.mark.parametrize("mean", [0.2, 3, 30, 300])
def test_counts_of_any_height_are_counts(mean):
    x = np.random.default_rng(4).poisson(mean, (60, 400)).astype(float)
    assert kind(x).scale is S.COUNTS


def test_infinite_values_are_told_from_missing_ones(counts):
    with np.errstate(divide="ignore"):
        bare = kind(np.log2(per_cell(counts, 1e4)))
    assert "logarithms of zero, taken without adding 1" in bare.problem
    divided = np.where(counts > 5, np.inf, counts)
    assert "division by zero" in kind(divided).problem
    few = counts.copy()
    few[0, 0] = np.nan
    assert kind(few).scale is S.COUNTS


def test_scaled_values_are_refused_with_what_to_give(counts):
    logs = np.log1p(per_cell(counts, 1e4))
    some = logs[:, (logs > 0).mean(0) > 0.1]
    centred = (some - some.mean(0)) / some.std(0)
    for bad, said in (
        (centred, "scaled or centred"),
        (some / some.std(0), "every gene has the same spread"),
        (some / some.max(), "scaled to shares"),
        (np.zeros((4, 4)), "nothing but zeros"),
    ):
        found = kind(bad)
        assert not found.usable
        assert said in found.problem
    assert "raw counts" in kind(centred).problem
    assert kind(np.where(logs == 0, -1e-9, logs)).usable  # noise of a computer, not of a scale


def cell_file(*matrices, **columns) -> CellFile:
    cells = tuple(f"c{k}" for k in range(matrices[0].cells))
    return CellFile("test", cells, {k: np.asarray(v) for k, v in columns.items()}, matrices)


def of(x, name="X", genes=odd.GENES, **columns):
    about = {k: np.array(v, dtype=object) for k, v in columns.items()}
    return held(name, sp.csr_matrix(np.asarray(x, dtype=np.float32)), tuple(genes), about)


def test_counts_are_taken_before_logarithms_and_all_genes_before_some():
    scaled = odd.COUNTS - odd.COUNTS.mean(0)
    logs, raw = of(odd.log_cp10k()), of(odd.COUNTS, "raw")
    assert recognise(cell_file(of(scaled), raw)).matrix.name == "raw"
    assert (
        recognise(cell_file(logs, of(odd.COUNTS, "layers/counts"))).matrix.name == "layers/counts"
    )
    part = of(odd.COUNTS[:, :6], genes=odd.GENES[:6])
    assert recognise(cell_file(part, raw)).matrix.name == "raw"
    assert recognise(cell_file(of(odd.COUNTS), raw)).matrix.name == "X"
    chosen = recognise(cell_file(logs, raw), Choices(matrix="X"))
    assert chosen.kind.scale is S.LOG1P_CP10K
    with pytest.raises(TableError, match="matrix X cannot be used: its values go from"):
        recognise(cell_file(of(scaled)))
    with pytest.raises(UnknownNameError, match="no matrix named 'rew' in the file"):
        recognise(cell_file(raw), Choices(matrix="rew"))


def test_values_may_be_said_but_scaled_ones_are_no_counts():
    said = recognise(cell_file(of(odd.COUNTS + 0.25)), Choices(values="counts"))
    assert said.kind.scale is S.COUNTS
    with pytest.raises(TableError, match="cannot be used"):
        recognise(cell_file(of(odd.COUNTS - 5)), Choices(values="counts"))
    with pytest.raises(UnknownNameError, match="kind of values"):
        recognise(cell_file(of(odd.COUNTS)), Choices(values="lgo1p"))


MOUSE = ("Gata1", "Spi1", "Klf1", "Tal1", "Cd3d", "Ms4a1", "Lyz2", "Actb")
MOUSE_IDS = ("ENSMUSG00000031162", "ENSMUSG00000002111", "ENSMUSG00000054191")


@pytest.mark.parametrize(
    ("genes", "columns", "column", "species"),
    [
        (odd.GENES, {}, naming.INDEX, "human"),
        (odd.IDS, {}, naming.INDEX, "human"),
        ([f"{i}.7" for i in odd.IDS], {}, naming.INDEX, "human"),
        ([f"{i}_{g}" for i, g in zip(odd.IDS, odd.GENES)], {}, naming.INDEX, "human"),
        ([f"{g}|{i}" for i, g in zip(odd.IDS, odd.GENES)], {}, naming.INDEX, "human"),
        ([f"GRCh38_{g}" for g in odd.GENES], {}, naming.INDEX, "human"),
        (odd.IDS, {"feature_name": odd.GENES}, "feature_name", "human"),
        (range(8), {"odd name": odd.GENES}, "odd name", "human"),
        ([g.lower() for g in odd.GENES], {}, naming.INDEX, "human"),
        (MOUSE, {}, naming.INDEX, "mouse"),
    ],
)
def test_names_of_genes(genes, columns, column, species):
    matrix = of(odd.COUNTS, genes=[str(g) for g in genes], **columns)
    found = naming.name_genes(matrix)
    assert (found.column, found.species) == (column, species)
    assert found.symbols == (odd.GENES if species == "human" else MOUSE)


def test_ids_of_mice_get_the_symbols_of_mice():
    matrix = of(odd.COUNTS[:, :3], genes=MOUSE_IDS)
    found = naming.name_genes(matrix)
    assert found.species == "mouse"
    assert found.symbols == MOUSE[:3]
    assert naming.is_regulator("Gata1", "mouse")
    assert not naming.is_regulator("Cd3d", "mouse")


def test_every_gene_without_a_symbol_has_a_reason():
    genes = ("GATA1", "1-Mar", "AC093323.3x", "ENSG00000999999", "1-Dec", "SPI1", "MLL2", "PU.1")
    found = naming.name_genes(of(odd.COUNTS, genes=genes))
    assert dict(zip(genes, found.symbols))["PU.1"] == "SPI1"
    assert set(found.reasons) == {"1-Mar", "AC093323.3x", "ENSG00000999999"} | (
        {"MLL2"} if not found.symbols[6] else set()
    )
    assert "a spreadsheet damaged it" in found.reasons["1-Mar"]
    assert found.symbols[4] == "DELEC1"  # 1-Dec was DEC1, today DELEC1
    assert found.known + len(found.reasons) == len(genes)


def test_a_second_gene_made_unique_is_the_same_gene():
    genes = ("GATA1", "GATA1-1", "SPI1", "SPI1.1", "HLA-A", "KLF1", "TAL1", "LYZ")
    found = naming.name_genes(of(odd.COUNTS, genes=genes))
    assert found.symbols[:5] == ("GATA1", "GATA1", "SPI1", "SPI1", "HLA-A")


def test_dots_that_r_wrote_for_dashes_are_dashes():
    dotted = ("HLA.A", "NKX2.1", "MT.CO1", "GATA1", "GATA1.1", "HLA.DRA", "TAL1", "LYZ")
    found = naming.name_genes(of(odd.COUNTS, genes=dotted))
    assert found.symbols[:6] == ("HLA-A", "NKX2-1", "MT-CO1", "GATA1", "GATA1", "HLA-DRA")
    assert found.species == "human"
    of_mice = ("H2.K1", "Nkx2.1", "mt.Co1", "Gata1", "Tal1", "Klf1", "Lyz2", "Spi1")
    found = naming.name_genes(of(odd.COUNTS, genes=of_mice))
    assert (found.species, found.symbols[:3]) == ("mouse", ("H2-K1", "Nkx2-1", "mt-Co1"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ENST00000{:06d}.4", "transcripts. Sum them by gene"),
        ("NM_{:06d}.2", "RefSeq"),
        ("{}_s_at", "microarray"),
        ("ILMN_{}", "microarray"),
        ("chr1:{0}-{0}9", "peaks"),
        ("FBgn{:07d}", "genes of a fly: human and mouse can be read"),
        ("AT1G{:05d}", "a plant"),
        ("P{:05d}", "UniProt"),
        ("{}", "NCBI"),
    ],
)
def test_ids_of_another_kind_are_called_so(name, said):
    with pytest.raises(TableError, match=said):
        naming.name_genes(of(odd.COUNTS, genes=[name.format(k + 70_000) for k in range(8)]))


def test_other_names_are_refused():
    zebrafish = [f"ENSDARG000000{k:05d}" for k in range(8)]
    with pytest.raises(TableError, match=r"another species \(ids ENSDARG"):
        naming.name_genes(of(odd.COUNTS, genes=zebrafish))
    with pytest.raises(TableError, match=r"numbers, as NCBI's .* \(--symbols\)"):
        naming.name_genes(of(odd.COUNTS, genes=[str(k + 70_000) for k in range(8)]))
    with pytest.raises(TableError, match="0 are known as human or mouse genes: 'gene_0'"):
        naming.name_genes(of(odd.COUNTS, genes=[f"gene_{k}" for k in range(8)]))
    with pytest.raises(UnknownNameError, match="column of gene names"):
        naming.name_genes(of(odd.COUNTS), column="symbols")
    with pytest.raises(OptionError, match="human, mouse"):
        naming.name_genes(of(odd.COUNTS), species="yeast")


def test_columns_of_cells_are_found_by_their_names():
    n = 40
    columns = {
        "n_counts": np.linspace(1, 2, n),
        "leiden": np.arange(n) % 4.0,
        "CellType": np.array(["a", "b"] * 20, dtype=object),
        "barcode": np.array([f"b{k}" for k in range(n)], dtype=object),
        "dpt_pseudotime": np.linspace(0, 1, n),
    }
    assert cell_columns.guessed_type(columns) == "CellType"
    assert cell_columns.guessed_time(columns) == "dpt_pseudotime"
    assert "n_counts" not in cell_columns.type_columns(columns)
    del columns["CellType"], columns["dpt_pseudotime"]
    assert cell_columns.guessed_type(columns) == "leiden"
    assert cell_columns.guessed_time(columns) is None
    assert cell_columns.levels(columns["leiden"]) == ("0", "1", "2", "3")
    assert cell_columns.as_text(np.array([1.0, np.nan])).tolist() == ["1", "unnamed"]


def test_cells_to_keep():
    keep = cell_columns.parse_keep("type=T,B, batch=1")
    assert keep == (("type", ("T", "B")), ("batch", ("1",)))
    columns = {"type": np.array(["T", "B", "NK"], dtype=object), "batch": np.array([1.0, 2, 1])}
    assert cell_columns.kept_cells(columns, keep, 3).tolist() == [True, False, False]
    for bad, said in (
        ("T", "COLUMN=VALUE"),
        ("tpye=T", "did you mean|Did you mean"),
        ("type=X", "no value"),
    ):
        with pytest.raises((OptionError, UnknownNameError), match=said):
            cell_columns.kept_cells(columns, cell_columns.parse_keep(bad), 3)
    with pytest.raises(OptionError, match="No cell has all"):
        cell_columns.kept_cells(columns, cell_columns.parse_keep("type=B,batch=1"), 3)


def test_cells_of_one_barcode_are_kept_and_told_of(tmp_path):
    data = odd.annotated(odd.COUNTS)
    data.obs_names = ["AAAC-1", "AAAG-1", "AAAC-1", "AAAT-1", "AAAC-1", "AAAG-1"]
    data.write_h5ad(tmp_path / "cells.h5ad")
    said = recognise(read_path(tmp_path / "cells.h5ad")).sentences()
    told = [sentence for sentence in said if "barcode" in sentence]
    assert len(told) == 1
    assert told[0].startswith(
        "3 cells have the barcode of another one, first AAAC-1: all were kept"
    )
    data.obs_names = list(odd.CELLS)
    data.write_h5ad(tmp_path / "cells.h5ad")
    said = recognise(read_path(tmp_path / "cells.h5ad")).sentences()
    assert not any("barcode" in sentence for sentence in said)


def test_the_sentences_say_what_was_recognised(tmp_path):
    odd.annotated(odd.log_cp10k(), layers={"counts": odd.COUNTS}).write_h5ad(tmp_path / "x.h5ad")
    text = "\n".join(recognise(read_path(tmp_path / "x.h5ad")).sentences())
    assert "AnnData (h5ad): 6 cells, 8 genes" in text
    assert "Values of layers/counts: raw counts, up to 9" in text
    assert "8 are known human genes" in text
    assert "Cell types: cell_type; pseudotime: dpt_pseudotime" in text
    assert "Also there: X (log (1 + counts per 10,000)" in text
