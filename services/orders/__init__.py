"""The life of an order, act by act; each act is one transaction."""
