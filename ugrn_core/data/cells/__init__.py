"""Expression of real cells that packages ship."""
