"""What a reader of our tables does to have the text back that was written."""

from __future__ import annotations

from ugrn_core.export.delimited import guarded


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return text[1:] if text[:1] == "'" and guarded(text[1:]) == text else text
