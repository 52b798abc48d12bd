"""The corpus a backbone learns from: its data sets, value scale, and what they say untrained."""
