"""Gene lists against a vocabulary: what is used, as which symbol, and what is not, and why."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.conftest import ROOT
from ugrn_core.backbones import open_backbone
from ugrn_core.data.gene_lists import genes_from_text
from ugrn_core.errors import MissingDataError, PanelError, StorageError
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.catalog.gene_lists import resolve
from ugrn_core.files import sealed, unsealed


@pytest.fixture(scope="module")
def shipped():
    return open_backbone(ROOT / "assets" / "backbones" / "ugrn-small")


def symbols(resolved):
    return [(g.as_given, g.symbol) for g in resolved.used]


def test_every_entry_is_used_or_listed_and_the_counts_add_up(backbone):
    text = "Gene\nGATA1\ngata1\nGATA1\nPU.1\nSPI1\nGATTA1\nT cell\nNaN\n12-Sep\n3.5\n<b>x</b>\n"
    listed = genes_from_text(text)
    found = resolve(listed.entries, backbone)
    assert symbols(found) == [("GATA1", "GATA1"), ("PU.1", "SPI1")]
    assert found.twice == (
        ("gata1", "same gene as GATA1"),
        ("GATA1", "named before"),
        ("SPI1", "same gene as PU.1"),
    )
    assert [entry for entry, _ in found.unknown] == ["GATTA1"]
    assert "did you mean GATA1?" in found.unknown[0][1]
    assert [entry for entry, _ in found.no_gene][:4] == ["Gene", "T cell", "NaN", "12-Sep"]
    parts = len(found.used), len(found.twice), len(found.unknown), len(found.no_gene)
    assert sum(parts) == len(listed.entries) == 12
    assert found.counts == "12 given = 2 used + 3 the same gene twice + 1 unknown + 6 no gene"


def test_names_become_approved_symbols_and_what_was_given_is_kept(backbone):
    found = resolve(("gata1", "ENSG00000066336.12", "TWNK", "PEO1"), backbone)
    assert symbols(found) == [("gata1", "GATA1"), ("ENSG00000066336.12", "SPI1")]
    assert found.as_given == {"GATA1": "gata1", "SPI1": "ENSG00000066336.12"}
    assert found.renamed[0] == ("gata1", "GATA1", "spelled GATA1")
    assert found.renamed[1][2] == "the Ensembl id of SPI1"
    assert dict(found.unknown)["PEO1"].startswith("another name of TWNK, which")


def test_an_id_is_never_answered_with_another_genes(backbone):
    found = resolve(("ENSG00000102146", "ENSG00000139083"), backbone)
    told = dict(found.unknown)
    assert told["ENSG00000102146"] == "an Ensembl id of no gene in the table of gene names"
    assert told["ENSG00000139083"].startswith("the Ensembl id of ETV6, which")
    assert backbone.vocabulary.find("ENSG00000102146").near == ()


def test_short_aliases_need_their_case(shipped):
    found = resolve(("na", "t", "xk", "ar", "T"), shipped)
    assert symbols(found) == [("xk", "XK"), ("ar", "AR"), ("T", "TBXT")]
    assert dict(found.no_gene) == {"na": "a missing value"}
    assert dict(found.unknown)["t"] == "not known; T is a previous symbol of TBXT"


def test_a_token_of_yesterday_is_shown_as_todays_symbol(shipped):
    found = resolve(("SEPT9", "MARC1", "SEPTIN9"), shipped)
    assert symbols(found) == [("SEPT9", "SEPTIN9"), ("MARC1", "MTARC1")]
    assert {g.token for g in found.used} <= set(shipped.vocabulary.tokens)
    assert found.twice == (("SEPTIN9", "same gene as SEPT9"),)


def test_a_list_without_two_genes_is_no_panel_and_says_why(backbone):
    with pytest.raises(PanelError, match=r"1 can be used .*2 given.*'nan': a missing value"):
        resolve(("GATA1", "nan"), backbone).panel()
    assert resolve(("GATA1", "nan", "spi1"), backbone).panel().genes == ("GATA1", "SPI1")


def test_members_of_a_panel_are_told_by_gene_whatever_their_names(backbone):
    panel = resolve(("gata1", "SPI1"), backbone).panel()
    listed = resolve(("ENSG00000102145", "KLF1", "Gata1", "NOBODY", "PU.1"), backbone)
    members, others = gene_lists.panel_members(listed, panel)
    assert members == ("GATA1", "SPI1")
    assert [entry for entry, _ in others] == ["KLF1", "NOBODY", "Gata1"]


def test_kept_entries_come_back_as_given_and_a_damaged_list_does_not(tmp_path):
    entries = ("GATA1", "T cell", "nan", "gata1")
    mark = gene_lists.keep(tmp_path, entries)
    assert gene_lists.kept(tmp_path, mark) == entries
    (path,) = tmp_path.rglob("*.json")
    whole = unsealed(path.read_bytes())
    later = whole | {"format": 2}
    for content in (whole | {"entries": ["GATA2", *entries[1:]]}, whole | {"entries": 1}, later):
        path.write_bytes(sealed(content))
        with pytest.raises(MissingDataError, match="Paste the list again"):
            gene_lists.kept(tmp_path, mark)
    path.unlink()
    of_before = path.with_suffix(".txt")  # as lists were kept before they had a format
    of_before.write_text("GATA1\nT cell\nnan\ngata1\n")
    assert gene_lists.kept(tmp_path, mark) == entries
    of_before.write_text("GATA2\nT cell\nnan\ngata1\n")
    with pytest.raises(MissingDataError, match="Paste the list again"):
        gene_lists.kept(tmp_path, mark)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_list_that_cannot_be_kept_is_told_of_by_its_place_and_one_kept_needs_no_disk(
    tmp_path, monkeypatch, code
):
    mark = gene_lists.keep(tmp_path, ("GATA1", "TAL1"))

    def refuse(path, *_, **__):
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert gene_lists.keep(tmp_path, ("GATA1", "TAL1")) == mark
    for home in (tmp_path, tmp_path / "new"):  # with a folder of lists, and without
        with pytest.raises(StorageError) as caught:
            gene_lists.keep(home, ("GATA1", "KLF1"))
        assert "list cannot be kept" in str(caught.value)
        assert f"'{home / 'panels'}' cannot be written ({os.strerror(code)})" in str(caught.value)
        assert "UGRN_HOME" in str(caught.value)
        assert ".json" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GATA1", "at least two genes; 1 came"),
        ("1-Mar GATA1", "a date: MARCH1 or MARC1"),
        (" ".join(f"G{k}" for k in range(5001)), "at most 5,000 genes; 5,001 came"),
        ("A" * 200_001, "at most 200,000 characters"),
    ],
)
def test_a_pasted_list_has_its_bounds(text, told):
    with pytest.raises(PanelError, match=told):
        gene_lists.read_pasted(text)
