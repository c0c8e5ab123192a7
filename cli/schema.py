"""`apportion schema`: prints the GraphQL contract, or holds a file against it."""

import difflib
from pathlib import Path
from typing import Annotated

import typer

FAILED = 1


def schema(
    check: Annotated[
        Path | None,
        typer.Option("--check", help="A printed schema; fails with the difference, if any."),
    ] = None,
) -> None:
    """Print schema.graphql."""
    # The schema takes a second to build, which the help text need not wait for.
    from gql.schema import schema as built

    printed = built.as_str() + "\n"
    if check is None:
        typer.echo(printed, nl=False)
        return
    kept = check.read_text(encoding="utf-8") if check.exists() else ""
    if kept == printed:
        return
    difference = difflib.unified_diff(
        kept.splitlines(keepends=True), printed.splitlines(keepends=True), str(check), "schema"
    )
    typer.echo("".join(difference), nl=False, err=True)
    typer.echo("Print it again with `make schema`.", err=True)
    raise typer.Exit(FAILED)
