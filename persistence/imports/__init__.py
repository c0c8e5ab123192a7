"""Loading many rows at once: COPY into staging tables, then one statement per question."""
