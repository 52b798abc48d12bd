"""Reading what others measured: expression, reference networks, gene tables."""
