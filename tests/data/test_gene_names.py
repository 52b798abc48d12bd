"""What names mean, against facts one can look up at HGNC and MGI."""

from __future__ import annotations

import pytest

from ugrn_core.data.gene_names import Meaning, meanings, orthologs_path
from ugrn_core.data.orthologs import read_orthologs


@pytest.mark.parametrize(
    ("name", "symbol", "how"),
    [
        ("GATA1", "GATA1", "symbol"),
        ("gata1", "GATA1", "symbol"),
        ("C10orf2", "TWNK", "previous"),
        ("C10ORF2", "TWNK", "previous"),
        ("MLL", "KMT2A", "previous"),
        ("ENSG00000102145", "GATA1", "ensembl"),
        ("ENSG00000102145.17", "GATA1", "ensembl"),
        ("ensg00000102145.17", "GATA1", "ensembl"),
        ("Trp53", "TP53", "mouse"),
        ("ENSMUSG00000059552", "TP53", "mouse ensembl"),
        ("OCT4", "POU5F1", "alias"),
        ("PU.1", "SPI1", "alias"),
        ("SEPT1", "SEPTIN1", "previous"),
        ("MARCH1", "MARCHF1", "previous"),
        ("Sfpi1", "SPI1", "alias"),
        ("HLA.A", "HLA-A", "symbol"),
        ("nkx2.1", "NKX2-1", "symbol"),
    ],
)
def test_a_name_means_one_gene(name, symbol, how):
    assert meanings(f" {name} ") == (Meaning(symbol, how),)


def test_several_genes_are_all_named_and_a_symbol_hides_aliases():
    assert len(meanings("CAP")) > 1 or meanings("CAP")[0].how != "alias"
    assert meanings("MET") == (Meaning("MET", "symbol"),)


@pytest.mark.parametrize("name", ["", "NOSUCHGENE", "=HYPERLINK(1)", "<b>", "x" * 10_000, "ENSG1"])
def test_what_is_no_name_means_nothing(name):
    assert meanings(name) == ()


def test_the_shipped_orthologs_are_a_table_the_core_reads():
    table = read_orthologs(orthologs_path())
    assert table["gata1"] == ("GATA1",)
    assert table["trp53"] == ("TP53",)
    assert len(table) > 15_000
