"""The command, called within the test's process: its status, and what it printed where."""

import asyncio
import os
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from cli.language import command_of
from cli.main import build
from services.settings import Settings
from tests.conftest import environment_of


@dataclass(frozen=True)
class Printed:
    """What a command left behind; `out` without blanks at the ends of lines."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What was printed, line by line."""
        return self.out.splitlines()


async def typed(settings: Settings, *words: str) -> Printed:
    """Call `apportion` with these words; in a thread, since it makes an event loop of its own."""

    def call() -> Printed:
        with pytest.MonkeyPatch.context() as patch:
            for name in os.environ:
                if name.startswith("APPORTION_"):
                    patch.delenv(name)
            found = CliRunner().invoke(
                build(command_of(words)),
                list(words),
                env=environment_of(settings),
                catch_exceptions=False,
            )
        out = "\n".join(line.rstrip() for line in found.stdout.splitlines())
        return Printed(found.exit_code, out, found.stderr)

    return await asyncio.to_thread(call)
