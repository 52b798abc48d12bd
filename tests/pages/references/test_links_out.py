"""Links to databases: known addresses, every part encoded, whatever a gene is called."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from ugrn_core.dashboard.widgets.links_out import gene_links, pair_links


def test_a_human_gene_is_linked_by_its_approved_symbol_and_ensembl_id():
    links = gene_links("IGJ", "human")  # JCHAIN, once
    assert links["Ensembl"] == (
        "https://www.ensembl.org/Homo_sapiens/Gene/Summary?g=ENSG00000132465"
    )
    assert links["NCBI Gene"] == (
        "https://www.ncbi.nlm.nih.gov/gene/?term=JCHAIN%5Bsym%5D+AND+Homo+sapiens%5Borgn%5D"
    )
    assert parse_qs(urlsplit(links["UniProt"]).query) == {
        "query": ['(gene_exact:"JCHAIN") AND (organism_id:9606)']
    }


def test_a_mouse_gene_is_looked_for_among_mouse_genes():
    links = gene_links("Gata1", "mouse")
    assert links["Ensembl"] == "https://www.ensembl.org/Mus_musculus/Search/Results?q=Gata1"
    assert links["STRING"] == "https://string-db.org/cgi/network?identifiers=Gata1&species=10090"


def test_two_genes_are_asked_together():
    links = pair_links("SPI1", "GATA1", "human")
    assert parse_qs(urlsplit(links["STRING"]).query)["identifiers"] == ["SPI1\rGATA1"]
    assert links["PubMed"] == "https://pubmed.ncbi.nlm.nih.gov/?term=SPI1+AND+GATA1"


def test_nothing_in_a_name_leaves_its_place():
    odd = 'a&b)](javascript:alert(1)) "<script>#?/\n'
    for address in {**gene_links(odd, "human"), **pair_links(odd, "x", "mouse")}.values():
        parts = urlsplit(address)
        assert parts.scheme == "https"
        assert not parts.fragment
        assert set(address).isdisjoint('()[]<>" \n')
