"""Drawings of the probe lab: curves with secant and tangent, the race, the cell."""
