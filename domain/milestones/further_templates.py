"""The further flows of the documents: tracking sheet, export, garments (D3; M6).

The sheet has each step's start, end and note; the others their owner, document and days.
"""

from domain.milestones.order_steps import ORDER_TEMPLATE
from domain.milestones.steps import WORKING, EstimateRule, MilestoneStep, MilestoneTemplate
from domain.milestones.vocabularies import AnchorEvent, ContractTerm


def _sheet(number: int, code: str, label_en: str, label_zh: str, owner: str) -> MilestoneStep:
    """A line of the tracking sheet: done the same day, one after the other."""
    rule = (
        EstimateRule(event=AnchorEvent.ORDER_CONFIRMED)
        if number == 1
        else EstimateRule(step=number - 1)
    )
    before = () if number == 1 else (number - 1,)
    return MilestoneStep(
        number,
        code,
        label_en,
        label_zh,
        owner,
        predecessors=before,
        takes_start=True,
        estimate_rules=(rule,),
    )


TRACKING_SHEET = MilestoneTemplate(
    "TRACKING_SHEET",
    "Order tracking sheet",
    "订单操作流程追踪表",
    (
        _sheet(1, "ORDER_RECEIVED", "Order received", "订单接收", "SALES"),
        _sheet(2, "ORDER_CHECKED", "Order checked", "订单确认", "SALES"),
        _sheet(3, "STOCK_CHECKED", "Stock checked", "库存检查", "WAREHOUSE"),
        _sheet(4, "GOODS_PURCHASED", "Goods purchased", "采购商品", "PURCHASING"),
        _sheet(5, "ORDER_ASSIGNED", "Order assigned to a warehouse", "订单分配", "WAREHOUSE"),
        _sheet(6, "GOODS_PICKED", "Goods picked", "备货完成", "WAREHOUSE"),
        _sheet(7, "ORDER_PACKED", "Order packed", "订单打包", "WAREHOUSE"),
        _sheet(8, "CARRIER_ARRANGED", "Carrier arranged", "物流安排", "LOGISTICS"),
        _sheet(9, "DISPATCH_NOTICE_SENT", "Dispatch notice sent", "发货通知", "SALES"),
        _sheet(10, "ORDER_SETTLED", "Order settled", "订单结算", "FINANCE"),
        _sheet(11, "ORDER_COMPLETED", "Order completed", "订单完成", "SALES"),
    ),
)


def _after(number: int, days: int = 1) -> EstimateRule:
    return EstimateRule(step=number, days=days, unit=WORKING)


EXPORT_FLOW = MilestoneTemplate(
    "EXPORT_FLOW",
    "Export order flow",
    "外贸订单操作流程",
    (
        MilestoneStep(1, "ENQUIRY", "Customer's enquiry", "客户询盘", "SALES", document="询盘"),
        MilestoneStep(
            2,
            "QUOTATION",
            "Quotation",
            "报价",
            "SALES",
            predecessors=(1,),
            document="形式发票",
            estimate_rules=(_after(1),),
        ),
        MilestoneStep(
            3,
            "ORDER",
            "Order received",
            "得到订单",
            "SALES",
            predecessors=(2,),
            document="采购订单",
            estimate_rules=(EstimateRule(event=AnchorEvent.ORDER_CONFIRMED),),
        ),
        MilestoneStep(
            4,
            "APPROVALS",
            "Sheet of estimated costs approved",
            "业务审批",
            "SALES_MANAGER",
            predecessors=(3,),
            document="出口合同审核表",
            estimate_rules=(_after(3),),
            days=1,
        ),
        MilestoneStep(
            5,
            "PRODUCTION_NOTICE",
            "Production notice given",
            "下达生产通知",
            "SALES",
            predecessors=(4,),
            document="生产通知单",
            estimate_rules=(_after(4),),
        ),
        MilestoneStep(
            6,
            "INSPECTION",
            "Goods inspected",
            "验货",
            "QUALITY",
            predecessors=(5,),
            takes_event=True,
            attendees=("SALES", "PLANNING"),
            document="验货报告",
            # The inspector comes in the week before the delivery day.
            estimate_rules=(
                EstimateRule(event=AnchorEvent.DELIVERY_DAY, days=-7),
                EstimateRule(step=5, term=ContractTerm.PRODUCTION_DAYS),
            ),
        ),
        MilestoneStep(
            7,
            "DOCUMENTS",
            "Export papers made",
            "制备基本文件",
            "DOCUMENT_CLERK",
            document="商业发票、装箱单、出口合同",
            estimate_rules=(_after(6),),
        ),
        MilestoneStep(
            8,
            "CUSTOMS",
            "Inspected and declared to customs",
            "商检报关",
            "DOCUMENT_CLERK",
            predecessors=(7,),
            document="报关单",
            estimate_rules=(_after(7, 2),),
        ),
        MilestoneStep(
            9,
            "LOADING",
            "Goods loaded",
            "装运",
            "LOGISTICS",
            predecessors=(6, 8),
            takes_event=True,
            document="提单",
            estimate_rules=(EstimateRule(event=AnchorEvent.DELIVERY_DAY), _after(8)),
        ),
        MilestoneStep(
            10,
            "COLLECTION",
            "Payment collected",
            "收汇",
            "FINANCE",
            predecessors=(9,),
            takes_event=True,
            attendees=("SALES", "ACCOUNTING_MANAGER"),
            document="银行水单",
            estimate_rules=(EstimateRule(step=9, term=ContractTerm.FINAL_PAYMENT_DAYS),),
        ),
    ),
)


