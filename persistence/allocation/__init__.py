"""Allocation in the database: runs and claims on them, the snapshot, the commit of a plan."""
