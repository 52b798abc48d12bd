"""Files of cells in the formats people have them in: one way to read them all."""