GARMENT_FLOW = MilestoneTemplate(
    "GARMENT_FLOW",
    "Garment order flow",
    "服装订单操作流程",
    (
        MilestoneStep(
            1,
            "ORDER_REVIEW",
            "Order review",
            "订单评审",
            "PLANNING",
            document="订单评审表",
            days=2,
            estimate_rules=(EstimateRule(event=AnchorEvent.ORDER_CONFIRMED, days=2, unit=WORKING),),
        ),
        MilestoneStep(
            2,
            "CONTRACT",
            "Contract signed",
            "签订合同",
            "SALES",
            predecessors=(1,),
            document="销售合同",
            days=1,
            estimate_rules=(_after(1),),
        ),
        MilestoneStep(
            3,
            "DEPOSIT",
            "Deposit received",
            "定金收取",
            "FINANCE",
            predecessors=(2,),
            takes_event=True,
            attendees=("SALES",),
            document="定金水单",
            days=7,
            estimate_rules=(EstimateRule(step=2, term=ContractTerm.DEPOSIT_DAYS, unit=WORKING),),
        ),
        MilestoneStep(
            4,
            "INSTRUCTION_SHEET",
            "Instruction sheet made",
            "指示单制作",
            "SALES",
            predecessors=(2,),
            document="指示单",
            days=1,
            estimate_rules=(_after(2),),
        ),
        MilestoneStep(
            5,
            "BOM",
            "Bill of materials made",
            "BOM制作",
            "PLANNING",
            predecessors=(4,),
            document="BOM表",
            days=1,
            estimate_rules=(_after(4),),
        ),
        MilestoneStep(
            6,
            "MATERIAL_REQUEST",
            "Materials requested",
            "物料申购",
            "PLANNING",
            predecessors=(5,),
            document="物料申购表",
            days=1,
            estimate_rules=(_after(5),),
        ),
        MilestoneStep(
            7,
            "PURCHASE",
            "Materials purchased",
            "物料采购",
            "PURCHASING",
            predecessors=(6,),
            document="采购合同",
            estimate_rules=(_after(6),),
        ),
        MilestoneStep(
            8,
            "SAMPLES",
            "Pre-production sample confirmed",
            "产前样（SO样）确认",
            "SALES",
            predecessors=(6,),
            takes_event=True,
            document="SO确认",
            days=5,
            estimate_rules=(_after(6, 5),),
        ),
        MilestoneStep(
            9,
            "PRODUCTION",
            "Bulk production",
            "大货生产",
            "PRODUCTION",
            predecessors=(3, 7, 8),
            takes_event=True,
            attendees=("SALES", "PLANNING"),
            document="生产进度表",
            estimate_rules=(
                EstimateRule(step=8, term=ContractTerm.PRODUCTION_DAYS),
                EstimateRule(event=AnchorEvent.DELIVERY_DAY, days=-7),
            ),
        ),
        MilestoneStep(
            10,
            "PACKING",
            "Packed",
            "包装/出货",
            "PRODUCTION",
            predecessors=(9,),
            document="包装进度表",
            estimate_rules=(_after(9),),
        ),
        MilestoneStep(
            11,
            "FINAL_PAYMENT",
            "Final payment received",
            "余款收取",
            "FINANCE",
            predecessors=(9,),
            takes_event=True,
            attendees=("SALES", "ACCOUNTING_MANAGER"),
            document="应收账单、水单",
            days=14,
            estimate_rules=(
                EstimateRule(step=9, term=ContractTerm.FINAL_PAYMENT_DAYS, unit=WORKING),
            ),
        ),
    ),
)

BUILT_IN_TEMPLATES = (ORDER_TEMPLATE, TRACKING_SHEET, EXPORT_FLOW, GARMENT_FLOW)
