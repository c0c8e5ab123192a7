"""A company's own templates, and its own names for steps (M1, M2)."""

from domain.commands import command, described
from domain.limits import LONGEST, NAME, Text
from domain.roles import Action

TEMPLATE = "MilestoneTemplate"


@command(
    "milestoneTemplateKeep",
    Action.MANAGE_TEMPLATES,
    subject=TEMPLATE,
    title=("Save a template", "保存节点模板"),
    history=("Template saved", "节点模板已保存"),
    input_description="A company's own template.",
)
class SaveTemplate:
    """Add a company's own template, or its next version; every fault is named."""

    text: str = described("Its text.", limit=Text(LONGEST), name="template")
    form: str = "TOML"


@command(
    "milestoneStepRename",
    Action.MANAGE_TEMPLATES,
    subject=TEMPLATE,
    title=("Rename a step", "修改节点名称"),
    history=("Step renamed", "节点名称已修改"),
    input_description="Other names for a step of a template.",
)
class RenameStep:
    """Give a step of a template other names, also on orders that have begun."""

    template: str = described("The template's code.")
    number: int = described("The step's number.")
    label_en: str = described("Its name in English.", limit=Text(NAME))
    label_zh: str = described("Its name in Chinese.", limit=Text(NAME))
