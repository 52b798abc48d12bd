"""Plain links from genes to public databases: nothing is loaded until one is clicked."""

from __future__ import annotations

from urllib.parse import quote_plus, urlencode

import streamlit as st

from ugrn_core.data.gene_names import current_symbol, ensembl_id
from ugrn_core.markdown import literal

_ORGANISMS = {"human": ("Homo sapiens", 9606), "mouse": ("Mus musculus", 10090)}


def gene_links(gene: str, species: str) -> dict[str, str]:
    """Return database -> address of a gene, every part of it encoded."""
    organism, taxon = _ORGANISMS[species]
    symbol = current_symbol(gene) if species == "human" else gene
    ensembl = "https://www.ensembl.org/" + organism.replace(" ", "_")
    stable = ensembl_id(symbol) if species == "human" else ""
    way = f"/Gene/Summary?g={quote_plus(stable)}" if stable else f"/Search/Results?{_q(q=symbol)}"
    uniprot = f'(gene_exact:"{symbol}") AND (organism_id:{taxon})'
    return {
        "Ensembl": ensembl + way,
        "NCBI Gene": "https://www.ncbi.nlm.nih.gov/gene/?"
        + _q(term=f"{symbol}[sym] AND {organism}[orgn]"),
        "UniProt": "https://www.uniprot.org/uniprotkb?" + _q(query=uniprot),
        "STRING": _string((symbol,), taxon),
        "PubMed": "https://pubmed.ncbi.nlm.nih.gov/?" + _q(term=symbol),
    }


def pair_links(source: str, target: str, species: str) -> dict[str, str]:
    """Return database -> address of what is said of two genes together."""
    _, taxon = _ORGANISMS[species]
    both = [current_symbol(g) if species == "human" else g for g in (source, target)]
    return {
        "STRING": _string(tuple(both), taxon),
        "PubMed": "https://pubmed.ncbi.nlm.nih.gov/?" + _q(term=" AND ".join(both)),
    }


def _string(symbols: tuple[str, ...], taxon: int) -> str:
    return "https://string-db.org/cgi/network?" + _q(identifiers="\r".join(symbols), species=taxon)


def _q(**parts: object) -> str:
    return urlencode(parts)


def of_gene(gene: str, species: str) -> None:
    """Draw a line of links from one gene."""
    st.caption(_line(gene, gene_links(gene, species)))


def of_pair(source: str, target: str, species: str) -> None:
    """Draw lines of links from both genes, and from the two together."""
    both = _line(f"{source} and {target}", pair_links(source, target, species))
    genes = [_line(gene, gene_links(gene, species)) for gene in (source, target)]
    st.caption("  \n".join([*genes, both]))


def _line(what: str, links: dict[str, str]) -> str:
    # Streamlit gives links target=_blank and rel="noopener noreferrer".
    named = " · ".join(f"[{name}]({address})" for name, address in links.items())
    return f"{literal(what)} elsewhere: {named}"
