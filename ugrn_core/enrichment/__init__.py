"""Statistics of gene sets and gene lists: which are over-represented, which rank high, and which
regulators explain a list. Genes are symbols; nothing here knows backbones or runs."""
