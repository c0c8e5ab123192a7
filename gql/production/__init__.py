"""Materials, production and inspections of orders in the API (O11, O12)."""
