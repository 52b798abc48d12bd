"""Gene lists as people paste and keep them: one reader, and nothing dropped without a word."""

from __future__ import annotations

import datetime
import gzip
import os
from pathlib import Path

import openpyxl
import pytest

from ugrn_core.data.gene_lists import genes_from_bytes, genes_from_text, read_gene_list
from ugrn_core.errors import MissingDataError, PanelError, TableError


@pytest.mark.parametrize(
    "text",
    [
        "SPI1\nRUNX1\n",
        "SPI1, RUNX1;",
        "SPI1;RUNX1",
        "SPI1\tRUNX1",
        "SPI1|RUNX1",
        "SPI1 /// RUNX1",
        "  SPI1   RUNX1 ",
        "['SPI1', 'RUNX1']",
        'my.tfs <- c("SPI1", "RUNX1")  # two',
        'tfs = {"SPI1", "RUNX1"}',
        '{"tfs": ["SPI1", "RUNX1"]}',
        "`SPI1`, `RUNX1`.",
        "\u201cSPI1\u201d\u3001\u2018RUNX1\u2019",
        "* SPI1\n* RUNX1",
        "\u2022SPI1\n\u2022 RUNX1",
        "(1) SPI1\n(2) RUNX1",
        "1.SPI1\n2.RUNX1",
        "1\tSPI1\n2\tRUNX1",
        "SPI1 # not GATA1\n# KLF1\nRUNX1 // nor TAL1",
        "symbol,log2FC,padj\nSPI1,1.5,1e-9\nRUNX1,-2,NA",
        ",baseMean,stat\nSPI1,100.5,3\nRUNX1,7,2",
        '"gene"\t"what"\n"SPI1"\t"Spi-1 proto-oncogene, ETS"\n"RUNX1"\t"RUNX family"',
        "cluster;gene\n0;SPI1\n0;RUNX1",
        "SPI1   5.1  0.01\nRUNX1  2.2  0.5",
        "set A\thttps://a.b\tSPI1\tRUNX1\nset B\thttps://a.c\tRUNX1",
        "\ufeffSPI1\r\nRUNX1\r\n",
        "SPI1\u00a0\nRUNX\u200b1",
        "\uff33\uff30\uff29\uff11\uff0c\uff32\uff35\uff2e\uff38\uff11",
        "- **SPI1**\n- _RUNX1_",
        "SPI1/RUNX1",
        "SPI1->RUNX1",
        "SPI1&RUNX1",
        "\u202eSPI1\u202c, \u2067RUNX1\u2069",
        "SPI1\0RUNX1\0",
        "SPI1\u2028RUNX1\u2029",
        "SPI1\u2003RUNX1",
        "a) SPI1\nb) RUNX1",
        ' [1] "SPI1"\n[12] "RUNX1"',
        "Index(['SPI1', 'RUNX1'], dtype='object', name='gene', length=2)",
        "3     SPI1\n17    RUNX1\nName: symbol, Length: 2, dtype: object",
        "SPI1 / RUNX1",
        "SPI1 -> RUNX1",
        "SPI1 + RUNX1",
    ],
)
def test_lists_as_people_write_them(text):
    listed = genes_from_text(text)
    assert listed.genes == ("SPI1", "RUNX1")
    assert listed.no_genes == ()


@pytest.mark.parametrize(
    ("text", "genes", "others"),
    [
        ("NK cell\nCD4\n", ("CD4",), {"NK cell": "words"}),
        ("Gene symbol\nCD4\nMyb", ("CD4", "Myb"), {"Gene symbol": "header"}),
        ("CD4, n/a, NULL, #N/A, ?", ("CD4",), dict.fromkeys(("n/a", "NULL", "NA", "?"), "missing")),
        ("CD4 regulates cells", ("CD4",), {"regulates cells": "words"}),
        ("CD4 and MYB", ("CD4", "MYB"), {"and": "word"}),
        ("CD4\n2-Mar\nMar-2\n", ("CD4",), {"2-Mar": "MARCH2 or MARC2", "Mar-2": "MARCH2 or MARC2"}),
        ("CD4\n2025-12-01\n", ("CD4",), {"2025-12-01": "DEC1"}),
        ("CD4\n10.03.2024\n4-Okt\n", ("CD4",), {"10.03.2024": "MARCH10", "4-Okt": "OCT4"}),
        ("CD4\n03. Mrz\n", ("CD4",), {"03 Mrz": "MARCH3"}),
        ("CD4, SPI1, and MYB", ("CD4", "SPI1", "MYB"), {"and": "word"}),
        ("CD4, SPI1 or MYB cells", ("CD4", "SPI1", "MYB"), {"or": "word", "cells": "word"}),
        ("CD4\n31-Jan\n2.31E+19\n", ("CD4",), {"31-Jan": "a date", "2.31E+19": "a number, which"}),
        ("CD4\n<img src=x>\n../../etc/passwd", ("CD4",), {"img src=x": "words"}),
    ],
)
def test_what_is_no_gene_is_left_out_and_said(text, genes, others):
    listed = genes_from_text(text)
    assert listed.genes == genes
    told = dict(listed.no_genes)
    for entry, why in others.items():
        assert why in told[entry]


