"""Door for people and programs: the GraphQL contract over HTTP."""

from gql import vocabularies as vocabularies
