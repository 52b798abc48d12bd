"""How a backbone is made and validated."""
