"""How well a score tells known edges from other pairs; whose score it is, is not known here."""
