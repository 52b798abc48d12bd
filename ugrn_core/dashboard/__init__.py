"""What the pages are made of: frame, state, cached reads, charts and the network view."""
