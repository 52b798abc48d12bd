"""How does a network change from cell type to cell type, stage to stage?"""
