"""`apportion whatif`: exit status of scenarios that are refused."""

import asyncio

import pytest

from services.bootstrap import Dependencies
from services.settings import Settings
from tests.cli.test_run import run
from tests.world import tiny


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--supply", "NOWHERE=1"), "NOWHERE"),
        (("--rank", "F1=-1"), "could not be solved"),
    ],
    ids=["a name that is not there", "a figure that the solver refuses"],
)
async def test_a_scenario_that_is_refused_is_bad_input(
    deps: Dependencies, settings: Settings, words: tuple[str, ...], said: str
) -> None:
    """A10: whether the name or the figure is refused, and when, the exit status is 2."""
    await tiny(deps)
    done = await asyncio.to_thread(run, settings, "whatif", *words)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
