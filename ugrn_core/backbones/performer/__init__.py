"""The Performer of scBERT and scFoundation: plain, by hand with its derivative, and its sweeps."""
