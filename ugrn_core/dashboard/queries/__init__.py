"""Cached reads of tables on disk."""
