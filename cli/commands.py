"""`apportion commands`: prints the command table, which docs/reference/command-table.md keeps."""

from collections.abc import Iterable

import typer

import domain.allocation
import domain.calendar
import domain.clocks.commands
import domain.funding
import domain.master_data.commands
import domain.milestones.commands
import domain.orders.commands
import domain.parties.customers
import domain.parties.people
import domain.penalties
import domain.policy.commands
import domain.pricing
import domain.production
import domain.scenarios
import domain.supply
import domain.tasks.commands  # noqa: F401  # each writes its rows into the table
from domain.commands import Command, all_commands
from domain.orders.transition import Transition
from domain.roles import MAY, Role

HEADING = """# The command table

What can be asked for, one row each, as `apportion commands` prints it. A command is found by its
name in the code: search for `"orderConfirm"`. Its mutation has that name, its input is
`OrderConfirmInput`, the audit log calls it so, and the history `ORDER_CONFIRM`.

| command | who may, beside ADMIN | order is | order becomes | customers see | button | history |
|---|---|---|---|---|---|---|
"""


def commands() -> None:
    """Print the table of business commands."""
    typer.echo(table(), nl=False)


def table() -> str:
    """The whole table as Markdown."""
    rows = sorted(all_commands(), key=lambda row: row.name)
    return HEADING + "".join(f"{_line(each)}\n" for each in rows)


def _line(row: Command) -> str:
    rule = ("", "", "")
    if isinstance(row, Transition):
        rule = (_words(row.sources), _words(row.targets) or "the same", _seen(row))
    titles = (" / ".join(row.title or ()), " / ".join(row.history or ()))
    cells = (f"`{row.name}`", _who(row), *rule, *titles)
    return f"| {' | '.join(cells)} |"


def _who(row: Command) -> str:
    may = [role for role in Role if role in MAY[row.action] and role != Role.ADMIN]
    others = [role for role in Role if role not in MAY[row.action]]
    if len(others) < len(may):
        return f"all but {_words(others)}" if others else "all"
    return _words(may) or "ADMIN alone"


def _words(words: Iterable[str]) -> str:
    return ", ".join(words)


def _seen(row: Transition) -> str:
    if row.customers_see is None:
        return "no"
    return ", ".join(each.name for each in row.customers_see) or "yes"
