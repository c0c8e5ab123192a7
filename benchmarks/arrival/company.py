"""A made-up company of any size: what it is, and what arrives for it; the same for the same seed.

Twenty franchisees share a rank. One in five is short of money: its funds reach for a fifth to nine
tenths of what it has on order. One order in twenty ships whole or not at all. Best-sellers are
ordered more often than the rest, and every store and region lacks some of what it should hold.
"""

import datetime as dt
import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from domain.supply import ReceiptLine

REGIONS = (
    "airport", "Shenzhen", "Dongguan", "Guangzhou", "Shanghai",
    "Beijing", "Chengdu", "Shenyang", "Guiyang", "Nanning",
)  # fmt: skip
CURRENCY = "CNY"
CENTRAL = "CENTRAL"
MOST_LINES_AN_ORDER = 23
SAME_RANK = 20
SIZES_A_PRODUCT = 20
PACKS = (1, 2, 6)
SAFETY_STOCK = 8
RESERVE = 20
# In hundredths of the list price, by class of franchisee.
PRICES = {"A": 45, "B": 50, "C": 55}


@dataclass(frozen=True)
class Size:
    """How much of everything; `lines` are open order lines."""

    lines: int
    franchisees: int = 2_000
    skus: int = 2_000
    stores: int = 20


@dataclass(frozen=True, slots=True)
class Sku:
    """A SKU; its list price is in whole units of the currency."""

    code: str
    product: int
    pack: int
    list_price: int


@dataclass(frozen=True, slots=True)
class Franchisee:
    """A franchisee; amounts are in cents."""

    code: str
    region: int
    customer_class: str
    rank: int
    credit_limit: int
    balance: int
    blocked: bool


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `first` and `end` bound its lines, amounts are in cents."""

    franchisee: int
    placed_on: dt.date
    ship_complete: bool
    min_ship_value: int
    total: int
    first: int
    end: int


@dataclass(frozen=True)
class Company:
    """All of it. References of rows are places in these lists, from nought."""

    today: dt.date
    skus: list[Sku]
    franchisees: list[Franchisee]
    orders: list[Order]
    line_sku: "array[int]"
    line_units: "array[int]"
    # (store or region, SKU, units on hand): what each should hold is the same for all.
    store_stock: list[tuple[int, int, int]]
    reserves: list[tuple[int, int, int]]
    stores: int

    @property
    def products(self) -> int:
        """How many products the SKUs are of."""
        return self.skus[-1].product + 1

    def wanted(self) -> list[int]:
        """Units on order, by SKU."""
        units = [0] * len(self.skus)
        for sku, ordered in zip(self.line_sku, self.line_units, strict=True):
            units[sku] += ordered
        return units

    def price(self, franchisee: int, sku: int) -> int:
        """What a unit costs a franchisee, in cents."""
        return self.skus[sku].list_price * PRICES[self.franchisees[franchisee].customer_class]


def make_company(size: Size, today: dt.date, seed: int = 7) -> Company:
    """The company of this size and seed; `today`: the newest orders are of the day before."""
    some = random.Random(seed)
    skus = [
        Sku(
            code=f"P{n // SIZES_A_PRODUCT:04}-{n % SIZES_A_PRODUCT:02}",
            product=n // SIZES_A_PRODUCT,
            pack=PACKS[n // SIZES_A_PRODUCT % len(PACKS)],
            list_price=100 + n // SIZES_A_PRODUCT,
        )
        for n in range(size.skus)
    ]
    orders, line_sku, line_units = _orders(size, skus, today, some)
    owed = [0] * size.franchisees
    for order in orders:
        owed[order.franchisee] += order.total
    return Company(
        today=today,
        skus=skus,
        franchisees=[_franchisee(n, owed[n], some) for n in range(size.franchisees)],
        orders=orders,
        line_sku=line_sku,
        line_units=line_units,
        store_stock=_stages(size.stores, size.skus, SAFETY_STOCK, some),
        reserves=_stages(len(REGIONS), size.skus, RESERVE // 2, some),
        stores=size.stores,
    )


def one_of_all(company: Company, seed: int = 11) -> tuple[ReceiptLine, ...]:
    """A receipt of every SKU that is on order: two fifths to four thirds of what is wanted."""
    some = random.Random(seed)
    return tuple(
        ReceiptLine(sku.code, max(1, int(units * some.uniform(0.4, 1.3))))
        for sku, units in zip(company.skus, company.wanted(), strict=True)
    )


def one_sku_each(company: Company, units: int, seed: int = 13) -> Iterator[tuple[ReceiptLine, ...]]:
    """Receipts of one SKU after another, without end; `units`: of each, or one pack if larger."""
    some = random.Random(seed)
    turn = [sku for sku, wanted in zip(company.skus, company.wanted(), strict=True) if wanted]
    some.shuffle(turn)
    while True:
        for sku in turn:
            yield (ReceiptLine(sku.code, max(units, sku.pack)),)


def _orders(
    size: Size, skus: list[Sku], today: dt.date, some: random.Random
) -> tuple[list[Order], "array[int]", "array[int]"]:
    orders: list[Order] = []
    line_sku, line_units = array("i"), array("i")
    # The thousandth SKU sells a thirtieth of the first.
    cumulative, total_weight = [], 0.0
    for place in range(len(skus)):
        total_weight += (place + 1) ** -0.5
        cumulative.append(total_weight)
    places = list(range(len(skus)))
    some.shuffle(places)
    while len(line_sku) < size.lines:
        franchisee = some.randrange(size.franchisees)
        most = min(some.randint(1, MOST_LINES_AN_ORDER), size.lines - len(line_sku))
        chosen = dict.fromkeys(some.choices(places, cum_weights=cumulative, k=most))
        first, total = len(line_sku), 0
        for sku in chosen:
            units = skus[sku].pack * some.randint(1, 6)
            line_sku.append(sku)
            line_units.append(units)
            total += units * skus[sku].list_price * PRICES[_class(franchisee)]
        orders.append(
            Order(
                franchisee=franchisee,
                placed_on=today - dt.timedelta(days=some.randint(1, 28)),
                ship_complete=some.random() < 0.05,
                min_ship_value=50_000 if some.random() < 0.02 else 0,
                total=total,
                first=first,
                end=len(line_sku),
            )
        )
    return orders, line_sku, line_units


def _class(franchisee: int) -> str:
    return "ABC"[franchisee % 3]


def _franchisee(number: int, owed: int, some: random.Random) -> Franchisee:
    reach = some.uniform(0.2, 0.9) if some.random() < 0.2 else some.uniform(1.0, 2.0)
    credit = owed // 10 if number % 3 == 0 else 0
    return Franchisee(
        code=f"C{number:05}",
        region=number % len(REGIONS),
        customer_class=_class(number),
        rank=number // SAME_RANK + 1,
        credit_limit=credit,
        balance=max(0, int(owed * reach) - credit),
        blocked=some.random() < 0.01,
    )


def _stages(outlets: int, skus: int, most: int, some: random.Random) -> list[tuple[int, int, int]]:
    """A quarter of all SKUs per outlet, with what it has of each."""
    return [
        (outlet, sku, some.randint(0, most))
        for outlet in range(outlets)
        for sku in sorted(some.sample(range(skus), max(1, skus // 4)))
    ]
