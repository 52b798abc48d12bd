"""What chance does to contexts: bands, the null of cells dealt out, random weights."""
