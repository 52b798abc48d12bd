"""Do real cells as the background help a backbone to know edges? Measured, and read back."""
