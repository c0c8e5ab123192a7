"""Customers, regions, stores, warehouses, and people."""
