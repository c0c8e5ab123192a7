"""The customer's confirmation (回传), its delay, and the papers of production (O5)."""

import datetime as dt

from domain.calendar import BusinessCalendar
from domain.orders.order import Order
from domain.orders.vocabularies import OrderStatus

PRODUCTION_ORDER, WORK_ORDER = "PRODUCTION_ORDER", "WORK_ORDER"


def rolled_over(
    first_promised_on: dt.date, sent_on: dt.date, day: dt.date, calendar: BusinessCalendar
) -> dt.date:
    """The promised day when the confirmation comes back on `day`: a day later for each working
    day of delay (O5). Back on the day it was sent, nothing moves.
    """
    return first_promised_on + dt.timedelta(days=calendar.working_days_after(sent_on, day))


def promised_today(facts: Order, today: dt.date, calendar: BusinessCalendar) -> dt.date | None:
    """What can be promised today: while the confirmation is out it moves with every working day.

    An order that was called off meanwhile keeps the day that it was promised.
    """
    if (
        facts.status != OrderStatus.AWAITING_CONFIRMATION
        or facts.confirmation_sent_on is None
        or facts.confirmation_returned_on is not None
        or facts.first_promised_on is None
    ):
        return facts.promised_on
    back_on = facts.confirmation_sent_back_on or today
    return rolled_over(facts.first_promised_on, facts.confirmation_sent_on, back_on, calendar)
