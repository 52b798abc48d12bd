"""Parts of the Gene pair page."""
