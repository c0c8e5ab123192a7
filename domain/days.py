"""Days that something was done on, or is wanted on: what holds for them at every door.

What was done was done by today, in the company's time zone, and in the order in which things go.
"""

import datetime as dt

from domain.limits import FIRST_DAY, LAST_DAY
from domain.messages import msg
from domain.objections import Objection


def object_to_kept_day(day: dt.date) -> Objection | None:
    """A day lies in the span that is kept."""
    if FIRST_DAY <= day <= LAST_DAY:
        return None
    return Objection(
        msg("values.DAY_OUT_OF_RANGE"), msg("values.DAY_FROM_TO", first=FIRST_DAY, last=LAST_DAY)
    )


def object_to_day_done(day: dt.date, today: dt.date) -> Objection | None:
    """What people say was done has been done."""
    if day > today:
        return Objection(msg("values.STILL_TO_COME"), msg("values.TODAY_OR_EARLIER", today=today))
    return None


def object_to_confirmed_day(day: dt.date, today: dt.date) -> Objection | None:
    """FINANCE confirms figures that it has seen (A3)."""
    if day > today:
        return Objection(msg("values.STILL_TO_COME"), msg("values.FUNDS_TODAY_OR_EARLIER"))
    return None


def object_to_wanted_day(day: dt.date, placed_on: dt.date) -> Objection | None:
    """An order is wanted, and promised, for the day it is placed or a later one (O1, O5)."""
    if day < placed_on:
        return Objection(
            msg("values.BEFORE_ORDER", placed_on=placed_on),
            msg("values.CORRECT_ONE_OF_TWO"),
        )
    return None


def object_to_shipped_day(day: dt.date, placed_on: dt.date, today: dt.date) -> Objection | None:
    """Goods leave once they are ordered, and have left by today (S1)."""
    return object_to_wanted_day(day, placed_on) or object_to_day_done(day, today)


def object_to_arrival_day(day: dt.date, shipped_on: dt.date) -> Objection | None:
    """Goods arrive, and are expected, on the day they were shipped or later (S1)."""
    if day < shipped_on:
        return Objection(msg("values.BEFORE_SHIPPED"), msg("values.CORRECT_ONE"))
    return None
