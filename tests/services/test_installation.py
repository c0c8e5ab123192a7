"""What a new database begins with, and settings that this version does not have."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from domain.errors import InvalidInput
from domain.policy import Policy
from domain.principals import SYSTEM
from persistence.milestones.templates import current_templates
from services.bootstrap import Dependencies
from services.installation import company_policy, ensure_installed
from services.policy import current_policy
from services.settings import Settings


async def test_a_new_database_gets_the_companys_policy_once(
    deps: Dependencies, tmp_path: Path
) -> None:
    """P7: APPORTION_COMPANY seeds the policy; later starts leave what is there."""
    file = tmp_path / "company.toml"
    file.write_text('season = "AUTUMN_WINTER"\nreservation_days = 10\n')
    given = replace(deps, settings=deps.settings.model_copy(update={"company": file}))
    await ensure_installed(given)
    file.write_text("reservation_days = 20\n")
    await ensure_installed(given)
    async with deps.unit_of_work(SYSTEM) as uow:
        version, policy = await current_policy(uow)
    assert (version, policy.season, policy.reservation_days) == (1, "AUTUMN_WINTER", 10)


async def test_a_new_database_gets_the_companys_own_templates_once(
    deps: Dependencies, tmp_path: Path
) -> None:
    """M1 M6: one of its own, and one in the place of a document's."""
    file = tmp_path / "company.toml"
    steps = (
        "[[milestone_templates.steps]]\nnumber = 1\ncode = 'A'\nlabel_en = 'a'\n"
        "label_zh = 'a'\nowner_role = 'SALES'\n"
    )
    file.write_text(
        "reservation_days = 10\n"
        + "".join(
            f"[[milestone_templates]]\ncode = '{code}'\nname_en = 'Ours'\nname_zh = 'Ours'\n{steps}"
            for code in ("REPAIRS", "EXPORT_FLOW")
        )
    )
    given = replace(deps, settings=deps.settings.model_copy(update={"company": file}))
    for _ in range(2):
        await ensure_installed(given)
    async with deps.unit_of_work(SYSTEM) as uow:
        found = {row.code: row for row in await current_templates(uow.session)}
    assert len(found) == 5
    assert [(found[code].name, found[code].version) for code in ("REPAIRS", "EXPORT_FLOW")] == [
        ("Ours", 1),
        ("Ours", 2),
    ]


@pytest.mark.parametrize(
    ("content", "named"),
    [("season = ", "company.toml"), ("reservation_day = 3", "reservation_day"), (None, "company")],
)
def test_a_faulty_policy_file_is_named(tmp_path: Path, content: str | None, named: str) -> None:
    """P7: what cannot be read or is not known stops the start."""
    file = tmp_path / "company.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InvalidInput, match=named):
        company_policy(file)


def test_without_a_file_the_documents_count() -> None:
    """P5: the defaults of the documents."""
    assert company_policy(None) == Policy()


def test_an_unknown_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that does nothing must not seem to work."""
    monkeypatch.setenv("APPORTION_DATABSE_URL", "postgresql://somewhere/else")
    with pytest.raises(ValidationError, match="APPORTION_DATABSE_URL is no setting"):
        Settings()
