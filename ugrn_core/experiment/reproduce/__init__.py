"""The paper's table, computed beside its published figures and the controls."""
