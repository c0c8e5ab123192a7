"""What is wrong with values to be set, or to be called off: every fault at once (P7).

Each looks at what was asked and at facts that the use case has read; none reads anything itself.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import FaultyItems, InvalidInput, ItemFault, Stale
from domain.limits import TEXT
from domain.master_data.areas import RULES, Area
from domain.master_data.commands import NewValue
from domain.master_data.values import check_value
from domain.messages import Message, msg, thing

MOST_VALUES = 10_000
# As many as an answer shows.
MOST_WITHDRAWN = 200


def check_count(values: Sequence[object]) -> None:
    """One call sets one value at least, and a limited number. Raises InvalidInput."""
    if not 1 <= len(values) <= MOST_VALUES:
        raise InvalidInput(
            msg("master.LIST_LENGTH", most=MOST_VALUES, items=len(values)), field="changes"
        )


def checked_reason(reason: str | None) -> str | None:
    """A reason without the space around it; None where it says nothing. Raises InvalidInput."""
    said = (reason or "").strip() or None
    if said is not None and len(said) > TEXT:
        raise InvalidInput(msg("master.REASON_LENGTH", most=TEXT), field="reason")
    return said


def item_faults(
    area: Area,
    values: Sequence[NewValue],
    known: Sequence[Collection[str]],
    tiers: Collection[str],
    currencies: Mapping[str, str],
) -> list[ItemFault]:
    """What can be said against values without looking at the objects themselves.

    known: the codes that there are, for each part of an object's name. currencies: of the amounts,
    by the object's first code.
    """
    faults: list[ItemFault] = []
    first_at: dict[tuple[str, ...], int] = {}
    for index, new in enumerate(values):
        faults += _unknown(area, index, new, known)
        if new.object in first_at:
            faults.append(_said_twice(area, index, new, first_at[new.object]))
        first_at.setdefault(new.object, index)
        try:
            check_value(area, new.value, tiers, currencies[new.object[0]])
        except InvalidInput as error:
            faults.append(ItemFault(index, "value", error.message, msg("master.TAKE_SUCH_A_VALUE")))
    return faults


def _unknown(
    area: Area, index: int, new: NewValue, known: Sequence[Collection[str]]
) -> Iterator[ItemFault]:
    for kind, code, codes in zip(RULES[area].things, new.object, known, strict=True):
        if code not in codes:
            said = msg("common.NOT_FOUND", what=thing(kind), key=code)
            remedy = msg("master.CORRECT_OR_ENTER")
            yield ItemFault(index, kind.lower(), said, remedy, "NOT_FOUND")


def _said_twice(area: Area, index: int, new: NewValue, first: int) -> ItemFault:
    said = msg("master.STANDS_IN_ITEM", object="/".join(new.object), item=first)
    return ItemFault(index, RULES[area].things[0].lower(), said, msg("master.LEAVE_ONE_OUT"))


def refuse_faults(
    area: Area,
    values: Sequence[NewValue],
    versions: Mapping[int, int],
    faults: Sequence[ItemFault],
) -> None:
    """Refuse values of which one is at fault, or rests on a version that is gone.

    versions: of the objects there are, by the item that is about them. Raises FaultyItems with all
    that is wrong; Stale where that is all and it is about one object.
    """
    stale = list(_stale(area, values, versions))
    if len(values) == 1 and stale and not faults:
        raise stale[0][1]
    found = [
        *faults,
        *(
            ItemFault(index, "expectedVersion", error.message, msg("master.READ_AGAIN"), Stale.code)
            for index, error in stale
        ),
    ]
    if found:
        raise FaultyItems(found)


def _stale(
    area: Area, values: Sequence[NewValue], versions: Mapping[int, int]
) -> Iterator[tuple[int, Stale]]:
    for index, actual in versions.items():
        expected = values[index].expected_version
        if expected is not None and expected != actual:
            yield index, Stale(_named(area, values[index]), expected, actual)


def _named(area: Area, new: NewValue) -> Message:
    return msg(
        "master.THING_NAMED", thing=thing(RULES[area].things[0]), object="/".join(new.object)
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A value that was entered, and what has become of it."""

    object: str
    effective_from: dt.date
    is_applied: bool
    withdrawn_by: str | None
    withdrawn_on: dt.date | None


def reason_for_withdrawing(reason: str | None) -> str:
    """Calling values off needs a reason. Raises InvalidInput."""
    said = checked_reason(reason)
    if said is None:
        raise InvalidInput(msg("master.WITHDRAWING_NEEDS_REASON"), field="reason")
    return said


def check_withdrawn_count(change_ids: Sequence[int]) -> None:
    """One call calls one value off at least, and a limited number. Raises InvalidInput."""
    if not 1 <= len(change_ids) <= MOST_WITHDRAWN:
        raise InvalidInput(msg("lists.WITHDRAW_AT_ONCE", most=MOST_WITHDRAWN), field="ids")


def all_are_planned(change_ids: Sequence[int], entries: Mapping[int, Entry]) -> None:
    """Only what is still a plan is called off. Raises FaultyItems with every one that is none."""
    faults = [
        fault
        for index, key in enumerate(change_ids)
        if (fault := _not_planned(index, entries.get(key))) is not None
    ]
    if faults:
        raise FaultyItems(faults)


def _not_planned(index: int, entry: Entry | None) -> ItemFault | None:
    if entry is None:
        return ItemFault(
            index, "id", msg("master.NO_CHANGE"), msg("master.READ_PLANNED"), "NOT_FOUND"
        )
    if entry.withdrawn_on is not None:
        said = msg("master.WITHDRAWN_FIRST", person=entry.withdrawn_by, day=entry.withdrawn_on)
        return ItemFault(index, "id", said, msg("master.LEAVE_IT_OUT"), "WRONG_STATE")
    if entry.is_applied:
        said = msg("master.HAS_HAD_VALUE", object=entry.object, day=entry.effective_from)
        return ItemFault(index, "id", said, msg("master.ENTER_ANOTHER"), "WRONG_STATE")
    return None
