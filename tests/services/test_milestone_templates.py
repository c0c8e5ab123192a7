"""Templates in the database: installed once, kept by version; and what falls due (M1, M7)."""

import datetime as dt

import pytest
from sqlalchemy import select

from domain.calendar import SetBusinessDay
from domain.errors import NotAllowed
from domain.milestones.commands.closing import CloseMilestone
from domain.milestones.commands.templates import RenameStep, SaveTemplate
from domain.milestones.further_templates import BUILT_IN_TEMPLATES
from domain.milestones.template_schema import body_of
from domain.principals import SYSTEM, Principal
from persistence.milestones.templates import current_template, current_templates, template_of_row
from persistence.tables import MilestoneRow, MilestoneTemplateRow, OrderRow
from services.bootstrap import Dependencies
from services.calendar.changes import set_business_day
from services.commands import OnOne
from services.milestones.commands import act_on_milestone
from services.milestones.due import notify_of_due_milestones
from services.milestones.templates import install_templates, rename_step, save_template
from tests.clock import FixedClock
from tests.milestones import start_milestones

pytestmark = pytest.mark.usefixtures("tiny_company")

DIRECTOR = Principal("dong", frozenset({"SALES_DIRECTOR"}))
CODES = ["EXPORT_FLOW", "GARMENT_FLOW", "ORDER_MILESTONES", "TRACKING_SHEET"]
OWN = """
code = "TRACKING_SHEET"
name_en = "Our sheet"
name_zh = "我司追踪表"
[[steps]]
number = 1
code = "ALL"
label_en = "All"
label_zh = "全部"
owner_role = "SALES"
estimate_rules = [{event = "ORDER_CONFIRMED", days = 1, unit = "WORKING"}]
"""


async def order_key(uow) -> int:
    return await uow.session.scalar(select(OrderRow.id).where(OrderRow.order_number == "O1"))


async def test_the_documents_templates_are_installed_once(deps: Dependencies) -> None:
    """M1 M6: and read back as they were written."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await install_templates(uow)
        rows = await current_templates(uow.session)
        assert [(row.code, row.version) for row in rows] == [(code, 1) for code in CODES]
        for template in BUILT_IN_TEMPLATES:
            row = await current_template(uow.session, template.code)
            assert row is not None
            kept = await template_of_row(uow.session, row)
            assert body_of(kept) == body_of(template)


async def test_an_order_keeps_the_version_it_began_with(deps: Dependencies) -> None:
    """M6: a company's own sheet is for new orders; an update of the software leaves it alone."""
    async with deps.unit_of_work(SYSTEM) as uow:
        before = await start_milestones(uow, await order_key(uow), template="TRACKING_SHEET")
    async with deps.unit_of_work(Principal("ann", frozenset({"SALES"}))) as uow:
        with pytest.raises(NotAllowed):
            await save_template(SaveTemplate(OWN), uow)
    async with deps.unit_of_work(DIRECTOR) as uow:
        first = await save_template(SaveTemplate(OWN), uow)
        assert await save_template(SaveTemplate(OWN), uow) == first
    async with deps.unit_of_work(SYSTEM) as uow:
        await install_templates(uow)
        row = await current_template(uow.session, "TRACKING_SHEET")
        assert row is not None
        assert (row.id, row.version, row.name) == (first, 2, "Our sheet")
        assert len(before) == 11
        both = await uow.session.scalars(
            select(MilestoneTemplateRow.is_current)
            .where(MilestoneTemplateRow.code == "TRACKING_SHEET")
            .order_by(MilestoneTemplateRow.version)
        )
        assert list(both) == [False, True]
        again = await start_milestones(uow, await order_key(uow), template="TRACKING_SHEET")
        assert again == before
        other = await uow.session.scalar(select(OrderRow.id).where(OrderRow.order_number == "O2"))
        assert len(await start_milestones(uow, other or 0, template="TRACKING_SHEET")) == 1


async def test_renaming_does_not_make_a_new_version(deps: Dependencies) -> None:
    """M2: and an update of the software does not take the company's names back."""
    async with deps.unit_of_work(DIRECTOR) as uow:
        await rename_step(RenameStep("ORDER_MILESTONES", 5, "Ordered", "已订货"), uow)
    async with deps.unit_of_work(SYSTEM) as uow:
        await install_templates(uow)
        row = await current_template(uow.session, "ORDER_MILESTONES")
        assert row is not None
        assert row.version == 1
        assert (await template_of_row(uow.session, row)).step(5).label_en == "Ordered"


async def test_a_company_s_own_holiday_moves_estimates(deps: Dependencies) -> None:
    """P6 M2: one working day after Friday is Tuesday when the company is closed on Monday."""
    async with deps.unit_of_work(SYSTEM) as uow:
        closed = SetBusinessDay(dt.date(2013, 12, 2), False, "Stocktaking")
        await set_business_day(closed, uow)
        await start_milestones(uow, await order_key(uow))
        first = await uow.session.scalar(
            select(MilestoneRow.estimated_on)
            .where(MilestoneRow.estimated_on.is_not(None))
            .order_by(MilestoneRow.due_on)
        )
    assert first == dt.date(2013, 12, 3)


async def test_what_falls_due_is_announced_once_per_state(
    deps: Dependencies, clock: FixedClock
) -> None:
    """M7 J1: due soon, then overdue; and a day in the calendar leaves the lists when it is over."""
    async with deps.unit_of_work(SYSTEM) as uow:
        promised = {"PROMISED_COMPLETION": dt.date(2013, 12, 20)}
        keys = await start_milestones(uow, await order_key(uow), events=promised)

    async def last_state(number: int) -> tuple[str | None, bool]:
        async with deps.unit_of_work(SYSTEM) as uow:
            row = await uow.session.get_one(MilestoneRow, keys[number - 1])
            return row.told_state, row.is_open

    assert await notify_of_due_milestones(deps) == 1
    assert await notify_of_due_milestones(deps) == 0
    assert await last_state(2) == ("DUE_SOON", True)
    clock.now = dt.datetime(2013, 12, 3, tzinfo=dt.UTC)
    assert await notify_of_due_milestones(deps) == 1
    assert await last_state(2) == ("OVERDUE", True)
    clock.now = dt.datetime(2013, 12, 21, tzinfo=dt.UTC)
    await notify_of_due_milestones(deps)
    # Neither the packaging nor the vendors are done, so its day alone ends nothing.
    assert await last_state(8) == ("OVERDUE", True)
    async with deps.unit_of_work(SYSTEM) as uow:
        for number in (4, 9):
            await act_on_milestone(OnOne(keys[number - 1], CloseMilestone()), uow)
    await notify_of_due_milestones(deps)
    assert (await last_state(8))[1] is False
