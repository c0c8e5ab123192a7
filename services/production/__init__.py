"""Use cases of an order's making: materials, stages of production, inspections (O11, O12)."""
