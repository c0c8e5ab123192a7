"""The whole story of an order in one list by time, and its words."""
