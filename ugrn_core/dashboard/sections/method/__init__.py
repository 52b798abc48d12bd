"""Parts of Methods: how it begins, and what its words mean."""
