"""Masked-value pretraining of the embedded backbone."""
