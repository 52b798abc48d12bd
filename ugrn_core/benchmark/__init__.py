"""How well a score tells known edges from other pairs; where the score came from is not known here."""
