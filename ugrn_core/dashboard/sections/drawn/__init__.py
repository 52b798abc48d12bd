"""What a drawn network offers: the card of what is picked, pinned and hidden genes, labels."""