@pytest.mark.parametrize("name", ["HLA-A", "NKX2-1", "AC/DC1", "E(spl)m8", "A+B1", "MIR17HG/1"])
def test_names_are_not_taken_apart(name):
    assert genes_from_text(f"SPI1\n{name}").entries == ("SPI1", name)


def test_words_among_genes_refuse_none_of_them():
    assert genes_from_text("Myb Runx9 Cd4 Sox2").genes == ("Myb", "Runx9", "Cd4", "Sox2")
    assert genes_from_text("GATA1 GATTTA TAL1").genes == ("GATA1", "GATTTA", "TAL1")
    assert genes_from_text("SPI1, MYB\nRUNX1, SPI1").genes == ("SPI1", "MYB", "RUNX1", "SPI1")


def test_a_column_is_told_of_and_a_gene_that_is_a_header_too(tmp_path):
    listed = genes_from_text("TF\nSPI1\nRUNX1\n")
    assert listed.genes == ("SPI1", "RUNX1")
    assert "'TF', is taken for a header" in listed.notes[0]
    assert genes_from_text("SPI1\nTF\nRUNX1").genes == ("SPI1", "TF", "RUNX1")
    table = "id\tsymbol\nENSG00000066336\tSPI1\nENSG00000159216\tRUNX1\n"
    listed = genes_from_text(table)
    assert listed.genes == ("SPI1", "RUNX1")
    assert listed.notes == ("The column 'symbol' of a table of 2 columns is read.",)


def workbook(path, rows, sheet="Sheet1"):
    book = openpyxl.Workbook()
    book.active.title = "empty"
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def test_files_of_every_kind(tmp_path):
    rows = [
        ["n", "Gene", "fold"],
        [1, "SPI1", 2.5],
        [2, datetime.datetime(2024, 9, 7), 1],
        [3, "MYB"],
    ]
    listed = read_gene_list(workbook(tmp_path / "genes.xlsx", rows), "panel")
    assert listed.genes == ("SPI1", "MYB")
    assert listed.no_genes[0][0] == "2024-09-07"
    assert "SEPT7" in listed.no_genes[0][1]
    assert "sheet 'Sheet1'" in listed.notes[0]
    column = workbook(tmp_path / "column.txt", [["SPI1"], [None], ["MYB"]])
    assert read_gene_list(column, "panel").genes == ("SPI1", "MYB")
    text = "SPI1\nMYB # ü\n"
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"):
        (tmp_path / "a.txt").write_bytes(text.encode(encoding))
        assert read_gene_list(tmp_path / "a.txt", "panel").genes == ("SPI1", "MYB"), encoding
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(text.encode()))
    assert read_gene_list(tmp_path / "a.txt.gz", "panel").genes == ("SPI1", "MYB")
    (tmp_path / "a.gmt").write_text("a\tna\tSPI1\tMYB\nb\tna\tMYB\tCD4\tCD8A\n")
    assert read_gene_list(tmp_path / "a.gmt", "panel").genes == ("SPI1", "MYB", "CD4", "CD8A")


def test_files_that_hold_no_list(tmp_path):
    file = tmp_path / "panel.txt"
    with pytest.raises(MissingDataError, match="No such file"):
        read_gene_list(file, "panel")
    with pytest.raises(MissingDataError, match="directory"):
        read_gene_list(tmp_path, "panel")
    for content, error, words in (
        (b"", PanelError, "names no gene"),
        (b"# only words\n", PanelError, "names no gene"),
        (b"NaN\n1-Mar\n", PanelError, r"names no gene: 'NaN' \(a missing value\)"),
        (b"\xff\xfe\x00G\x00", TableError, "not whole UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0", TableError, "is not text"),
        (b"PK\x03\x04\x00\x00", TableError, "cannot be read as a workbook"),
        (b"\xd0\xcf\x11\xe0rest", TableError, "old Excel"),
        (b"\x1f\x8bcut", TableError, "cannot be unpacked"),
        (gzip.compress(b"GATA1 " * 400_000), TableError, "cannot be unpacked"),
        (b"GATA1 " * 400_000, PanelError, "larger than 2 MB"),
    ):
        file.write_bytes(content)
        with pytest.raises(error, match=words):
            read_gene_list(file, "panel")
    assert genes_from_bytes(b"SPI1\nMYB", "It").genes == ("SPI1", "MYB")


def test_a_pipe_is_read(tmp_path):
    read, write = os.pipe()
    os.write(write, b"KLF1\nMYC\n")
    os.close(write)
    assert read_gene_list(Path(f"/dev/fd/{read}"), "panel").genes == ("KLF1", "MYC")
    os.close(read)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero here")
def test_a_device_without_end_is_not_read_to_its_end():
    with pytest.raises(PanelError, match="larger than 2 MB"):
        read_gene_list(Path("/dev/zero"), "panel")
