"""Parts of several pages: gene sets, how they are chosen and shown."""
