"""ORDER_MILESTONES: the seventeen steps of the English operating procedure (D1; M1, M2, M3).

The procedure names the steps. 5, 6, 12-15 and 17 it only assigns to a department, so their names
are ours and can be renamed. Rules marked ours fill what it leaves open.
"""

from domain.milestones.steps import WORKING, EstimateRule, MilestoneStep, MilestoneTemplate
from domain.milestones.vocabularies import AnchorEvent, ContractTerm

ORDER_MILESTONES = "ORDER_MILESTONES"

_SALES_LEADERS = ("SALES_MANAGER", "SALES_DIRECTOR")
_WITH_ACCOUNTING = (*_SALES_LEADERS, "ACCOUNTING_MANAGER")
_PRODUCTION_WATCHERS = ("PURCHASING", "PURCHASING_MANAGER", *_SALES_LEADERS)

ORDER_MILESTONE_STEPS: tuple[MilestoneStep, ...] = (
    MilestoneStep(
        1,
        "COMMUNICATION_INITIATED",
        "Communication initiated with customer",
        "与客户建立联系",
        "SALES",
        takes_estimate=False,
        closed_by_event=AnchorEvent.TASK_CREATED,
    ),
    MilestoneStep(
        2,
        "PAYMENT_REQUEST_SENT",
        "Payment request sent to customer",
        "向客户发付款通知",
        "SALES",
        _SALES_LEADERS,
        (1,),
        takes_event=True,
        estimate_rules=(
            EstimateRule(event=AnchorEvent.PAYMENT_REQUEST_SENT),
            # Ours: until accounting has named its day, the next working day.
            EstimateRule(event=AnchorEvent.ORDER_CONFIRMED, days=1, unit=WORKING),
        ),
    ),
    MilestoneStep(
        3,
        "PAYMENT_RECEIVED",
        "Customer payment received",
        "收到客户首付款/定金",
        "SALES",
        _WITH_ACCOUNTING,
        (2,),
        takes_event=True,
        estimate_rules=(EstimateRule(step=2, term=ContractTerm.DEPOSIT_DAYS),),
    ),
    MilestoneStep(
        4,
        "PACKAGING_CONFIRMED",
        "Customer confirms packaging",
        "客户确认包装",
        "SALES",
        _SALES_LEADERS,
        takes_event=True,
        estimate_rules=(EstimateRule(event=AnchorEvent.PACKAGING_PROOF_SENT, days=3),),
    ),
    MilestoneStep(
        5,
        "PURCHASE_ORDER_PLACED",
        "Purchase order placed",
        "下达采购订单",
        "PURCHASING",
        # Ours: the money is there, so the goods are ordered the next working day.
        estimate_rules=(EstimateRule(step=3, days=1, unit=WORKING),),
    ),
    MilestoneStep(
        6,
        "VENDOR_CONFIRMED",
        "Vendor confirmed the order",
        "供应商确认订单",
        "PURCHASING",
        # A supplier confirms within two weeks (A1).
        estimate_rules=(EstimateRule(step=5, days=14),),
    ),
    MilestoneStep(
        7,
        "PACKAGING_SAMPLES_PROVIDED",
        "Packaging samples or images provided by vendor",
        "供应商提供包装样品或图片",
        "PURCHASING",
        estimate_rules=(EstimateRule(event=AnchorEvent.VENDOR_SAMPLES_PROMISED),),
    ),
    MilestoneStep(
        8,
        "PRODUCTION_COMPLETION",
        "Production completion (sales order)",
        "生产完成（销售订单）",
        "SALES",
        _PRODUCTION_WATCHERS,
        (4,),
        takes_event=True,
        takes_closed=False,
        estimate_rules=(
            EstimateRule(step=4, term=ContractTerm.PRODUCTION_DAYS),
            # Ours: the date promised to the customer is that of completion (O10).
            EstimateRule(event=AnchorEvent.PROMISED_COMPLETION),
            # Ours: nothing is complete for the customer before it is at the vendors.
            EstimateRule(step=9),
        ),
    ),
    MilestoneStep(
        9,
        "VENDOR_PRODUCTION_COMPLETION",
        "Vendor's production completion",
        "供应商生产完成",
        "PURCHASING",
        keeps_first_estimate=True,
        estimate_rules=(EstimateRule(event=AnchorEvent.VENDOR_COMPLETION),),
    ),
    MilestoneStep(
        10,
        "FINAL_PAYMENT_REQUEST_SENT",
        "Final payment request sent to customer",
        "向客户发余款催收通知",
        "SALES",
        takes_estimate=False,
        estimate_rules=(
            EstimateRule(event=AnchorEvent.FINAL_PAYMENT_REQUEST_SENT),
            # Ours, for what comes after only: it is sent when production is complete.
            EstimateRule(step=9),
            EstimateRule(step=8),
        ),
        closed_by_event=AnchorEvent.FINAL_PAYMENT_REQUEST_SENT,
    ),
    MilestoneStep(
        11,
        "FINAL_PAYMENT_RECEIVED",
        "Customer final payment received",
        "收到客户余款",
        "SALES",
        _WITH_ACCOUNTING,
        (10,),
        takes_event=True,
        estimate_rules=(EstimateRule(step=10, term=ContractTerm.FINAL_PAYMENT_DAYS),),
    ),
    MilestoneStep(
        12,
        "GOODS_RELEASED",
        "Goods released by purchasing",
        "采购确认可发货",
        "PURCHASING",
        # 12 to 15, ours: each on the working day after what it waits for.
        estimate_rules=(EstimateRule(step=11, days=1, unit=WORKING),),
    ),
    MilestoneStep(
        13,
        "SHIPMENT_BOOKED",
        "Shipment booked",
        "订舱/订车",
        "LOGISTICS",
        estimate_rules=(EstimateRule(step=12, days=1, unit=WORKING),),
    ),
    MilestoneStep(
        14,
        "GOODS_DISPATCHED",
        "Goods dispatched",
        "货物发出",
        "LOGISTICS",
        estimate_rules=(EstimateRule(step=13, days=1, unit=WORKING),),
    ),
    MilestoneStep(
        15,
        "SHIPPING_DOCUMENTS_SENT",
        "Shipping documents sent",
        "寄送运输单据",
        "LOGISTICS",
        estimate_rules=(EstimateRule(step=14, days=1, unit=WORKING),),
    ),
    MilestoneStep(
        16,
        "ORDER_CLOSED",
        "Order closed",
        "订单结案",
        "SALES",
        takes_estimate=False,
        estimate_rules=(
            EstimateRule(event=AnchorEvent.CLOSING_TASK_SENT),
            # Ours: it is shown on no calendar, and comes after the goods have arrived.
            EstimateRule(step=17),
        ),
        closed_by_event=AnchorEvent.CLOSING_TASK_SENT,
    ),
    MilestoneStep(
        17,
        "ARRIVAL_AT_CUSTOMER",
        "Arrival at the customer",
        "货物到达客户",
        "LOGISTICS",
        ("SALES",),
        takes_estimate=False,
        takes_event=True,
        takes_closed=False,
        estimate_rules=(
            EstimateRule(event=AnchorEvent.ARRIVAL_EXPECTED),
            EstimateRule(step=14, term=ContractTerm.TRANSIT_DAYS),
        ),
        follow_up_days=21,
    ),
)

ORDER_TEMPLATE = MilestoneTemplate(
    ORDER_MILESTONES, "Order milestones", "订单关键节点", ORDER_MILESTONE_STEPS
)
