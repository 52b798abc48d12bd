"""What the gene vectors of a backbone say of pairs, without a forward pass."""
