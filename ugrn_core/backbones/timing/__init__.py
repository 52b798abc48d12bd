"""The engine's benchmark: every way to the probes, interleaved in one run on the same shapes."""
