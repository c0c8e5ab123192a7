"""The canonical tables: what `apportion import` reads, column by column.

A company's own files are brought into this form by a mapping file; `docs/reference/mapping.md`
describes both, `docs/reference/chinese-headings.md` the Chinese names. All tables are optional
except where rows of others refer to them.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.currencies import MOST_DECIMALS
from domain.limits import MOST_MONEY, MOST_PRICE, MOST_UNITS, PLACES
from domain.master_data.values import HIGHEST_RANK
from domain.orders.vocabularies import ImportedStatus
from domain.parties.vocabularies import (
    CustomerClass,
    CustomerKind,
    PaymentTerms,
    StoreKind,
    WarehouseKind,
)
from domain.roles import Role
from domain.seasons import Season
from domain.shipments import ShipmentStatus
from domain.vocabulary import Vocabulary
from services.imports.columns import Column, Kind, Table

# The allocator's own limit of a supply row (docs/reference/allocation-files.md).
MOST_STOCK = 1_000_000_000_000


def _id(name: str, *chinese: str, refers_to: str | None = None, required: bool = True) -> Column:
    return Column(name, chinese, required=required, longest=64, refers_to=refers_to, code=True)


def _name(*chinese: str) -> Column:
    return Column("name", chinese, required=True)


def _name_zh() -> Column:
    return Column("name_zh", ("中文名称", "中文名"))


def _choice(
    name: str,
    *chinese: str,
    words: tuple[Vocabulary, ...],
    also: Mapping[str, str] | None = None,
    default: str | None = None,
) -> Column:
    return Column(
        name,
        chinese,
        choices=words,
        also=also or {},
        required=default is None,
        default=default,
    )


def _units(
    name: str, *chinese: str, default: str | None = None, required: bool = True, least: int = 0
) -> Column:
    return Column(
        name,
        chinese,
        Kind.INTEGER,
        required=required and default is None,
        default=default,
        least=least,
        most=MOST_UNITS,
    )


def _pack(default: str | None = None) -> Column:
    return Column(
        "pack", ("包装数", "中包数"), Kind.INTEGER, default=default, least=1, most=MOST_UNITS
    )


def _stock(name: str, *chinese: str) -> Column:
    return Column(name, chinese, Kind.INTEGER, required=True, least=0, most=MOST_STOCK)


def _rank(name: str, *chinese: str, required: bool = False) -> Column:
    return Column(name, chinese, Kind.INTEGER, required=required, least=1, most=HIGHEST_RANK)


def _money(name: str, *chinese: str, least: int = 0) -> Column:
    """An amount; how many decimals its currency has is looked at with the currency."""
    return Column(name, chinese, Kind.DECIMAL, least=least, most=MOST_MONEY, places=MOST_DECIMALS)


def _price(name: str, *chinese: str) -> Column:
    return Column(
        name, chinese, Kind.DECIMAL, required=True, least=0, most=MOST_PRICE, places=PLACES
    )


def _date(name: str, *chinese: str, required: bool = False) -> Column:
    return Column(name, chinese, Kind.DATE, required=required)


def _flag(name: str, *chinese: str, default: str) -> Column:
    return Column(name, chinese, Kind.FLAG, default=default)


def _currency() -> Column:
    return Column("currency", ("币种",), longest=3, code=True)


def _region(*, required: bool = True) -> Column:
    return _id("region_id", "所属区域", "区域", "区域编号", refers_to="regions", required=required)


def _warehouse() -> Column:
    return _id("warehouse_id", "仓库编号", "仓库", "仓库编码", "仓库代码", refers_to="warehouses")


def _sku() -> Column:
    return _id("sku_id", "货号", "SKU", refers_to="skus")


def _store() -> Column:
    return _id("store_id", "店铺编号", "店铺", "门店编号", "门店", refers_to="stores")


def _order() -> Column:
    return _id("order_id", "订单号", "订单编号", "销售订单号", refers_to="orders")


_CLASSES = {f"{word}类": word.value for word in CustomerClass}
_SEASONS = {
    "春夏": Season.SPRING_SUMMER.value,
    "秋冬": Season.AUTUMN_WINTER.value,
    "四季": Season.NON_SEASONAL.value,
}
_TERMS = {
    "T/T": PaymentTerms.TT_DEPOSIT.value,
    "信用证": PaymentTerms.LC.value,
    "L/C": PaymentTerms.LC.value,
    "D/A": PaymentTerms.DA.value,
}

# Orders that still want goods.
OPEN_STATUSES = (ImportedStatus.OPEN, ImportedStatus.HELD)
# Picks are made by allocation, which holds stock and funds for them; they are not imported.
SHIPMENT_STATUSES = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "regions",
            ("区域",),
            ("region_id",),
            (
                _id("region_id", "区域编号", "区域编码", "区域代码"),
                _name("区域名称", "名称"),
                _name_zh(),
            ),
        ),
        Table(
            "warehouses",
            ("仓库",),
            ("warehouse_id",),
            (
                _id("warehouse_id", "仓库编号", "仓库编码", "仓库代码"),
                _name("仓库名称", "名称"),
                _name_zh(),
                _choice(
                    "kind",
                    "仓库类型",
                    "类型",
                    words=tuple(WarehouseKind),
                    also={"区域仓": WarehouseKind.REGION.value},
                    default=WarehouseKind.CENTRAL,
                ),
                _region(required=False),
            ),
        ),
        Table(
            "products",
            ("产品",),
            ("product_id",),
            (
                _id("product_id", "产品编号", "产品编码", "款号"),
                _name("产品名称", "品名", "名称"),
                _name_zh(),
                _choice("season", "季节", words=tuple(Season), also=_SEASONS),
                _rank("launch_rank", "上市优先级", required=True),
            ),
        ),
        Table(
            "skus",
            ("货号", "SKU"),
            ("sku_id",),
            (
                _id("sku_id", "货号", "SKU"),
                _id("product_id", "产品编号", "产品编码", "款号", refers_to="products"),
                Column("size", ("尺码",), longest=32, code=True),
                Column("colour", ("颜色",), longest=64, code=True),
                _pack("1"),
                _price("list_price", "吊牌价", "标价"),
                _currency(),
            ),
        ),
        Table(
            "customers",
            ("客户",),
            ("customer_id",),
            (
                _id("customer_id", "客户编号", "客户编码", "客户代码", "客户号"),
                _name("客户名称", "名称"),
                _name_zh(),
                _choice("kind", "客户类型", "类型", words=tuple(CustomerKind)),
                Column(
                    "class", ("客户类别", "客户分类"), choices=tuple(CustomerClass), also=_CLASSES
                ),
                _region(required=False),
                _choice(
                    "payment_terms",
                    "付款方式",
                    words=tuple(PaymentTerms),
                    also=_TERMS,
                    default=PaymentTerms.PREPAID,
                ),
                _currency(),
                _rank("rank", "优先级"),
                _rank("reserve_rank", "占用优先级"),
                _money("credit_limit", "信用额度"),
                _money("balance", "账户余额", "余额", least=-MOST_MONEY),
                _money("guarantee", "担保金额", "担保"),
                _flag("blocked", "暂停发货", default="0"),
                _date("confirmed_on", "资金核实日期"),
            ),
        ),
        Table(
            "stores",
            ("店铺", "门店"),
            ("store_id",),
            (
                _id("store_id", "店铺编号", "店铺编码", "店铺代码", "门店编号"),
                _name("店铺名称", "门店名称", "名称"),
                _name_zh(),
                _region(),
                Column("tier", ("店铺级别", "门店级别"), required=True, longest=16, code=True),
                _choice(
                    "kind",
                    "店铺类型",
                    "门店类型",
                    "类型",
                    words=tuple(StoreKind),
                    default=StoreKind.DIRECT,
                ),
            ),
        ),
        Table(
            "store_stock",
            ("店铺库存", "门店库存"),
            ("store_id", "sku_id"),
            (
                _store(),
                _sku(),
                _units("safety_stock", "安全库存"),
                _units("on_hand", "现有库存", "库存数量"),
                _units("in_transit", "在途数量", required=False),
                _pack(),
            ),
        ),
        Table(
            "region_reserves",
            ("区域备货",),
            ("region_id", "sku_id"),
            (
                _id("region_id", "区域编号", "区域", "所属区域", refers_to="regions"),
                _sku(),
                _units("target", "备货目标"),
                _units("current", "现有备货", default="0"),
                _pack(),
            ),
        ),
        Table(
            "orders",
            ("订单", "销售订单"),
            ("order_id",),
            (
                _id("order_id", "订单号", "订单编号", "销售订单号"),
                _id("customer_id", "客户编号", "客户", "客户编码", "客户号", refers_to="customers"),
                _date("placed_on", "下单日期", "订单日期", required=True),
                _date("required_on", "要求交期"),
                _date("promised_on", "承诺交期"),
                _choice(
                    "status",
                    "订单状态",
                    "状态",
                    words=tuple(ImportedStatus),
                    default=ImportedStatus.OPEN,
                ),
                _currency(),
                _flag("ship_complete", "整单发货", default="0"),
                _money("min_ship_value", "最低发货金额"),
                Column("customer_po", ("客户订单号", "客户单号"), longest=64, code=True),
                Column("note", ("备注",), longest=2000),
            ),
        ),
        Table(
            "order_lines",
            ("订单明细", "销售订单明细"),
            ("order_id", "line_no"),
            (
                _order(),
                Column("line_no", ("行号",), Kind.INTEGER, required=True, least=1, most=1_000_000),
                _sku(),
                _units("quantity", "数量", "订购数量", "订货数量", least=1),
                _price("unit_price", "单价"),
                Column(
                    "discount_pct",
                    ("优惠百分比",),
                    Kind.DECIMAL,
                    unclear=("折扣", "折扣率", "折扣%", "折扣（%）", "折扣(%)"),
                    least=0,
                    most=100,
                    places=4,
                    default="0",
                    per_cent=True,
                ),
                _units("shipped_quantity", "已发数量", "已发货数量", default="0"),
                _flag("reserve", "可占用锁定", default="1"),
                _pack(),
            ),
        ),
        Table(
            "stock",
            ("仓库库存", "库存"),
            ("warehouse_id", "sku_id"),
            (_warehouse(), _sku(), _stock("on_hand", "现有库存", "库存数量")),
        ),
        Table(
            "arrivals",
            ("到货", "收货"),
            ("receipt_id", "warehouse_id", "sku_id"),
            (
                _id("receipt_id", "收货单号", "到货单号"),
                _warehouse(),
                _sku(),
                _stock("units", "到货数量", "收货数量", "数量"),
            ),
        ),
        Table(
            "milestones",
            ("节点", "订单关键节点"),
            ("order_id", "number"),
            (
                _order(),
                Column("number", ("节点序号",), Kind.INTEGER, required=True, least=1, most=17),
                _date("estimated_on", "预计日期"),
                _date("closed_on", "关闭日期", "完成日期"),
                Column("closed_by", ("关闭人", "完成人"), longest=100),
            ),
        ),
        Table(
            "shipments",
            ("发货",),
            ("shipment_id",),
            (
                _id("shipment_id", "发货单号"),
                _order(),
                _choice("status", "发货状态", "状态", words=SHIPMENT_STATUSES),
                Column("carrier", ("承运商", "物流公司"), longest=100),
                Column(
                    "tracking_number", ("物流单号", "运单号", "快递单号"), longest=100, code=True
                ),
                _date("shipped_on", "发货日期"),
                _date("expected_on", "预计到货日期"),
                _date("delivered_on", "送达日期", "到货日期"),
            ),
        ),
        Table(
            "people",
            ("人员",),
            ("user",),
            (
                Column("user", ("账号",), required=True, longest=100, code=True),
                _name("姓名", "名称"),
                Column("roles", ("岗位",), required=True, longest=1000, list_of=tuple(Role)),
                _id("customer_id", "所属客户", "客户编号", refers_to="customers", required=False),
            ),
        ),
    )
}
