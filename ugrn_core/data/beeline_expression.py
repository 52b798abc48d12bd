"""Where `read_expression` lay before BEELINE's readers got a folder: scripts still name it."""

from ugrn_core.data.beeline.cells import read_expression

__all__ = ["read_expression"]
