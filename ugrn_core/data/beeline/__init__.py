"""BEELINE's data sets and reference networks, from a folder in any of its layouts."""
