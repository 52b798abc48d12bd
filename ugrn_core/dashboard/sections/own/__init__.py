"""Parts of the page Data: how cells come in."""
