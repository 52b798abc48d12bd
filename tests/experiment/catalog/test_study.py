"""Data sets as a backbone sees them, and scores put back into a network's order."""

from __future__ import annotations

import numpy as np
import pytest

from tests.experiment.conftest import ENSEMBL, GENES, write
from ugrn_core.data.readers.base import Dataset
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import PanelError, UnknownNameError
from ugrn_core.experiment.catalog.datasets import cards, open_dataset, pasted_dataset
from ugrn_core.experiment.catalog.study import fit_to_backbone, scores_for
from ugrn_core.types import ReferenceNetwork


def human(genes, regulators=("GATA1",)) -> Dataset:
    return Dataset("toy", "Toy", "human", tuple(genes), tuple(regulators), "made up")


def mouse(genes, regulators) -> Dataset:
    return Dataset("toy", "Toy", "mouse", tuple(genes), tuple(regulators), "made up")


def test_human_genes_keep_order_and_say_why_some_are_left_out(backbone):
    genes = ["GENE3", "gata1", "GATA1", "GENE3x", "c1orf112"]
    study = fit_to_backbone(human(genes, ["gata1"]), backbone)
    assert study.panel.genes == ("GENE3", "GATA1", "C1orf112")
    assert study.labels == {"GENE3": "GENE3", "GATA1": "gata1", "C1orf112": "c1orf112"}
    reasons = dict(study.left_out)
    assert set(reasons) == {"GENE3x", "GATA1"}
    assert reasons["GENE3x"].startswith("not in the vocabulary; did you mean GENE3")
    assert reasons["GATA1"] == "same gene as gata1"


def test_two_versions_of_one_ensembl_id_are_one_gene(backbone):
    genes = ["GATA1", f"{ENSEMBL}.2", f"{ENSEMBL}.7"]
    study = fit_to_backbone(human(genes), backbone)
    assert study.panel.genes == ("GATA1", ENSEMBL)
    assert study.tokens == {"GATA1": "GATA1", f"{ENSEMBL}.2": ENSEMBL}
    assert study.left_out == ((f"{ENSEMBL}.7", f"same gene as {ENSEMBL}.2"),)


def test_mouse_genes_by_case_or_by_the_table_of_orthologs(backbone, tmp_path):
    genes = ["Gata1", "Gene4", "Pu1", "Trp53"]
    plain = fit_to_backbone(mouse(genes, ["Gata1"]), backbone)
    assert plain.panel.genes == ("GATA1", "GENE4")
    assert plain.labels["GATA1"] == "Gata1"
    table = tmp_path / "orthologs.csv"
    table.write_text("human,mouse\nSPI1,Pu1\nTP53,Trp53\nGENE9,Gene4\n")
    mapped = fit_to_backbone(mouse(genes, ["Gata1", "Pu1"]), backbone, table)
    assert mapped.tokens == {"Gata1": "GATA1", "Gene4": "GENE9", "Pu1": "SPI1"}
    assert mapped.regulators == ("GATA1", "SPI1")
    assert [g for g, _ in mapped.left_out] == ["Trp53"]
    assert "ortholog" in mapped.route
    assert "ortholog" not in plain.route


@pytest.mark.parametrize(
    "dataset", [human(["GATA1", "NOBODY"]), human(GENES[:5], ["NOBODY"]), human([], [])]
)
def test_too_little_left_is_refused_in_counts(dataset, backbone):
    with pytest.raises(PanelError, match="at least two genes and one regulator"):
        fit_to_backbone(dataset, backbone)


def test_regulators_of_a_pasted_list_are_its_human_tfs():
    assert pasted_dataset(("GENE1", "SPI1", "GATA1")).regulators == ("SPI1", "GATA1")
    renamed = ("BMAL1", "TBXT", "Zfta", "ARNTL", "T")
    assert pasted_dataset(("GENE1", *renamed, "GAPDH")).regulators == renamed
    own = pasted_dataset(("GENE1", "SPI1"), ("GENE2",))
    assert own.genes == ("GENE1", "SPI1", "GENE2")
    assert own.regulators == ("GENE2",)


def test_data_sets_are_found_by_name(settings):
    assert {"pbmc68k", "krumsiek2011"} <= {card.name for card in cards(settings)}
    assert len(open_dataset("krumsiek2011", settings).genes) == 11
    with pytest.raises(UnknownNameError, match="Did you mean pbmc68k"):
        open_dataset("pbmc68", settings)


def test_scores_come_back_in_the_networks_order(backbone):
    study = fit_to_backbone(human(["GENE1", "GATA1", "SPI1"], ["GATA1", "SPI1"]), backbone)
    by_token = np.array([[10, 11, 12], [20, 21, 22]], dtype=float)  # rows SPI1, GATA1
    network = ReferenceNetwork(
        "STRING",
        "toy",
        ("SPI1", "NOBODY", "GENE1", "GATA1"),
        np.array([3, 0, 1]),
        np.empty((0, 2), int),
    )
    scores = scores_for(network, study, by_token, ("SPI1", "GATA1"))
    gap = np.nan
    expected = [[22, gap, 20, 21], [12, gap, 10, 11], [gap] * 4]  # rows GATA1, SPI1, NOBODY
    np.testing.assert_array_equal(scores, expected)


def test_the_cells_of_the_official_layout_are_those_of_the_gene_set(tmp_path):
    names = ["Tf1", "2-Mar", *(f"G{k}" for k in range(600))]
    folder = tmp_path / "inputs" / "scRNA-Seq" / "mESC"
    write(folder / "ExpressionData.csv", ",c1,c2\n" + "".join(f"{g},1,2\n" for g in names))
    ordering = "".join(f"{g},0,{9 - k}\n" for k, g in enumerate(names))
    write(folder / "GeneOrdering.csv", ",VGAMpValue,Variance\n" + ordering)
    write(tmp_path / "mouse-tfs.csv", "TF\nTf1\n")
    write(tmp_path / "Networks" / "mouse" / "STRING-network.csv", "Gene1,Gene2\nTf1,G3\n")
    for gene_set, count in (("TFs+500", 501), ("TFs+1000", 602)):
        data = beeline_dataset(tmp_path, "mESC", gene_set)
        assert len(data.genes) == count
        assert set(data.expression.genes) == set(data.genes)
