"""Gene sets: named groups of genes, from GMT files of others and from those that ship."""

from ugrn_core.data.gene_sets.gmt import GeneSets, gmt_text, read_gmt
from ugrn_core.data.gene_sets.shipped import COLLECTIONS, shipped_sets

__all__ = ["COLLECTIONS", "GeneSets", "gmt_text", "read_gmt", "shipped_sets"]
