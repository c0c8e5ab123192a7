"""The allocator against read-and-sort, the plain rule loop and the program alone."""
