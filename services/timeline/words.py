"""The words of an order's timeline in English and Chinese: names of details, and codes (O15, M7).

Programs read the names and codes themselves, which last; people read these words.
"""

import json
import re
from collections.abc import Mapping

from domain.master_data import PaymentTerms
from domain.messages import Message
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.orders.vocabularies import (
    ChangeKind,
    ConfirmationDefect,
    ExtensionAnswer,
    GateItem,
    Irregularity,
    MissingInformation,
    OfferKind,
    OrderChannel,
    OrderFulfilment,
    OrderStatus,
    OrderUrgency,
    ReviewKind,
    ReviewOutcome,
    ReviewVerdict,
)
from domain.parties import CustomerKind
from domain.roles import Role
from domain.shipments import TrackingCode
from domain.vocabulary import Vocabulary

Words = tuple[str, str]


def _words_of(vocabulary: type[Vocabulary]) -> Mapping[str, Words]:
    return {each: each.labels for each in vocabulary}


# By the name of a detail or a changed fact: what its codes mean.
_CODES: Mapping[str, Mapping[str, Words]] = {
    "status": _words_of(OrderStatus),
    "role": _words_of(Role),
    "ownerRole": _words_of(Role),
    "lead": _words_of(Role),
    "department": _words_of(Role),
    "tells": _words_of(Role),
    "releasedAs": _words_of(Role),
    "outcome": _words_of(ReviewOutcome),
    "verdict": _words_of(ReviewVerdict),
    "reviewKind": _words_of(ReviewKind),
    "changeKind": _words_of(ChangeKind),
    "extensionAnswer": _words_of(ExtensionAnswer),
    "offer": _words_of(OfferKind),
    "item": _words_of(GateItem),
    "defects": _words_of(ConfirmationDefect),
    "confirmationDefects": _words_of(ConfirmationDefect),
    "missing": _words_of(MissingInformation),
    "channel": _words_of(OrderChannel),
    "urgency": _words_of(OrderUrgency),
    "fulfilment": _words_of(OrderFulfilment),
    "irregularities": _words_of(Irregularity),
    "customerKind": _words_of(CustomerKind),
    "paymentTerms": _words_of(PaymentTerms),
    "newTerms": _words_of(PaymentTerms),
    "code": _words_of(TrackingCode),
}
# Days and terms that estimates hang on, as the reasons of moved milestones name them.
_ANCHORS = {**_words_of(AnchorEvent), **_words_of(ContractTerm)}
_TRUTH: Mapping[str, Words] = {"true": ("Yes", "是"), "false": ("No", "否")}

