"""What language commands speak: `--lang`, else APPORTION_LANG, else the company's (O15)."""

import pytest
from sqlalchemy import select

from domain.languages import Language
from domain.policy.commands import UpdatePolicy
from domain.principals import SYSTEM
from persistence.tables import PersonRow
from services.bootstrap import Dependencies
from services.policy import update_policy
from services.settings import Settings
from tests.cli.command import typed

pytestmark = pytest.mark.usefixtures("tiny_company")

ADDED = {"en": "Added li.", "zh": "已新增li。"}


async def speaks(deps: Dependencies, language: str) -> None:
    """The company names a language."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await update_policy(UpdatePolicy({"language": language}), uow)


@pytest.mark.parametrize(
    ("switch", "variable", "company", "spoken"),
    [
        (None, None, None, "en"),
        (None, None, "zh", "zh"),
        (None, Language.ZH_HANS, "en", "zh"),
        ("en", Language.ZH_HANS, "zh", "en"),
        ("zh", None, "en", "zh"),
    ],
)
async def test_the_switch_goes_before_the_variable_and_the_variable_before_the_company(
    deps: Dependencies,
    settings: Settings,
    switch: str | None,
    variable: Language | None,
    company: str | None,
    spoken: str,
) -> None:
    if company is not None:
        await speaks(deps, company)
    if variable is not None:
        settings = settings.model_copy(update={"lang": variable})
    first = [] if switch is None else ["--lang", switch]
    said = await typed(settings, *first, "user", "li", "--role", "SALES")
    assert (said.status, said.lines) == (0, [ADDED[spoken]])


async def test_a_refusal_speaks_the_company_s_language(
    deps: Dependencies, settings: Settings
) -> None:
    await speaks(deps, "zh")
    said = await typed(settings, "user", "li", "--role", "CUSTOMER", "--customer", "X")
    assert (said.status, said.err.splitlines()[-1]) == (2, "没有客户“X”。")


async def test_a_person_s_language_is_set_and_taken_away(
    deps: Dependencies, settings: Settings
) -> None:
    """What is left out stays."""
    kept = []
    for words in (
        ("--role", "SALES", "--language", "zh"),
        ("--name", "Li"),
        ("--language", "none"),
    ):
        assert (await typed(settings, "user", "li", *words)).status == 0
        async with deps.unit_of_work(SYSTEM) as uow:
            kept.append(await uow.session.scalar(select(PersonRow.language)))
    assert kept == [Language.ZH_HANS, Language.ZH_HANS, None]
