"""Milestone templates, version by version; an order keeps the version it started with."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.milestones.steps import MilestoneStep, MilestoneTemplate
from domain.milestones.template_schema import rule_body, rule_of
from persistence.tables import MilestoneStepRow, MilestoneTemplateRow

# A step's row has a column for each of its fields, of the same name.
_FIELDS = tuple(item.name for item in fields(MilestoneStep))


def step_of(row: MilestoneStepRow) -> MilestoneStep:
    """The step of a row."""
    values = {name: getattr(row, name) for name in _FIELDS}
    values["attendees"] = tuple(row.attendees)
    values["predecessors"] = tuple(int(number) for number in row.predecessors)
    values["estimate_rules"] = tuple(rule_of(rule) for rule in row.estimate_rules)
    return MilestoneStep(**values)


def _values(step: MilestoneStep) -> dict[str, Any]:
    return {name: getattr(step, name) for name in _FIELDS} | {
        "attendees": list(step.attendees),
        "predecessors": list(step.predecessors),
        "estimate_rules": [rule_body(rule) for rule in step.estimate_rules],
    }


async def current_template(
    session: AsyncSession, code: str, *, for_update: bool = False
) -> MilestoneTemplateRow | None:
    """The version of a template that new orders start with."""
    statement = select(MilestoneTemplateRow).where(
        MilestoneTemplateRow.code == code, MilestoneTemplateRow.is_current
    )
    return await session.scalar(
        statement.with_for_update(key_share=True) if for_update else statement
    )


async def current_templates(session: AsyncSession) -> list[MilestoneTemplateRow]:
    """All templates that new orders can start with, by code."""
    statement = select(MilestoneTemplateRow).where(MilestoneTemplateRow.is_current)
    return list(await session.scalars(statement.order_by(MilestoneTemplateRow.code)))


async def steps_of_template(session: AsyncSession, template_id: int) -> list[MilestoneStepRow]:
    """A template's steps in their order."""
    statement = select(MilestoneStepRow).where(MilestoneStepRow.template_id == template_id)
    return list(await session.scalars(statement.order_by(MilestoneStepRow.number)))


async def template_of_row(session: AsyncSession, row: MilestoneTemplateRow) -> MilestoneTemplate:
    """The template of a row, with its steps."""
    steps = await steps_of_template(session, row.id)
    return MilestoneTemplate(row.code, row.name, row.name_zh, tuple(map(step_of, steps)))


async def add_template(session: AsyncSession, template: MilestoneTemplate, actor: str) -> int:
    """Add the next version of a template and make it the current one; its key."""
    await session.execute(
        update(MilestoneTemplateRow)
        .where(MilestoneTemplateRow.code == template.code, MilestoneTemplateRow.is_current)
        .values(is_current=False)
    )
    latest = await session.scalar(
        select(func.max(MilestoneTemplateRow.version)).where(
            MilestoneTemplateRow.code == template.code
        )
    )
    row = MilestoneTemplateRow(
        code=template.code,
        name=template.name_en,
        name_zh=template.name_zh,
        version=(latest or 0) + 1,
        created_by=actor,
    )
    session.add(row)
    await session.flush()
    values = [{**_values(step), "template_id": row.id} for step in template.steps]
    await session.execute(insert(MilestoneStepRow), values)
    return row.id


async def rename_step(
    session: AsyncSession, template_code: str, number: int, label_en: str, label_zh: str
) -> Sequence[int]:
    """Give a step other names in every version of its template; the keys of its rows."""
    versions = select(MilestoneTemplateRow.id).where(MilestoneTemplateRow.code == template_code)
    renamed = await session.scalars(
        update(MilestoneStepRow)
        .where(MilestoneStepRow.template_id.in_(versions), MilestoneStepRow.number == number)
        .values(label_en=label_en, label_zh=label_zh)
        .returning(MilestoneStepRow.id)
    )
    return renamed.all()
