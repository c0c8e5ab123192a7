"""Who and what the example company consists of: regions, styles, customers, people, steps.

Everything is made up. `generate.py` draws its orders and movements and writes the files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

REGIONS = (
    ("airport", "机场"),
    ("Shenzhen", "深圳"),
    ("Dongguan", "东莞"),
    ("Guangzhou", "广州"),
    ("Shanghai", "上海"),
    ("Beijing", "北京"),
    ("Chengdu", "成都"),
    ("Shenyang", "沈阳"),
    ("Guiyang", "贵阳"),
    ("Nanning", "南宁"),
)
STORE_TIERS = {
    "airport": "ABC",
    "Shenzhen": "ABC",
    "Dongguan": "AB",
    "Guangzhou": "ABC",
    "Shanghai": "ABC",
    "Beijing": "ABC",
    "Chengdu": "AB",
    "Shenyang": "BC",
    "Guiyang": "BC",
    "Nanning": "C",
}
WOMEN, MEN = range(35, 41), range(39, 45)


@dataclass(frozen=True)
class Style:
    """A style of the launch plan. `supply` is what arrives per unit that franchisees still want."""

    id: str
    name: str
    name_zh: str
    season: str
    launch_rank: int
    sizes: range
    colour: str
    pack: int
    price: int
    supply: float


STYLES = (
    Style("S01", "Breeze sandal", "清风凉鞋", "SPRING_SUMMER", 1, WOMEN, "white", 6, 259, 0.6),
    Style("S02", "Ripple sandal", "涟漪凉鞋", "SPRING_SUMMER", 2, WOMEN, "black", 6, 289, 1.0),
    Style("S03", "Drift loafer", "轻舟乐福鞋", "SPRING_SUMMER", 3, MEN, "tan", 4, 399, 1.25),
    Style("S04", "Palm slipper", "棕榈拖鞋", "SPRING_SUMMER", 4, WOMEN, "green", 12, 99, 1.5),
    Style("S05", "Kite sneaker", "纸鸢运动鞋", "SPRING_SUMMER", 4, MEN, "blue", 4, 359, 0.8),
    Style("A01", "Ember boot", "炉火短靴", "AUTUMN_WINTER", 5, WOMEN, "brown", 4, 499, 0.0),
    Style("A02", "Frost boot", "霜降长靴", "AUTUMN_WINTER", 6, WOMEN, "black", 4, 629, 0.0),
    Style("A03", "Cedar boot", "雪松马丁靴", "AUTUMN_WINTER", 7, MEN, "black", 4, 559, 0.5),
    Style("N01", "Daily trainer", "日常运动鞋", "NON_SEASONAL", 8, MEN, "white", 4, 329, 1.6),
    Style("N02", "Plain pump", "简约单鞋", "NON_SEASONAL", 9, WOMEN, "black", 6, 239, 1.1),
)


@dataclass(frozen=True)
class Customer:
    """A made-up customer; credit None leaves it to the policy's default."""

    id: str
    name: str
    name_zh: str
    kind: str
    class_: str
    region: str
    terms: str
    rank: int
    credit: int | None
    balance: int
    guarantee: int = 0
    blocked: bool = False
    reserve_rank: int | None = None
    discount: int = field(default=45)


