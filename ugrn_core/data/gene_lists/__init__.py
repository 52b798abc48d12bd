"""Gene lists as people paste and keep them: one reader for text, code, tables and workbooks."""

from ugrn_core.data.gene_lists.reading import (
    LARGEST_LIST,
    GeneList,
    genes_from_bytes,
    genes_from_text,
    read_gene_list,
)
from ugrn_core.data.gene_lists.words import symbols_of_date, why_no_gene

__all__ = [
    "LARGEST_LIST",
    "GeneList",
    "genes_from_bytes",
    "genes_from_text",
    "read_gene_list",
    "symbols_of_date",
    "why_no_gene",
]
