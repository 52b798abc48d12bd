"""Symbols: repaired, mapped between species, never guessed."""

from __future__ import annotations

import pytest

from ugrn_core.data.orthologs import read_orthologs, to_vocabulary
from ugrn_core.data.symbols import repair_symbols
from ugrn_core.data.tfs import human_tfs
from ugrn_core.errors import MissingDataError, OptionError, TableError

VOCABULARY = {"TP53", "C1orf112", "POU5F1", "CD99", "AKR1C1", "AKR1C3", "H2AX", "NA"}


def test_human_symbols_are_looked_up_as_spelled_first():
    mapped = to_vocabulary(["TP53", "C1orf112", "NA", "XYZ"], "human", VOCABULARY.__contains__)
    assert mapped.symbols == {"TP53": "TP53", "C1orf112": "C1orf112", "NA": "NA"}
    assert mapped.missing == ("XYZ",)
    assert mapped.coverage == 0.75
    assert mapped.how == {"exact": 3, "ortholog": 0, "case-insensitive": 0}


def test_case_is_changed_only_where_the_spelling_is_unknown():
    mapped = to_vocabulary(["c1ORF112", "pou5f1"], "human", VOCABULARY.__contains__)
    assert mapped.symbols == {"c1ORF112": "C1orf112", "pou5f1": "POU5F1"}
    assert mapped.how["case-insensitive"] == 2


def test_mouse_genes_go_through_orthologs_then_by_symbol(tmp_path):
    table = tmp_path / "orthologs.csv"
    table.write_text("TP53,Trp53\nAKR1C3,Akr1c18\nAKR1C1,Akr1c18\nZZZ3,Cd99\nMT-TF,\n,Lonely\n")
    orthologs = read_orthologs(table)
    genes = ["TRP53", "Akr1c18", "Pou5f1", "Cd99", "Akr1c6"]
    mapped = to_vocabulary(genes, "mouse", VOCABULARY.__contains__, orthologs)
    assert mapped.symbols == {"TRP53": "TP53", "Akr1c18": "AKR1C1", "Pou5f1": "POU5F1"}
    assert mapped.missing == ("Cd99", "Akr1c6")  # Cd99's partner ZZZ3 is not in the vocabulary
    assert "ortholog table" in mapped.route
    plain = to_vocabulary(genes, "mouse", VOCABULARY.__contains__)
    assert plain.symbols == {"Pou5f1": "POU5F1", "Cd99": "CD99"}
    assert plain.route == "symbol, case ignored"


def test_of_several_partners_the_same_name_wins(tmp_path):
    table = tmp_path / "orthologs.csv"
    table.write_text("human,mouse\nAKR1C1,Akr1c3\nAKR1C3,Akr1c3\n")
    mapped = to_vocabulary(["AKR1C3"], "mouse", VOCABULARY.__contains__, read_orthologs(table))
    assert mapped.symbols == {"AKR1C3": "AKR1C3"}


def test_two_genes_never_share_a_symbol(tmp_path):
    table = tmp_path / "orthologs.csv"
    table.write_text("H2AX,H2afx\nH2AX,H2ax\n")
    mapped = to_vocabulary(
        ["H2ax", "H2afx"], "mouse", VOCABULARY.__contains__, read_orthologs(table)
    )
    assert mapped.symbols == {"H2ax": "H2AX"}
    assert mapped.collisions == {"H2afx": "H2ax"}
    assert mapped.coverage == 0.5


def test_ill_formed_ortholog_tables_and_species_are_refused(tmp_path):
    with pytest.raises(MissingDataError):
        read_orthologs(tmp_path / "absent.csv")
    (tmp_path / "one.csv").write_text("human\nTP53\n")
    with pytest.raises(TableError, match="column 2 is needed"):
        read_orthologs(tmp_path / "one.csv")
    (tmp_path / "none.csv").write_text("TP53,\n,Trp53\n")
    with pytest.raises(TableError, match="pairs no genes"):
        read_orthologs(tmp_path / "none.csv")
    with pytest.raises(OptionError, match="human, mouse"):
        to_vocabulary(["TP53"], "rat", VOCABULARY.__contains__)


def test_shared_table_lifts_the_coverage_of_mouse_genes(shared_data):
    orthologs = read_orthologs(shared_data / "human_mouse_orthologs_ens105.csv")
    assert orthologs["trp53"] == ("TP53",)
    assert len(orthologs) > 18_000


@pytest.mark.parametrize(
    ("damaged", "known", "repaired"),
    [
        ("1-SEP", (), "SEPT1"),
        ("15-Sep", (), "SEP15"),
        ("Sep-07", (), "SEPT7"),
        ("2-MAR", (), "2-MAR"),  # MARCH2 or MARC2: nothing tells
        ("2-MAR", ("MARC2",), "MARC2"),
        ("2-MAR", ("MARC2", "MARCH2"), "2-MAR"),
        ("5-Mar", (), "MARCH5"),
        ("5-Mar", ("Marchf5",), "Marchf5"),
        ("1-Dec", (), "DEC1"),
        ("NKX2-1", (), "NKX2-1"),
        ("1-OCT", (), "1-OCT"),
    ],
)
def test_dates_become_symbols_where_one_reading_is_left(damaged, known, repaired):
    (out,), notes = repair_symbols([damaged], known)
    assert out == repaired
    changed_or_date = damaged not in ("NKX2-1", "1-OCT")
    assert bool(notes) == changed_or_date


def test_a_repair_never_makes_a_duplicate():
    out, notes = repair_symbols(["MARC2", "2-MAR"], ["MARC2"])
    assert out == ("MARC2", "2-MAR")
    assert "left as it is" in notes[0]


def test_transcription_factors_are_those_of_lambert_2018():
    tfs = human_tfs()
    assert len(tfs) == 1639
    assert {"POU5F1", "SOX2", "GATA1", "SPI1", "T", "C11orf95", "ZZZ3", "AC008770.3"} <= tfs
    assert not {"GAPDH", "ACTB", "symbol", ""} & tfs
    assert all(t == t.strip() for t in tfs)


@pytest.mark.parametrize(
    "text",
    [
        "mouse,human\nSpi1,SPI1\nGata2,GATA2\n",
        "Ensembl,MGI symbol,HGNC symbol\nE1,Spi1,SPI1\nE2,Gata2,GATA2\n",
        "Human gene name;Mouse gene name\nSPI1;Spi1\nGATA2;Gata2\n",
        "SPI1,Spi1\nGATA2,Gata2\n",
    ],
)
def test_columns_are_known_by_name(text, tmp_path):
    (tmp_path / "pairs.csv").write_text(text)
    assert read_orthologs(tmp_path / "pairs.csv") == {"spi1": ("SPI1",), "gata2": ("GATA2",)}


@pytest.mark.parametrize("head", ["", "human,mouse\n"])
def test_swapped_columns_are_refused(head, tmp_path):
    (tmp_path / "pairs.csv").write_text(f"{head}Spi1,SPI1\nGata2,GATA2\nTrp53,TP53\n")
    with pytest.raises(TableError, match="swapped: 'Spi1' stands for human"):
        read_orthologs(tmp_path / "pairs.csv")
