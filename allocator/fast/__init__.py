"""The fast path: what is proved about the problem's structure, worked out in whole arrays."""
