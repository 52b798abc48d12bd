"""What others know: references on the page Data, known edges of a pair, links to databases."""
