"""The process of an order, command by command; each is one transaction."""
