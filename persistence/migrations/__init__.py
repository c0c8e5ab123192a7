"""Revisions of the schema, applied by `persistence.migrate`."""
