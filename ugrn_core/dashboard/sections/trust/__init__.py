"""Parts of the Probe benchmark page."""
