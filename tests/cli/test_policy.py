"""`apportion policy`, as a person types it."""

import json
from pathlib import Path

import pytest

from services.bootstrap import Dependencies
from services.settings import Settings
from tests.cli.test_tokens import Command, in_thread

pytestmark = pytest.mark.usefixtures("tiny_company")


@pytest.fixture
def apportion(settings: Settings, deps: Dependencies) -> Command:
    return Command(settings, deps)


async def test_a_policy_is_shown_edited_and_set(
    apportion: Command, deps: Dependencies, tmp_path: Path
) -> None:
    """P7: what `show` prints can be changed and set again; the others stay."""
    status, shown = await in_thread(apportion, "policy", "show")
    settings = json.loads(shown)
    assert (status, settings["version"], settings["reservation_days"]) == (0, 1, 15)

    file = tmp_path / "policy.json"
    file.write_text(json.dumps({**settings, "reservation_days": 10}))
    assert await in_thread(apportion, "policy", "set", str(file), "--reason", "Faster") == (
        0,
        "The policy stands at version 2.",
    )
    _, shown = await in_thread(apportion, "policy", "show")
    assert json.loads(shown)["reservation_days"] == 10


async def test_a_misspelt_setting_is_refused(
    apportion: Command, deps: Dependencies, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("reservation_dys = 10\n")
    status, said = await in_thread(apportion, "policy", "set", str(file))
    assert status == 2
    assert said.startswith("Unknown policy setting 'reservation_dys'")


async def test_no_policy_holds_before_the_first(apportion: Command, deps: Dependencies) -> None:
    assert await in_thread(apportion, "policy", "show", "--on", "1999-01-01") == (
        2,
        "No policy was in force then.",
    )
