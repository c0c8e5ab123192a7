"""People, customers, regions, stores and warehouses."""
