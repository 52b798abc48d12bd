"""Which defaults, and why: trials that differ in one thing."""
