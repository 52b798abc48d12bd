"""How far a score can be trusted: the zero-shot benchmark, its methods and controls."""
