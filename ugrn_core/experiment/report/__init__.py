"""How a table of results reads: tables, figures, document."""
