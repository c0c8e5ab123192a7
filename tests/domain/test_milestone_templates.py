"""Templates are data: the documents' own, and a company's, checked as a whole when loaded."""

import json

import pytest

from domain.errors import InvalidInput
from domain.milestones.further_templates import BUILT_IN_TEMPLATES
from domain.milestones.order_steps import ORDER_TEMPLATE
from domain.milestones.steps import MilestoneTemplate
from domain.milestones.template_checks import faults_between_steps
from domain.milestones.template_schema import InvalidTemplate, body_of, read_template

OWN = """
code = "REPAIRS"
name_en = "Repairs"
name_zh = "维修"

[[steps]]
number = 1
code = "TAKEN_IN"
label_en = "Taken in"
label_zh = "接收"
owner_role = "AFTER_SALES"
estimate_rules = [{event = "ORDER_CONFIRMED"}]

[[steps]]
number = 2
code = "RETURNED"
label_en = "Returned"
label_zh = "寄回"
owner_role = "LOGISTICS"
predecessors = [1]
takes = ["estimate", "event", "closed"]
attendees = ["AFTER_SALES"]
estimate_rules = [{step = 1, days = 5, unit = "WORKING"}]
"""


@pytest.mark.parametrize("template", BUILT_IN_TEMPLATES, ids=lambda each: each.code)
def test_the_documents_templates_are_sound(template: MilestoneTemplate) -> None:
    """M6: seventeen steps, eleven, ten and eleven; each has an owner and two names."""
    assert list(faults_between_steps(template)) == []
    assert all(step.owner_role and step.label_en and step.label_zh for step in template.steps)
    assert read_template(json.dumps(body_of(template)), "JSON") == template


def test_how_many_steps_each_has() -> None:
    """M1 M6: ORD has 17, the tracking sheet 11, export 10, garments 11."""
    assert [len(template.steps) for template in BUILT_IN_TEMPLATES] == [17, 11, 10, 11]


@pytest.mark.parametrize(
    ("number", "estimate", "event", "closed"),
    [
        (1, False, False, True),
        (2, True, True, True),
        (3, True, True, True),
        (4, True, True, True),
        (8, True, True, False),
        (10, False, False, True),
        (11, True, True, True),
        (16, False, False, True),
        (17, False, True, False),
    ],
)
def test_each_step_takes_just_its_fields(
    number: int, estimate: bool, event: bool, closed: bool
) -> None:
    """M2: 1, 10, 16 closed date only; 2, 3, 4, 11 all three; 8 no closed date; 17 the event."""
    step = ORDER_TEMPLATE.step(number)
    assert (step.takes_estimate, step.takes_event, step.takes_closed) == (estimate, event, closed)


def test_who_attends() -> None:
    """M3: 2 and 4 sales leaders; 3 and 11 accounting too; 8 purchasing; 17 the salesperson."""
    leaders = {"SALES_MANAGER", "SALES_DIRECTOR"}
    attend = {step.number: set(step.attendees) for step in ORDER_TEMPLATE.steps}
    assert attend[2] == attend[4] == leaders
    assert attend[3] == attend[11] == leaders | {"ACCOUNTING_MANAGER"}
    assert attend[8] == leaders | {"PURCHASING", "PURCHASING_MANAGER"}
    assert attend[17] == {"SALES"}


def test_a_company_s_own_template_is_read_from_toml() -> None:
    """M1 M6: what a step does not say takes its default."""
    template = read_template(OWN, "TOML")
    assert [step.code for step in template.steps] == ["TAKEN_IN", "RETURNED"]
    assert template.step(1).takes_closed
    assert template.step(2).estimate_rules[0].days == 5


def test_all_faults_are_named_at_once() -> None:
    """M1: wrong owner, unknown attendee, no such predecessor or event, misspelt settings."""
    text = (
        OWN.replace('"AFTER_SALES"\nestimate', '"JANITOR"\nestimate')
        .replace('attendees = ["AFTER_SALES"]', 'attendees = ["CAT"]\ncolour = "red"')
        .replace("ORDER_CONFIRMED", "FULL_MOON")
    )
    with pytest.raises(InvalidTemplate) as refused:
        read_template(text, "TOML")
    found = " ".join(map(str, refused.value.faults))
    assert len(refused.value.faults) == 4
    for word in ("JANITOR", "CAT", "colour", "FULL_MOON"):
        assert word in found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("predecessors = [1]", "predecessors = [7]", "step 7, which does not exist"),
        ("predecessors = [1]", "predecessors = [2]", "waits for itself"),
        ('"TAKEN_IN"', '"RETURNED"', "The code RETURNED stands on more than one step"),
        ("number = 2", "number = 1", "The number 1 stands on more than one step"),
        ('"estimate", "event", "closed"', '"estimate"', "takes no calendar event"),
        ("step = 1, days", "step = 9, days", "hangs on step 9"),
        ('event = "ORDER_CONFIRMED"', "step = 2", "have estimates that hang on each other"),
        ("days = 5", 'days = "five"', "must be a whole number"),
    ],
)
def test_each_fault_is_named(old: str, new: str, fault: str) -> None:
    """M1: what is wrong between steps, and circles, are named with the steps' numbers."""
    assert old in OWN
    with pytest.raises(InvalidTemplate, match=fault):
        read_template(OWN.replace(old, new), "TOML")


def test_steps_that_wait_for_each_other_are_refused() -> None:
    """M1: predecessors without cycles."""
    text = OWN.replace(
        'owner_role = "AFTER_SALES"', 'owner_role = "AFTER_SALES"\npredecessors = [2]'
    )
    with pytest.raises(InvalidTemplate, match="wait for each other in a circle"):
        read_template(text, "TOML")


@pytest.mark.parametrize(
    "text", ["code = ", "[1, 2]", "\x00", f"code = {'1' * 5_000}", f'{{"code": {"1" * 5_000}}}']
)
def test_what_is_no_table_is_refused(text: str) -> None:
    """M1: a text that can't be read says so, and nothing breaks."""
    for form in ("TOML", "JSON"):
        with pytest.raises((InvalidInput, InvalidTemplate)):
            read_template(text, form)
