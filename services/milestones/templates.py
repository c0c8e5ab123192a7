"""Templates of the documents and of the company itself (M1, M6)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain import limits
from domain.errors import InvalidInput, NotFound
from domain.messages import msg
from domain.milestones.commands.templates import TEMPLATE, RenameStep, SaveTemplate
from domain.milestones.further_templates import BUILT_IN_TEMPLATES
from domain.milestones.steps import MilestoneStep, MilestoneTemplate
from domain.milestones.template_schema import read_template
from domain.principals import SYSTEM_SUBJECT
from persistence.audit import record
from persistence.milestones import templates
from persistence.unit_of_work import UnitOfWork
from services.commands import row_of, use_case

LONGEST_TEMPLATE = 200_000
# Who made a template that came with the company's file.
_COMPANY_FILE = "company file"


async def install_templates(uow: UnitOfWork) -> None:
    """Have the documents' templates at hand; one that the company has changed stays as it is."""
    for template in BUILT_IN_TEMPLATES:
        current = await templates.current_template(uow.session, template.code)
        if current is None:
            await templates.add_template(uow.session, template, SYSTEM_SUBJECT)
        elif current.created_by == SYSTEM_SUBJECT:
            kept = await templates.template_of_row(uow.session, current)
            if _but_for_names(kept) != _but_for_names(template):
                await templates.add_template(uow.session, template, SYSTEM_SUBJECT)


async def install_own_templates(uow: UnitOfWork, own: Sequence[MilestoneTemplate]) -> None:
    """Have a company's own templates at hand; what it has changed since stays as it is."""
    for template in own:
        current = await templates.current_template(uow.session, template.code)
        if current is None or current.created_by == SYSTEM_SUBJECT:
            await templates.add_template(uow.session, template, _COMPANY_FILE)


@use_case
async def save_template(command: SaveTemplate, uow: UnitOfWork) -> int:
    """Add a company's own template, or the next version of one; its key.

    Orders that have begun keep the version they began with. The same template again changes
    nothing. Raises InvalidTemplate with every fault there is.
    """
    if len(command.text) > LONGEST_TEMPLATE:
        raise InvalidInput(
            msg("milestones.TEMPLATE_LENGTH", most=LONGEST_TEMPLATE), field="template"
        )
    template = read_template(command.text, command.form)
    current = await templates.current_template(uow.session, template.code, for_update=True)
    before: dict[str, Any] | None = None
    if current is not None:
        kept = await templates.template_of_row(uow.session, current)
        if kept == template:
            return current.id
        before = {"version": current.version}
    template_id = await templates.add_template(uow.session, template, uow.actor)
    after = {"code": template.code, "steps": len(template.steps)}
    name = row_of(command).name
    await record(uow, name, TEMPLATE, template_id, before=before, after=after)
    return template_id


@use_case
async def rename_step(command: RenameStep, uow: UnitOfWork) -> int:
    """Give a step other names, also on orders that have begun; the template's current key."""
    labels = (command.label_en.strip(), command.label_zh.strip())
    if not all(1 <= len(label) <= limits.NAME for label in labels):
        raise InvalidInput(msg("milestones.STEP_NAME"), field="labelEn")
    current = await templates.current_template(uow.session, command.template)
    if current is None:
        raise NotFound("milestone template", command.template, field="template")
    renamed = await templates.rename_step(uow.session, command.template, command.number, *labels)
    if not renamed:
        raise NotFound("step", str(command.number), field="number")
    after = {"number": command.number, "labelEn": labels[0], "labelZh": labels[1]}
    await record(uow, row_of(command).name, TEMPLATE, current.id, after=after)
    return current.id


def _but_for_names(template: MilestoneTemplate) -> list[MilestoneStep]:
    """What a new version of this software may change; names belong to the company."""
    return [
        replace(step, label_en="", label_zh="", document=None, days=None) for step in template.steps
    ]
