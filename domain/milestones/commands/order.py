"""Milestones begin, follow and end with their order (M2, M6, O14)."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from domain.commands import command, described
from domain.errors import DomainError, InvalidInput, WrongState
from domain.messages import msg
from domain.milestones.commands.estimates import against_anchors
from domain.milestones.draft import Draft
from domain.milestones.model import Context, OrderMilestones
from domain.milestones.order_events import (
    EVENT_SENTENCES,
    GOODS_ARRIVED,
    ORDER_ENDED,
    OrderNews,
)
from domain.milestones.state_machine import ORDER
from domain.milestones.steps import ORDER_OWNER
from domain.milestones.vocabularies import AnchorEvent
from domain.orders.vocabularies import OrderStatus
from domain.roles import Action, Role, require_department

_BOUND = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED)


@command(
    "milestoneStart",
    Action.WORK_MILESTONES,
    subject=ORDER,
    title=("Start another flow", "增加节点流程"),
    history=("Another flow started", "已增加节点流程"),
    input_description="A further flow for an order.",
)
class FollowTemplate:
    """Give a confirmed order a further flow beside those that it follows (M6). Asked again for the
    same template, it answers with the steps that are there.
    """

    order_id: int = described("The order's id.", id_of=ORDER)
    template: str = described("The template's code, such as TRACKING_SHEET.")


@dataclass(frozen=True)
class StartMilestones:
    """The order is confirmed.

    Step 1 is closed with the day the task was created, the other steps get the estimates that are
    known. Steps that an import brought before get their anchors. Done again it changes nothing.
    terms: the contract's, in days. salesperson_id: who does the steps of sales.
    """

    events: Mapping[str, dt.date]
    terms: Mapping[str, int] = field(default_factory=dict)
    salesperson_id: int | None = None

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """Anchors that there are, and a task that was created."""
        yield from against_anchors(self.events, self.terms)
        if self.events[AnchorEvent.TASK_CREATED] > at.today:
            yield InvalidInput(msg("milestones.TASK_NOT_TO_COME"), field="taskCreatedOn")

    def effect(self, draft: Draft) -> None:
        """All steps are there."""
        if draft.plan is not None:
            return
        is_new = not draft.facts
        draft.put_in_force(self.events, self.terms)
        if is_new:
            for step in draft.steps:
                owner = self.salesperson_id if step.owner_role == Role.SALES else None
                draft.start(step.number, owner)
            created = AnchorEvent.TASK_CREATED
            draft.close_by_anchors({created: self.events[created]})
        draft.reschedule(msg("milestones.ORDER_CONFIRMED").kept)


@dataclass(frozen=True)
class AddMilestones(StartMilestones):
    """A further flow for an order, beside those that it follows (M6).

    What happens from here on closes its steps; what happened before is for people to close.
    """

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """An order that is confirmed and has not ended, by those who answer for it."""
        require_department(at.principal, ORDER_OWNER, msg("milestones.START_FLOW"))
        if order.order_status not in _BOUND:
            yield WrongState(
                msg(
                    "milestones.FLOW_ONCE_CONFIRMED",
                    number=order.order_number,
                    status=OrderStatus(order.order_status),
                )
            )
        yield from super().against(order, at)


@dataclass(frozen=True)
class FollowOrder:
    """The steps follow what a command did to their order, under that command's permission."""

    news: OrderNews

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """What happened has happened."""
        yield from ()

    def effect(self, draft: Draft) -> None:
        """Anchors move, steps close, estimates follow."""
        anchors = self.news.anchors or {}
        if anchors:
            draft.put_in_force(anchors)
        for event in self.news.events:
            draft.note(event.kind, event.on, by=event.by)
        happened = dict.fromkeys(EVENT_SENTENCES[event.kind] for event in self.news.events)
        draft.reschedule(
            msg("milestones.FOLLOWS", what=[*map(AnchorEvent, anchors), *happened]).kept
        )


@dataclass(frozen=True)
class EndMilestones:
    """The order was closed or called off; what is still open is skipped for that reason.

    Closing it closes step 16, on the day its closing task was sent.
    """

    reason: str
    cancelled: bool

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """The order has ended."""
        yield from ()

    def effect(self, draft: Draft) -> None:
        """Nothing is left open."""
        if not self.cancelled:
            self._close(draft)
        for step in draft.steps:
            if not draft.facts[step.number].is_open:
                continue
            if draft.is_over(step):
                draft.end_day(step.number)
            else:
                draft.skip(step.number, self.reason)
        if not self.cancelled:
            draft.reschedule(self.reason)

    def _close(self, draft: Draft) -> None:
        """Step 16 closes, and an arrival that nobody recorded has come all the same (M2, M5)."""
        today = draft.at.today
        for step in draft.steps:
            due = draft.facts[step.number].event_on
            if step.is_arrival:
                draft.note(GOODS_ARRIVED, min(due or today, today))
        days = {} if draft.plan is None else draft.plan.events
        draft.note(ORDER_ENDED, min(days.get(AnchorEvent.CLOSING_TASK_SENT, today), today))


@dataclass(frozen=True)
class FollowCalendar:
    """A day was declared free or working; unconfirmed estimates count with it (P6)."""

    because: str

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """The calendar is as it is."""
        yield from ()

    def effect(self, draft: Draft) -> None:
        """Estimates follow."""
        draft.reschedule(self.because)
