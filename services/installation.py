"""A database that nobody has used yet gets its purpose, policy and milestone templates."""

import tomllib
from pathlib import Path
from typing import Any

from domain.errors import InvalidInput
from domain.messages import msg
from domain.milestones.steps import MilestoneTemplate
from domain.milestones.template_schema import template_of
from domain.policy import Policy
from domain.policy.checks import Surroundings, check_settings
from domain.principals import SYSTEM
from services.bootstrap import Dependencies
from services.milestones.templates import install_own_templates
from services.policy import install

# The section of the company's file that holds its own milestone templates.
TEMPLATES = "milestone_templates"


async def ensure_installed(deps: Dependencies) -> None:
    """Install what a company's own database begins with; an installed one is left as it is.

    Raises InvalidInput or InvalidTemplate when the file of APPORTION_COMPANY cannot be used.
    """
    policy = company_policy(deps.settings.company)
    own = company_templates(deps.settings.company)
    async with deps.unit_of_work(SYSTEM) as uow:
        await install(uow, "LIVE", policy)
        await install_own_templates(uow, own)


def company_policy(file: Path | None) -> Policy:
    """The policy of a TOML file; the documents' own where there is none."""
    policy = Policy.from_body(
        {name: value for name, value in _body(file).items() if name != TEMPLATES}
    )
    # Regions and stores come later.
    check_settings(policy, Surroundings())
    return policy


def company_templates(file: Path | None) -> list[MilestoneTemplate]:
    """The milestone templates of the same file, each checked as a whole."""
    found = _body(file).get(TEMPLATES, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InvalidInput(msg("policy.NO_TEMPLATES_LIST", templates=TEMPLATES), field=TEMPLATES)
    return [template_of(each) for each in found]


def _body(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(msg("policy.IN_FILE", name=file.name, error=error)) from None
