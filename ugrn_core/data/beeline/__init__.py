"""BEELINE's data sets and reference networks, from a folder in any of its layouts."""

from ugrn_core.data.beeline.cells import read_expression
from ugrn_core.data.beeline.networks import GENE_SETS, beeline_cells, read_reference

__all__ = ["GENE_SETS", "beeline_cells", "read_expression", "read_reference"]
