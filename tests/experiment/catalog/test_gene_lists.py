"""Gene lists from files and text boxes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ugrn_core.errors import MissingDataError, PanelError, TableError, UnknownGeneError
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.types import Panel


@pytest.mark.parametrize(
    ("text", "genes"),
    [
        ("GATA1\nSPI1\n", ("GATA1", "SPI1")),
        ("GATA1, SPI1;KLF1\tMYC", ("GATA1", "SPI1", "KLF1", "MYC")),
        ("# my list\n GATA1 \r\n\r\nHLA-A\n", ("GATA1", "HLA-A")),
        ("", ()),
    ],
)
def test_lists_as_people_write_them(text, genes):
    assert gene_lists.genes_from_text(text) == genes


@pytest.mark.parametrize(
    "text", ["<script>", "=cmd()", "../../etc\x00", "A" * 65, "GATA1\n\x1b[31mred", '"GATA1"']
)
def test_what_is_no_symbol_is_refused_without_being_echoed_raw(text):
    with pytest.raises(PanelError, match="not a gene symbol") as refused:
        gene_lists.genes_from_text(text)
    assert str(refused.value).isprintable()


def test_a_list_beyond_all_measure_is_refused():
    with pytest.raises(PanelError, match="at most 2 MB"):
        gene_lists.genes_from_text("A" * 2_000_001)


def test_files_that_hold_no_list(tmp_path):
    file = tmp_path / "panel.txt"
    with pytest.raises(MissingDataError, match="No such file"):
        gene_lists.read_gene_list(file, "panel")
    with pytest.raises(MissingDataError, match="directory"):
        gene_lists.read_gene_list(tmp_path, "panel")
    for content, error, words in (
        (b"", PanelError, "names no gene"),
        (b"# only words\n", PanelError, "names no gene"),
        (b"\xff\xfe\x00G", TableError, "is not text"),
        (b"PK\x03\x04\x00\x00", PanelError, "not a gene symbol"),
        (b"GATA1 " * 400_000, PanelError, "larger than 2 MB"),
    ):
        file.write_bytes(content)
        with pytest.raises(error, match=words):
            gene_lists.read_gene_list(file, "panel")


def test_files_as_windows_writes_them_and_pipes(tmp_path):
    file = tmp_path / "panel.txt"
    file.write_bytes(b"\xef\xbb\xbfGATA1\r\nSPI1\r\n")
    assert gene_lists.read_gene_list(file, "panel") == ("GATA1", "SPI1")
    read, write = os.pipe()
    os.write(write, b"KLF1\nMYC\n")
    os.close(write)
    assert gene_lists.read_gene_list(Path(f"/dev/fd/{read}"), "panel") == ("KLF1", "MYC")
    os.close(read)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero here")
def test_a_device_without_end_is_not_read_to_its_end():
    with pytest.raises(PanelError, match="larger than 2 MB"):
        gene_lists.read_gene_list(Path("/dev/zero"), "panel")


def test_a_panel_names_known_genes_once(backbone):
    assert gene_lists.checked_panel(("GATA1", "spi1"), backbone).genes == ("GATA1", "spi1")
    for genes, error, words in (
        (("GATA1",), PanelError, "at least two genes; 1 came"),
        (("GATA1", "SPI1", "GATA1"), PanelError, "'GATA1'"),
        (("GATA1", "gata1"), PanelError, "under two spellings"),
        (("GATA1", "GATA11"), UnknownGeneError, "did you mean GATA1"),
    ):
        with pytest.raises(error, match=words):
            gene_lists.checked_panel(genes, backbone)


def test_unknown_genes_can_be_left_out_with_a_reason(backbone):
    kept, left_out = gene_lists.known_spellings(("GATA1", "gata1", "GATTA1", "SPI1"), backbone)
    assert kept == ("GATA1", "SPI1")
    assert [gene for gene, _ in left_out] == ["gata1", "GATTA1"]
    assert left_out[0][1] == "same gene as GATA1"
    assert "GATA1" in left_out[1][1]


def test_sources_must_be_panel_genes():
    gene_lists.require_in_panel(("GATA1",), Panel(("GATA1", "SPI1")), "sources")
    with pytest.raises(UnknownGeneError, match=r"sources must be panel genes.*did you mean SPI1"):
        gene_lists.require_in_panel(("SPI",), Panel(("GATA1", "SPI1")), "sources")


def test_members_of_a_panel_are_told_by_token_each_once(backbone):
    panel = Panel(("gata1", "SPI1"))
    found, none = gene_lists.panel_members(("GATA1", "KLF1", "Gata1", "NOBODY"), panel, backbone)
    assert found == ("gata1",)
    assert none == ("KLF1", "NOBODY")


def test_other_names_become_the_symbol_the_backbone_has(backbone):
    given = ("GATA1", "PU.1", "ENSG00000066336.12", "TWNK", "NOSUCH")
    used, changed = gene_lists.current_symbols(given, backbone)
    assert used == ("GATA1", "SPI1", "SPI1", "TWNK", "NOSUCH")
    assert [(a, b) for a, b, _ in changed] == [("PU.1", "SPI1"), ("ENSG00000066336.12", "SPI1")]
    assert changed[0][2] == "another name of SPI1"
    assert changed[1][2] == "the Ensembl id of SPI1; your list holds it already"
