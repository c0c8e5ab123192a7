"""Why estimates moved, in the words of either language (O15)."""

import datetime as dt

from domain.languages import Language
from domain.messages import Message
from domain.milestones.commands.order import FollowOrder, StartMilestones
from domain.milestones.further_templates import BUILT_IN_TEMPLATES
from domain.milestones.model import Context, OrderMilestones
from domain.milestones.order_events import DOWN_PAYMENT, OrderEvent, OrderNews
from domain.milestones.state_machine import apply
from domain.milestones.vocabularies import AnchorEvent, MilestoneChangeKind
from domain.principals import Principal
from domain.roles import Role
from domain.sentences import render
from domain.working_time import WorkCalendar

DAY = dt.date(2014, 3, 3)


def test_history_says_in_either_language_what_moved_an_estimate() -> None:
    """O15: the words of people, not the codes of programs."""
    at = Context(
        Principal("anna", frozenset({Role.SALES})),
        dt.datetime(2014, 3, 3, 8, tzinfo=dt.UTC),
        DAY,
        WorkCalendar(),
        {},
    )
    promise = AnchorEvent.PROMISED_COMPLETION
    steps = next(
        template.steps
        for template in BUILT_IN_TEMPLATES
        if any(rule.event == promise for step in template.steps for rule in step.estimate_rules)
    )
    order = OrderMilestones("O-1", "CONFIRMED", DAY, steps, {})
    confirmed = {AnchorEvent.ORDER_CONFIRMED: DAY, AnchorEvent.TASK_CREATED: DAY}
    order = apply(order, StartMilestones(confirmed), at).after
    promised = {promise: DAY + dt.timedelta(days=30)}
    news = OrderNews((OrderEvent(DOWN_PAYMENT, DAY),), promised)
    moved = [
        event
        for event in apply(order, FollowOrder(news), at).events
        if event.kind == MilestoneChangeKind.PROJECTED
    ]
    assert moved
    because = Message.from_kept(moved[0].reason or "")
    params = dict(because.params)
    assert str(because) == "follows from: promised completion, the deposit was received"
    chinese = render(because.key, params, Language.ZH_HANS)
    assert chinese == "依据：承诺完工日期、定金已收到"
