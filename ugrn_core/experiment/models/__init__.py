"""Which models can be asked here, bringing one to this machine, and making it ready to score."""
