"""The words of an order's timeline in English and Chinese: names of details, and codes (O15, M7).

Programs read the names and codes themselves, which last; people read these words.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

from domain.facts import facts_in, name_in_history
from domain.messages import Message
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.orders.commands import TRANSITIONS
from domain.orders.order import Order
from domain.orders.transition import Detail
from domain.roles import Role
from domain.shipments import TrackingCode
from domain.vocabulary import Vocabulary

Words = tuple[str, str]


def _words_of(vocabulary: type[Vocabulary]) -> Mapping[str, Words]:
    return {each: each.labels for each in vocabulary}


def _details() -> Iterator[Detail]:
    """What the history says of the commands on an order."""
    for row in TRANSITIONS.values():
        yield from (*(row.customers_see or ()), *row.staff_see)


def _codes() -> Iterator[tuple[str, Mapping[str, Words]]]:
    """Of each fact and detail that is a word of a vocabulary, or several: what its words mean."""
    hints = get_type_hints(Order)
    for field, said in facts_in(Order):
        yield from _codes_of(name_in_history(field, said), hints[field.name])
    for detail in _details():
        kind = hints[detail.fact]
        if detail.field is not None:
            kind = get_type_hints(get_args(kind)[0])[detail.field]
        yield from _codes_of(detail.name, kind)


def _codes_of(name: str, hint: Any) -> Iterator[tuple[str, Mapping[str, Words]]]:
    # The word itself, each of several, or the word where there is one.
    kind = (get_args(hint) or (hint,))[0]
    if isinstance(kind, type) and issubclass(kind, Vocabulary):
        yield name, _words_of(kind)


# By the name of a detail or a changed fact: what its codes mean.
_CODES: Mapping[str, Mapping[str, Words]] = {
    **dict(_codes()),
    "ownerRole": _words_of(Role),
    "tells": _words_of(Role),
    "code": _words_of(TrackingCode),
}
# Days and terms that estimates hang on, as the reasons of moved milestones name them.
_ANCHORS = {**_words_of(AnchorEvent), **_words_of(ContractTerm)}
_TRUTH: Mapping[str, Words] = {"true": ("Yes", "是"), "false": ("No", "否")}

# Names of an order's facts, and of other details.
LABELS: Mapping[str, Words] = {
    **{name_in_history(field, said): said.label for field, said in facts_in(Order)},
    **{detail.name: detail.label for detail in _details() if detail.label is not None},
    "agreement": ("Written agreement", "书面同意"),
    "bookedBy": ("Booked by", "预约人"),
    "carrier": ("Carrier", "承运商"),
    "closedBy": ("Closed by", "关闭人"),
    "code": ("Code", "物流状态"),
    "correctiveAction": ("Corrective action", "纠正措施"),
    "days": ("Days", "天数"),
    "daysLate": ("Days late", "逾期天数"),
    "daysLeft": ("Days left", "剩余天数"),
    "dueOn": ("Due on", "截止日期"),
    "emergencyPlan": ("Emergency plan", "应急方案"),
    "expectedOn": ("Expected on", "预计日期"),
    "expiresAt": ("Expires at", "到期时间"),
    "from": ("From", "原日期"),
    "inspector": ("Inspector", "验货人"),
    "lot": ("Lot", "批次"),
    "newDate": ("New date", "新交期"),
    "overrides": ("Closed before steps", "越过的未完成步骤"),
    "ownerRole": ("Owner", "负责岗位"),
    "person": ("Person", "责任人"),
    "place": ("Place", "地点"),
    "plannedOn": ("Planned on", "计划日期"),
    "reason": ("Reason", "原因"),
    "region": ("Region", "区域"),
    "reviewKind": ("Kind of review", "评审类型"),
    "role": ("Role", "岗位"),
    "run": ("Allocation run", "分货批次"),
    "shipmentNumber": ("Shipment", "发货单号"),
    "source": ("Source", "来源"),
    "stage": ("Stage", "工序"),
    "tells": ("Notified", "通知对象"),
    "to": ("To", "新日期"),
    "trackingNumber": ("Tracking number", "物流单号"),
    "units": ("Units", "数量"),
    "vendorsNewDate": ("Vendor's new date", "供应商新交期"),
}


def label_of(name: str) -> Words:
    """What people call a detail or a changed fact; a name that nobody knows is spelt out."""
    known = LABELS.get(name)
    if known is not None:
        return known
    spelt = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
    return spelt, spelt


def text_of(name: str, value: str) -> Words:
    """What people read for a value: codes in words, also a list of them; the rest as it is."""
    if name == "reason":
        return _reason(value)
    codes = {**_TRUTH, **_CODES.get(name, {})}
    listed = _listed(value)
    if listed and all(code in codes for code in listed):
        english, chinese = zip(*(codes[code] for code in listed), strict=True)
        return ", ".join(english), "、".join(chinese)
    return value, value


def tracking_title(code: str, note: str | None) -> Words:
    """What a carrier said: our word for its code, else its own words, else the code spelt out."""
    if TrackingCode.has(code):
        return TrackingCode(code).labels
    said = note or code.replace("_", " ").capitalize()
    return said, said


def _listed(value: str) -> list[str]:
    if not value.startswith("["):
        return value.split(", ")
    try:
        found = json.loads(value)
    except ValueError:
        return []
    return found if all(isinstance(each, str) for each in found) else []


def _reason(value: str) -> Words:
    """A rule's reason in words, what a person wrote as it stands."""
    named = value.split(", ")
    if all(name in _ANCHORS for name in named):
        english, chinese_names = zip(*(_ANCHORS[name] for name in named), strict=True)
        return ", ".join(english), "、".join(chinese_names)
    return Message.from_kept(value).labels
