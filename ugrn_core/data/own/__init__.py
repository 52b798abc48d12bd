"""A user's own cells: read, recognised, cut to a panel, kept."""
