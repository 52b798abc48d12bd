"""The page Contexts: what is asked, and what came out."""
