"""Kept for one reason: the command of a reported case (two lineages) imports it from here."""

from ugrn_core.data.beeline.cells import read_expression

__all__ = ["read_expression"]
