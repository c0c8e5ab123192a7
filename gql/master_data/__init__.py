"""Master data: what departments set, its history, and proposals."""
