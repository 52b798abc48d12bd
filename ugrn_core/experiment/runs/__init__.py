"""Which network a backbone gave: what a run is, its computation, its results."""
