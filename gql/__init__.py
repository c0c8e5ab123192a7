"""Door for people and programs: the GraphQL contract over HTTP."""
