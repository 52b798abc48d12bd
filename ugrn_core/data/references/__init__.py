"""Known edges of any species' genes: read from a table, resolved to symbols, kept on disk."""
