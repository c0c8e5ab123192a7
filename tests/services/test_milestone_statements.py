"""What commands on milestones cost, and that the history in the database leads to the steps."""

import datetime as dt
from dataclasses import replace

from sqlalchemy import select

from domain.milestones.commands.closing import (
    CloseMilestone,
    HandOnMilestone,
    ReopenMilestone,
    SkipMilestone,
)
from domain.milestones.commands.estimates import EstimateMilestone, PlanBackward, RecordVendorDate
from domain.milestones.commands.order import FollowTemplate
from domain.milestones.history import StepEvent, replayed
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.principals import SYSTEM
from persistence.milestones.reading import load_milestones
from persistence.tables import MilestoneEventRow
from services.commands import OnOne
from services.milestones.commands import act_on_milestone, plan_order_backward, record_anchors
from services.milestones.order import start_another
from services.policy import current_policy
from tests.milestones import anchors_of
from tests.services.order_office import Office
from tests.services.test_order_milestones import MANAGER, TODAY, confirmed, steps, work
from tests.statements import counting

# Who asks, the policy, the order locked, its steps read, the calendar, all that changed written.
A_COMMAND = 6


async def everything(office: Office) -> tuple[int, dict[str, int]]:
    """An order on whose steps everything was done; how many statements each command took."""
    order = await confirmed(office)
    ids = {number: row.id for number, row in (await steps(office, order)).items()}
    later = TODAY + dt.timedelta(days=30)
    done = {
        "estimate": (2, EstimateMilestone(TODAY + dt.timedelta(days=5))),
        "close": (2, CloseMilestone()),
        "reopen": (2, ReopenMilestone("sent to the wrong address")),
        "skip": (2, SkipMilestone("no down payment agreed")),
        "hand on": (4, HandOnMilestone()),
        "vendor's first date": (9, RecordVendorDate("A", later)),
        "vendor's other date": (9, RecordVendorDate("A", later + dt.timedelta(days=9))),
        "arrival": (17, EstimateMilestone(event_on=later + dt.timedelta(days=60))),
    }
    costs = {}

    async def count(name: str, act, command) -> None:
        with counting(office.deps.engine) as statements:
            await work(office, MANAGER, act, command)
        costs[name] = len(statements)

    for name, (number, command) in done.items():
        await count(name, act_on_milestone, OnOne(ids[number], command))
    proof = {AnchorEvent.PACKAGING_PROOF_SENT: TODAY}
    terms = {ContractTerm.PRODUCTION_DAYS: 50}
    await count("anchors", record_anchors, anchors_of(order, proof, terms))
    plan = PlanBackward(order, later + dt.timedelta(days=90), apply=True)
    await count("backward plan", plan_order_backward, plan)
    await count("another flow", start_another, FollowTemplate(order, "TRACKING_SHEET"))
    return order, costs


async def test_a_command_writes_all_steps_and_their_history_at_once(office: Office) -> None:
    """M2 M4: however many steps move; closing is audited too, and a task is raised with one."""
    _, costs = await everything(office)
    assert costs == {
        **dict.fromkeys(costs, A_COMMAND),
        "close": A_COMMAND + 1,
        "vendor's other date": A_COMMAND + 1,
        "arrival": A_COMMAND + 1,
    }


async def test_the_history_in_the_database_leads_to_the_steps(office: Office) -> None:
    """M4 O15: events as they are stored, played back, give each step as it stands."""
    order, _ = await everything(office)
    async with office.deps.unit_of_work(SYSTEM) as uow:
        _, policy = await current_policy(uow)
        found = await load_milestones(uow.session, [order], policy.zone)
        rows = await uow.session.scalars(select(MilestoneEventRow).order_by(MilestoneEventRow.id))
        history = list(rows)
    assert len(found) == 2
    for loaded in found:
        numbers = {key: number for number, key in loaded.ids.items()}
        events = [
            StepEvent(numbers[row.milestone_id], row.kind, row.reason, row.before, row.after)
            for row in history
            if row.milestone_id in numbers
        ]
        again = replayed(events)
        assert again.keys() == loaded.milestones.facts.keys()
        for number, facts in loaded.milestones.facts.items():
            # What follows from other facts has no event of its own.
            derived = {"reckoned_on": facts.reckoned_on, "waits": facts.waits}
            assert facts == replace(again[number], **derived)