# Names of details, and of an order's facts as its changes tell them.
LABELS: Mapping[str, Words] = {
    "acknowledgedBy": ("Acknowledged by", "受理通知人"),
    "acknowledgedOn": ("Acknowledged on", "受理通知日期"),
    "agreed": ("Agreed", "是否同意"),
    "agreement": ("Written agreement", "书面同意"),
    "answer": ("Answer", "答复"),
    "approvedBy": ("Approved by", "审批人"),
    "approvedOn": ("Approved on", "审批日期"),
    "bookedBy": ("Booked by", "预约人"),
    "carrier": ("Carrier", "承运商"),
    "changeKind": ("Kind of change", "变更类型"),
    "changeNumber": ("Change number", "变更序号"),
    "changes": ("Changes", "订单变更"),
    "channel": ("Channel", "接单渠道"),
    "checksPassed": ("Checks passed", "已通过核对次数"),
    "closedBy": ("Closed by", "关闭人"),
    "code": ("Code", "物流状态"),
    "commission": ("Commission", "有无佣金"),
    "complaints": ("Complaints", "投诉"),
    "confirmationDefects": ("Defects of the confirmation", "回传件问题"),
    "confirmationRemarks": ("Remarks on the confirmation", "特殊要求备注"),
    "confirmationSentBackBy": ("Sent back by", "回传人"),
    "confirmedOn": ("Confirmed on", "确认日期"),
    "correctiveAction": ("Corrective action", "纠正措施"),
    "costEffect": ("Effect on the price", "对金额的影响"),
    "currency": ("Currency", "币种"),
    "customer": ("Customer", "客户"),
    "customerKind": ("Kind of customer", "客户类型"),
    "customerPo": ("Customer's order number", "客户订单号"),
    "days": ("Days", "天数"),
    "daysEffect": ("Effect in days", "对交期的影响（天）"),
    "daysLate": ("Days late", "逾期天数"),
    "daysLeft": ("Days left", "剩余天数"),
    "defects": ("Defects", "回传件问题"),
    "deliveryAddress": ("Delivery address", "收货地址"),
    "department": ("Department", "岗位"),
    "depositForfeited": ("Deposit forfeited", "扣除定金"),
    "depositPaid": ("Deposit paid", "已付定金"),
    "depositSettledOn": ("Deposit settled on", "定金结算日期"),
    "doubt": ("Doubt", "疑问"),
    "doubts": ("Doubts", "疑问"),
    "drawing": ("Drawing", "图纸"),
    "dueOn": ("Due on", "截止日期"),
    "emergencyPlan": ("Emergency plan", "应急方案"),
    "expectedOn": ("Expected on", "预计日期"),
    "expiresAt": ("Expires at", "到期时间"),
    "extensionAnswer": ("Customer's answer", "客户答复"),
    "financeApprovedBy": ("Approved by finance", "财务审核人"),
    "financeApprovedOn": ("Approved by finance on", "财务审核日期"),
    "firstPromisedOn": ("First promised day", "首次承诺交期"),
    "from": ("From", "原日期"),
    "frozen": ("Frozen", "是否冻结"),
    "fulfilment": ("Fulfilment", "供货方式"),
    "gateEntries": ("Papers for production's release", "投产资料"),
    "gateReleasedOn": ("Production released on", "准予下达生产日期"),
    "inspector": ("Inspector", "验货人"),
    "irregularities": ("Irregularities", "非常规原因"),
    "item": ("Item", "资料名称"),
    "lead": ("Lead", "牵头部门"),
    "lines": ("Lines", "订单明细"),
    "loss": ("Loss", "损失"),
    "lot": ("Lot", "批次"),
    "missing": ("Missing", "缺少信息"),
    "minShipValue": ("Ships for at least", "最低发货金额"),
    "needsLogistics": ("Needs logistics", "需物流评审"),
    "newAddress": ("New delivery address", "新收货地址"),
    "newCurrency": ("New currency", "新币种"),
    "newDate": ("New date", "新交期"),
    "newTerms": ("New payment terms", "新付款方式"),
    "newTotal": ("New total", "变更后金额"),
    "note": ("Note", "备注"),
    "number": ("Number", "订单号"),
    "offer": ("Offer", "缺货方案"),
    "offers": ("Offers", "缺货方案"),
    "opinions": ("Opinions", "评审意见"),
    "outcome": ("Outcome", "结论"),
    "overrides": ("Closed before steps", "越过的未完成步骤"),
    "ownerRole": ("Owner", "负责岗位"),
    "paymentTerms": ("Payment terms", "付款方式"),
    "person": ("Person", "责任人"),
    "pickedUpOn": ("Picked up on", "提货日期"),
    "pickups": ("Pick-ups", "提货记录"),
    "place": ("Place", "地点"),
    "placedOn": ("Placed on", "下单日期"),
    "plannedOn": ("Planned on", "计划日期"),
    "prepayment": ("Prepayment", "有无预付款"),
    "productionOrderedOn": ("Production ordered on", "生产指令日期"),
    "productionPromisedOn": ("Promised by production", "生产部承诺交期"),
    "promisedOn": ("Promised on", "承诺交期"),
    "reason": ("Reason", "原因"),
    "receiptSignedOn": ("Receipt signed on", "回单签收日期"),
    "reference": ("Reference", "凭证号"),
    "region": ("Region", "区域"),
    "releasedAs": ("Answered as", "答复身份"),
    "remarks": ("Remarks", "备注"),
    "requiredOn": ("Wanted on", "要求交期"),
    "returnedOn": ("Returned on", "回传核对日期"),
    "reviewKind": ("Kind of review", "评审类型"),
    "reviews": ("Reviews", "评审"),
    "role": ("Role", "岗位"),
    "run": ("Allocation run", "分货批次"),
    "sentBackOn": ("Sent back on", "客户回传日期"),
    "sentOn": ("Sent on", "发送日期"),
    "settledOn": ("Paid in full on", "结清日期"),
    "shipComplete": ("Ships whole or not at all", "整单发货"),
    "shipmentNumber": ("Shipment", "发货单号"),
    "signatures": ("Signatures", "签字"),
    "solution": ("Solution", "解决方案"),
    "source": ("Source", "来源"),
    "sparePart": ("Spare parts", "配件"),
    "special": ("Special order", "特殊订单"),
    "stage": ("Stage", "工序"),
    "statedTotal": ("Total as stated", "客户所报合计"),
    "statement": ("Statement", "书面说明"),
    "status": ("Status", "状态"),
    "stockInOn": ("In the warehouse on", "入库日期"),
    "tells": ("Told", "通知对象"),
    "text": ("Text", "内容"),
    "to": ("To", "新日期"),
    "trackingNumber": ("Tracking number", "物流单号"),
    "units": ("Units", "数量"),
    "urgency": ("Urgency", "紧急程度"),
    "verdict": ("Verdict", "意见"),
    "vendorsNewDate": ("Vendor's new date", "供应商新交期"),
    "workStartedOn": ("Work started on", "开工日期"),
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
