"""What a page shows: pages/X.py draws from sections/X.py, one to one."""
