"""What one chooses of a drawing: which genes, how large their labels."""
