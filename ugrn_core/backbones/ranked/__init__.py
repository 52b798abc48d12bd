"""Geneformer: cells as queues of genes, its network, and its sweep."""
