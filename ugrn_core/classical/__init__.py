"""Yardsticks that need no backbone: association between genes over cells."""