CUSTOMERS = (
    Customer(
        "F01", "Luohu", "罗湖加盟商", "FRANCHISEE", "A", "Shenzhen", "PREPAID", 1, 20000, 42000
    ),
    Customer(
        "F02", "Foshan", "佛山加盟商", "FRANCHISEE", "A", "Guangzhou", "PREPAID", 1, 20000, 26000
    ),
    Customer(
        "F03", "Pudong", "浦东加盟商", "FRANCHISEE", "A", "Shanghai", "TT_DEPOSIT", 2, 15000, 30000
    ),
    Customer(
        "F04",
        "Haidian",
        "海淀加盟商",
        "FRANCHISEE",
        "B",
        "Beijing",
        "PREPAID",
        3,
        10000,
        6000,
        12000,
    ),
    Customer(
        "F05", "Humen", "虎门加盟商", "FRANCHISEE", "B", "Dongguan", "PREPAID", 3, 10000, 18500
    ),
    Customer("F06", "Jinjiang", "锦江加盟商", "FRANCHISEE", "B", "Chengdu", "COD", 4, None, 21000),
    # Unfunded: nothing paid, no credit. Its lines are reserved, not shipped.
    Customer("F07", "Heping", "和平加盟商", "FRANCHISEE", "B", "Shenyang", "PREPAID", 5, 0, 0),
    Customer(
        "F08", "Nanming", "南明加盟商", "FRANCHISEE", "C", "Guiyang", "PREPAID", 6, None, 7400
    ),
    Customer("F09", "Qingxiu", "青秀加盟商", "FRANCHISEE", "C", "Nanning", "MONTHLY", 6, 25000, 0),
    # Last month is unpaid: blocked until settled, though its credit would do.
    Customer(
        "F10",
        "Bantian",
        "坂田加盟商",
        "FRANCHISEE",
        "C",
        "Shenzhen",
        "MONTHLY",
        7,
        30000,
        -4200,
        0,
        True,
    ),
    Customer(
        "F11",
        "Panyu",
        "番禺加盟商",
        "FRANCHISEE",
        "C",
        "Guangzhou",
        "PREPAID",
        8,
        None,
        300,
        0,
        False,
        2,
    ),
    Customer(
        "F12", "Songjiang", "松江加盟商", "FRANCHISEE", "C", "Shanghai", "OPEN_ACCOUNT", 9, None, 0
    ),
    Customer(
        "D01",
        "South Trading",
        "南方商贸",
        "DISTRIBUTOR",
        "B",
        "Guangzhou",
        "PREPAID",
        4,
        5000,
        24000,
    ),
    Customer(
        "E01",
        "Overseas Shoes",
        "海外鞋业",
        "EXPORT",
        "B",
        "airport",
        "LC",
        5,
        60000,
        0,
        discount=50,
    ),
)

PEOPLE = (
    ("admin", "Example Administrator", "ADMIN", ""),
    ("chen", "Example Chen", "SALES", ""),
    ("lin", "Example Lin", "SALES", ""),
    ("huang", "Example Huang", "SALES_MANAGER", ""),
    ("guo", "Example Guo", "SALES_DIRECTOR", ""),
    ("wu", "Example Wu", "SALES_ADMIN;ORDER_CLERK", ""),
    ("zhao", "Example Zhao", "PURCHASING", ""),
    ("qian", "Example Qian", "PURCHASING_MANAGER", ""),
    ("sun", "Example Sun", "LOGISTICS;DISPATCHER", ""),
    ("li", "Example Li", "WAREHOUSE", ""),
    ("zhou", "Example Zhou", "FINANCE", ""),
    ("zheng", "Example Zheng", "ACCOUNTING_MANAGER", ""),
    ("wang", "Example Wang", "PRODUCT;PLANNING", ""),
    ("feng", "Example Feng", "CHANNEL", ""),
    ("jiang", "Example Jiang", "ANALYST", ""),
    ("luohu", "Example Franchisee Luohu", "CUSTOMER", "F01"),
    ("heping", "Example Franchisee Heping", "CUSTOMER", "F07"),
)

# Steps that take an estimate and a closed date: days after the order, who closes them.
STEPS = (
    (2, 2, "chen"),
    (3, 9, "chen"),
    (4, 12, "lin"),
    (5, 5, "zhao"),
    (6, 14, "zhao"),
    (7, 20, "zhao"),
    (9, 45, "zhao"),
    (11, 56, "lin"),
    (12, 57, "zhao"),
    (13, 58, "sun"),
    (14, 60, "sun"),
    (15, 61, "sun"),
)
