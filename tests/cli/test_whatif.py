"""`apportion whatif`: exit status of scenarios that are refused."""

import asyncio

import pytest

from services.bootstrap import Dependencies
from services.settings import Settings
from tests.cli.command import typed
from tests.cli.test_run import run
from tests.services.test_report import committed

pytestmark = pytest.mark.usefixtures("tiny_company")


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
    done = await asyncio.to_thread(run, settings, "whatif", *words)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_scenario_echoes_its_change_and_what_it_does(
    deps: Dependencies, settings: Settings
) -> None:
    """A10: F2 pays its 3 units: what was reserved ships, and nobody else is listed."""
    await committed(deps)
    printed = await typed(settings, "whatif", "--base", "1", "--funds", "F2=30")
    assert printed.status == 0
    assert printed.lines[:3] == [
        "",
        "Scenario 1, on allocation run 1",
        "  available funds of F2: 30.00",
    ]
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in printed.lines if line}
    assert rows["F2"] == "3 0 -> 3 3 -> 0 0.00 -> 30.00"
    assert "F1" not in rows


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Nothing changes: every franchisee, region and tier is given what the base gives."),
        ("zh", "无变化：各加盟商、区域、店铺级别分得的数量和金额与基准相同。"),
    ],
)
async def test_a_scenario_that_changes_nothing_says_so(
    deps: Dependencies, settings: Settings, language: str, said: str
) -> None:
    """F1 has its 4 units already; more money gets it no more."""
    await committed(deps)
    printed = await typed(
        settings, "whatif", "--base", "1", "--funds", "F1=5000", "--lang", language
    )
    assert printed.status == 0
    assert printed.lines[-1] == said
    assert "F1" in printed.lines[-2]
    assert len(printed.lines) == 4


async def test_a_season_is_named_in_words(deps: Dependencies, settings: Settings) -> None:
    await committed(deps)
    words = ("whatif", "--season", "AUTUMN_WINTER", "--lang")
    for language, line in (("en", "  season: Autumn and winter"), ("zh", "  季节：秋冬季")):
        assert line in (await typed(settings, *words, language)).lines
