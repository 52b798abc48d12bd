"""The Data page's part Models: what can be asked here, and bringing more."""
