"""The Probe lab's parts: the knobs, what else is drawn beside, pictures, the tour, the files."""
