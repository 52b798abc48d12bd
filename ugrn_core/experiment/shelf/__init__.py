"""What lies on the disk: runs that ship, runs with a name, what may be cleared away."""
