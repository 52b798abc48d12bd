"""Both layouts, pointed at from above and below, and files that contradict themselves."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.data.beeline.cells import read_expression
from ugrn_core.data.beeline.gene_sets import gene_set_symbols
from ugrn_core.data.beeline.layouts import find_layout
from ugrn_core.data.beeline.networks import beeline_cells, read_reference
from ugrn_core.errors import MissingDataError, TableError, UnknownNameError


def named(network):
    return {(network.genes[a], network.genes[b]) for a, b in network.edges}


@pytest.mark.parametrize(
    "below", ["", "genelink", "genelink/STRING Dataset", "genelink/STRING Dataset/hESC"]
)
def test_genelink_layout_is_found_from_above_and_below(genelink, below):
    assert [(c.dataset, c.network) for c in beeline_cells(genelink / below)] == [("hESC", "STRING")]
    network = read_reference(genelink / below, "hESC", "STRING")
    assert named(network) == {("TF1", "NA"), ("TF2", "TF1")}
    assert network.genes == ("TF1", "TF2", "SEPT1", "NA", "C1orf112", "G5")
    assert network.regulators.tolist() == [0, 1]
    assert (network.species, network.gene_set) == ("human", "TFs+500")
    assert network.notes == ("1 repeated lines dropped", "1 self-loops dropped")


def test_labels_by_index_are_read_where_names_are_absent(genelink):
    folder = genelink / "genelink" / "STRING Dataset" / "hESC" / "TFs+500"
    (folder / "BL--network.csv").unlink()
    assert named(read_reference(genelink, "hESC", "STRING")) == {("TF1", "NA"), ("TF2", "TF1")}
    (folder / "Label.csv").write_text(",TF,Target\n0,0,9\n")
    with pytest.raises(TableError, match="no row of"):
        read_reference(genelink, "hESC", "STRING")
    (folder / "Label.csv").write_text(",TF,Target\n0,0,-1\n")
    with pytest.raises(TableError, match="negative index"):
        read_reference(genelink, "hESC", "STRING")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("BL--network.csv", "Gene1,Gene2\nTF1,ELSE\n", "not in its gene list: ELSE"),
        ("BL--network.csv", "Gene1,Gene2\nTF1\n", "Line 2 of BL--network.csv has 1 fields"),
        ("BL--network.csv", "a,b\nTF1,NA\n", "no column 'Gene1'"),
        ("Target.csv", "", "is empty"),
        ("Target.csv", ",Gene,index\n0,TF1,0\n1,TF1,1\n", "names a gene twice"),
        ("TF.csv", "\0\1\2", "binary data"),
    ],
)
def test_damaged_files_are_refused_in_one_sentence(genelink, file, text, message):
    (genelink / "genelink" / "STRING Dataset" / "hESC" / "TFs+500" / file).write_text(text)
    with pytest.raises(TableError, match=message):
        read_reference(genelink, "hESC", "STRING")


def test_what_does_not_exist_says_so(genelink, tmp_path_factory):
    with pytest.raises(MissingDataError, match="does not exist: LOF/GOF labels"):
        read_reference(genelink, "hESC", "LOF/GOF")
    with pytest.raises(MissingDataError, match="does not hold mDC x STRING"):
        read_reference(genelink, "mDC", "STRING")
    with pytest.raises(UnknownNameError, match="Did you mean STRING"):
        read_reference(genelink, "hESC", "STRNG")
    with pytest.raises(UnknownNameError, match=r"TFs\+500, TFs\+1000"):
        beeline_cells(genelink, "all")
    with pytest.raises(MissingDataError, match="no BEELINE data"):
        beeline_cells(tmp_path_factory.mktemp("empty"))
    with pytest.raises(MissingDataError, match="no folder"):
        beeline_cells(genelink / "absent")
    assert read_expression(genelink, "hESC") is None


def test_official_layout_derives_the_gene_set_as_beeline_does(official):
    """p < 0.01 / 8 measured genes: Tf3 and G7 fall out; then TFs, then others by variance."""
    layout = find_layout(official)
    genes, tfs = gene_set_symbols(layout, "mESC", "TFs+500")
    assert tfs == ["Tf1", "Tf2"]
    assert genes == ["Tf1", "Tf2", "Marc2", "G5", "Sept1", "G8"]
    assert gene_set_symbols(layout, "mESC", "TFs+2")[0] == ["Tf1", "Tf2", "Marc2", "G5"]


def test_official_layout_reads_networks_with_damaged_symbols(official):
    cells = [(c.dataset, c.network) for c in beeline_cells(official)]
    assert cells == [("mESC", "STRING"), ("mESC", "LOF/GOF")]
    network = read_reference(official, "mESC", "STRING")
    assert named(network) == {("Tf1", "Tf2"), ("Tf2", "Sept1"), ("Tf1", "Marc2")}
    assert [network.genes[k] for k in network.regulators] == ["Tf1", "Tf2"]
    assert network.notes == ("1 repeated lines dropped", "1 self-loops dropped")
    labelled = read_reference(official, "mESC", "LOF/GOF")
    assert named(labelled) == {("G5", "Tf1"), ("Tf1", "G8")}
    assert [labelled.genes[k] for k in labelled.regulators] == ["Tf1", "Tf2", "G5"]


def test_official_expression_keeps_the_gene_set_and_its_pseudotime(official):
    cells = read_expression(official, "mESC")
    assert cells.genes == ("Tf1", "Tf2", "Sept1", "Marc2", "G5", "G8")
    assert cells.values[2].tolist() == [3, 4.5]
    assert cells.annotations["pseudotime"].tolist() == [0.175, 0.5]
    assert cells.species == "mouse"


def test_pseudotimes_of_several_lineages_give_their_mean(official):
    (path,) = official.rglob("PseudoTime.csv")
    path.write_text(",PseudoTime1,PseudoTime2,branch\nc1,0.2,0.6,a\nc2,,0.5,b\n")
    cells = read_expression(official, "mESC")
    np.testing.assert_allclose(cells.annotations["pseudotime"], [0.4, 0.5])
    path.write_text(",PseudoTime1,PseudoTime2\nc1,NA,\n")
    with pytest.raises(TableError, match="no pseudotime that is a number"):
        read_expression(official, "mESC")


def test_shared_folder_holds_22_cells_and_no_contradiction(shared_data):
    for gene_set in ("TFs+500", "TFs+1000"):
        cells = beeline_cells(shared_data, gene_set)
        assert len(cells) == 22
        for cell in cells:
            network = read_reference(shared_data, cell.dataset, cell.network, gene_set)
            assert len(np.unique(network.edges, axis=0)) == len(network.edges)
            assert np.isin(network.edges[:, 0], network.regulators).all()
    hesc = read_reference(shared_data, "hESC", "STRING")
    assert (len(hesc.genes), len(hesc.regulators), len(hesc.edges)) == (910, 410, 4257)
    mhsc = read_reference(shared_data, "mHSC-L", "Cell-type-specific ChIP-seq")
    assert (len(mhsc.genes), len(mhsc.regulators), len(mhsc.edges)) == (560, 61, 4398)


def test_labels_are_the_official_network_restricted_to_the_gene_set(shared_data):
    """The whole-genome file (doubled lines and all) gives the edges that GENELink ships."""
    import gzip

    network = read_reference(shared_data, "mESC", "LOF/GOF")
    inside = set(network.genes)
    path = shared_data / "beeline" / "networks" / "mESC.mESC-lofgof-network.csv.gz"
    with gzip.open(path, "rt") as lines:
        pairs = {tuple(line.strip().split(",")[:2]) for line in lines}
    assert named(network) == {(a, b) for a, b in pairs if a in inside and b in inside and a != b}


def test_shared_expression_matches_its_network(shared_data):
    network = read_reference(shared_data, "mESC", "STRING")
    cells = read_expression(shared_data, "mESC", network.genes)
    assert "2-MAR repaired to MARC2" in cells.notes
    assert {"MARC2", "SEPT1"} <= set(cells.genes)
    assert cells.values.shape == (642, 421)
    assert np.isfinite(cells.annotations["pseudotime"]).all()
    assert read_expression(shared_data, "mHSC-GM") is None


def test_files_are_joined_whatever_the_case_and_it_is_noted(genelink):
    folder = genelink / "genelink" / "STRING Dataset" / "hESC" / "TFs+500"
    (folder / "TF.csv").write_text(",TF,index\n0,tf2,1\n1,Tf1,0\n")
    (folder / "BL--network.csv").write_text("Gene2,Gene1\nNA,tf1\nC1ORF112,TF2\n")
    network = read_reference(genelink / "genelink", "hESC", "STRING")
    assert named(network) == {("TF1", "NA"), ("TF2", "C1orf112")}
    assert network.regulators.tolist() == [0, 1]
    assert "4 symbols joined with case ignored" in network.notes[-1]


def test_the_official_files_are_joined_whatever_the_case(official):
    inputs = official / "BEELINE-data" / "inputs" / "scRNA-Seq"
    (inputs / "mESC").rename(inputs / "mesc")
    (tfs,) = official.rglob("mouse-tfs.csv")
    tfs.write_text("TF1\nTF3\nTF2\n")  # without a header
    (expression,) = official.rglob("ExpressionData.csv")
    expression.write_text(expression.read_text().upper().replace(",C1,C2", ",c1,c2"))
    network = read_reference(official, "mESC", "LOF/GOF")
    assert named(network) == {("G5", "Tf1"), ("Tf1", "G8")}
    assert read_expression(official, "mESC").genes == ("Tf1", "Tf2", "Sept1", "Marc2", "G5", "G8")


def test_columns_are_taken_by_name(official):
    (path,) = official.rglob("GeneOrdering.csv")
    rows = [line.split(",") for line in path.read_text().splitlines()]
    wanted = gene_set_symbols(find_layout(official), "mESC", "TFs+500")
    head = ["Variance", "gene", "other", "vgampvalue"]
    lines = [head, *([v, g, "x", p] for g, p, v in rows[1:])]
    path.write_text("\n".join(";".join(line) for line in lines))
    assert gene_set_symbols(find_layout(official), "mESC", "TFs+500") == wanted
    path.write_text("gene,score,variance\nTf1,1,2\n")
    with pytest.raises(TableError, match=r"GeneOrdering\.csv needs .*'score'"):
        gene_set_symbols(find_layout(official), "mESC", "TFs+500")


def test_pseudotime_is_the_column_that_says_so(official):
    (path,) = official.rglob("PseudoTime.csv")
    path.write_text("cell,cluster,pseudotime_1\nc1,7,0.2\nc2,9,0.5\n")
    np.testing.assert_allclose(
        read_expression(official, "mESC").annotations["pseudotime"], [0.2, 0.5]
    )
    path.write_text("slingshot time,cell\n0.2,c1\n0.5,c2\n")
    np.testing.assert_allclose(
        read_expression(official, "mESC").annotations["pseudotime"], [0.2, 0.5]
    )
    path.write_text("cell,cluster\nc1,7\n")
    with pytest.raises(TableError, match="no column whose name says PseudoTime; it has cell"):
        read_expression(official, "mESC")
    path.write_text(",PseudoTime\nC-1,7\n")
    with pytest.raises(TableError, match="names none of the cells"):
        read_expression(official, "mESC")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_a_network_is_read_however_a_spreadsheet_saved_it(official, delimiter, encoding):
    wanted = read_reference(official, "mESC", "LOF/GOF")
    (path,) = official.rglob("mESC-lofgof-network.csv")
    path.write_bytes(path.read_text().replace(",", delimiter).encode(encoding))
    network = read_reference(official, "mESC", "LOF/GOF")
    assert (named(network), network.notes) == (named(wanted), wanted.notes)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("STRING-network.csv", "Gene1,Gene2\nENSMUSG1,ENSMUSG2\n", "No line of mESC x STRING"),
        ("STRING-network.csv", "TF,Target\nTf1,Tf2\n", r"Gene1 and Gene2; it has TF, Target"),
        ("mouse-tfs.csv", "TF\nENSMUSG00000031162\n", r"mouse-tfs\.csv .* no gene in common"),
        ("ExpressionData.csv", ",c1\n10320,1\n", r"ExpressionData\.csv .* no gene in common"),
    ],
)
def test_an_empty_join_is_refused(official, file, text, told):
    (path,) = official.rglob(file)
    path.write_text(text)
    with pytest.raises(TableError, match=told):
        read_reference(official, "mESC", "STRING")


def test_what_an_operating_system_leaves_is_no_data(official):
    wanted = read_reference(official, "mESC", "STRING")
    real = official / "BEELINE-data"
    beside = official / "AAA" / "__MACOSX-2" / "inputs" / "scRNA-Seq" / "mESC"
    for path in [*real.rglob("*.csv")]:
        junk = [path.with_name(f"._{path.name}"), beside / path.name]
        junk.append(official / ".Trash-0" / path.relative_to(real))
        for other in junk:
            other.parent.mkdir(parents=True, exist_ok=True)
            other.write_bytes(b"\0\5\26\7junk")
    network = read_reference(official, "mESC", "STRING")
    assert network.genes == wanted.genes
