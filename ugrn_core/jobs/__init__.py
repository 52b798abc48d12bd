"""Long work that survives its asker: the probe store and background jobs."""
