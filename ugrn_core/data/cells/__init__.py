"""Expression of real cells: files of users and what packages ship."""
