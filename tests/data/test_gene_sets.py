"""GMT files of others, and the sets that ship."""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files

import pytest

from ugrn_core.data.gene_sets import COLLECTIONS, gmt_text, read_gmt, shipped_sets
from ugrn_core.errors import TableError, UnknownNameError

GOOD = b"# made by hand\nA\thttp://x\tSPI1\tPU.1\tGATA1\n\nB\t\tKLF1,0.5\tENSG00000102145\n"


def test_a_gmt_is_read_with_approved_symbols_each_once():
    sets, notes = read_gmt(GOOD, "the file")
    assert sets == {"A": ("SPI1", "PU.1", "GATA1"), "B": ("KLF1", "GATA1")}
    assert notes == ()
    assert read_gmt(gzip.compress(GOOD), "the file")[0] == sets
    assert read_gmt(gmt_text(sets).encode(), "again")[0] == sets


def test_previous_symbols_become_approved_ones():
    sets, _ = read_gmt(b"A\t\tPPAP2B\tPLPP3\tMLL", "the file")
    assert sets == {"A": ("PLPP3", "KMT2A")}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no gene set"),
        (b"SPI1\nGATA1\n", "Line 1 of the file is none of a GMT file"),
        (b"\t\tSPI1\n", "Line 1"),
        (b"x" * 300 + b"\t\tSPI1\n", "300 characters"),
        (b"\x00\x01\x02", "not text"),
        (b"\x1f\x8b broken", "cannot be unpacked"),
        (b"A\t\tSPI1\n" * 3_000_000, "larger than 20 MB"),
        (gzip.compress(b"A\t\tSPI1\n" * 3_000_000), "cannot be unpacked"),
    ],
)
def test_what_is_no_gmt_is_said(content, said):
    with pytest.raises(TableError, match=said):
        read_gmt(content, "the file")


def test_lines_that_are_not_used_are_told():
    sets, notes = read_gmt(b"A\t\tSPI1\nA\t\tGATA1\nEMPTY\t\t\n", "the file")
    assert sets == {"A": ("SPI1",)}
    assert notes == (
        "1 lines have no gene, such as EMPTY: left out",
        "1 lines have a name that came before, such as A: left out",
    )


def test_a_gene_in_the_place_of_every_description_is_a_gene():
    sets, notes = read_gmt(b"A\tSPI1\tIRF8\nB\tENSG00000102145\tKLF1\n", "the file")
    assert sets == {"A": ("SPI1", "IRF8"), "B": ("GATA1", "KLF1")}
    assert notes == ("no line has a description: what follows a name is a gene",)
    mixed = read_gmt(b"A\tSPI1\tIRF8\nB\tof mine\tKLF1\n", "the file")
    assert mixed == ({"A": ("IRF8",), "B": ("KLF1",)}, ())
    named_after = read_gmt(b"SPI1_targets\tSPI1\tIRF8\tLYZ\n", "the file")
    assert named_after == ({"SPI1_targets": ("IRF8", "LYZ")}, ())


def test_the_sets_that_ship_are_those_of_their_sources():
    hallmark, reactome = shipped_sets("hallmark"), shipped_sets("reactome")
    assert (len(hallmark), len(reactome)) == (50, 1615)
    assert all(name.startswith("HALLMARK_") for name in hallmark.sets)
    assert all(name.startswith("REACTOME_") for name in reactome.sets)
    # Known members: glycolysis of any textbook, and interleukin 6's receptor.
    assert {"PGK1", "LDHA", "ENO1", "ALDOA"} <= set(hallmark.sets["HALLMARK_GLYCOLYSIS"])
    assert len(hallmark.sets["HALLMARK_HYPOXIA"]) == 200
    assert {"IL6", "IL6R", "IL6ST", "JAK1"} <= set(
        reactome.sets["REACTOME_INTERLEUKIN_6_SIGNALING"]
    )
    assert not any("KEGG" in name or "BIOCARTA" in name for name in reactome.sets)


def test_a_collection_nobody_knows_is_said():
    with pytest.raises(UnknownNameError, match="hallmark"):
        shipped_sets("hallmarks")
    assert all(about.licence and about.source for about in COLLECTIONS.values())


def test_the_files_are_those_whose_checksums_are_written_down():
    tables = files("ugrn_core.data") / "tables"
    told = (tables / "README.md").read_text(encoding="utf-8")
    for about in COLLECTIONS.values():
        digest = hashlib.sha256((tables / about.file).read_bytes()).hexdigest()
        assert f"sha256 {digest}" in told
