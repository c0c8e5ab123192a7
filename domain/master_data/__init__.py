"""Master data that departments set from a day on (P7)."""
