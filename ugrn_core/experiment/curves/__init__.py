"""Which curves are computed, where, and at what cost."""
