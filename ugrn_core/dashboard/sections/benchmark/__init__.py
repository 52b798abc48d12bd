"""Parts of the Probe benchmark: every test of a network at a glance."""
