"""`apportion explain`, `orders` and `runs`, on the tiny company after its goods were shared out."""

import json
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from cli.language import Speaker, command_of
from domain.principals import SYSTEM
from persistence.allocation.runs import run_by_id
from services.allocation import order_outcome
from services.bootstrap import Dependencies
from services.settings import Settings
from tests.cli.command import typed
from tests.services.test_report import committed

pytestmark = pytest.mark.usefixtures("tiny_company")

EXPLAINED = """
Order O2 of F2 Franchisee F2: CONFIRMED (Confirmed)
line  SKU     product  ordered  shipped  being picked  reserved  not given  reserved until
   1  TEE-40  Tee            3        0             0         3          0  2013-12-15 00:00

Line 1, TEE-40
Run 1, Funded franchisees: wants 3, given 0; funds are used up.
  Its turn: rank 2, launch rank 1, product TEE; level 2.
  It would get 1 unit with 10.00 CNY more funds; nothing less does.
  It would get 3 units with 30.00 CNY more funds, all that whole packs allow; nothing less does.
Run 1, Reserved for payment: wants 3, given 3.
  Its turn: reserve rank 2, launch rank 1, product TEE; level 3."""


IN_CHINESE = [
    "分货批次1，有款加盟商：需求3件，分得0件；原因：资金及信用余额不足。",
    "  顺序：优先级 2，上市优先级 1，产品 TEE；第2优先层级。",
    "  若可用资金及信用增加10.00元，可分得1件，少于此数不行。",
    "  若可用资金及信用增加30.00元，可分得3件，整包装可满足，少于此数不行。",
    "分货批次1，占用锁定待打款：需求3件，分得3件。",
    "  顺序：占用优先级 2，上市优先级 1，产品 TEE；第3优先层级。",
]


async def test_an_order_is_explained(deps: Dependencies, settings: Settings) -> None:
    """A9: where its goods are, whose turn it was, why not more, and what would change it."""
    await committed(deps)
    printed = await typed(settings, "explain", "O2")
    assert (printed.status, printed.out) == (0, EXPLAINED)


@pytest.mark.parametrize(
    "words", [("explain", "O2", "--lang", "zh"), ("--lang", "zh", "explain", "O2")]
)
async def test_one_switch_before_or_after_the_command(
    deps: Dependencies, settings: Settings, words: tuple[str, ...]
) -> None:
    await committed(deps)
    printed = await typed(settings, *words)
    assert (printed.status, printed.lines[-6:]) == (0, IN_CHINESE)
    assert "订单O2，F2 加盟商F2：CONFIRMED（已确认）" in printed.lines
    assert printed.err.startswith("数据库：postgresql://")


async def test_an_order_of_many_lines_is_explained_within_bounds(
    deps: Dependencies, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reasons of all, what would change it of the first ones; the rest is counted."""
    await committed(deps)
    monkeypatch.setattr(order_outcome, "MOST_SEARCHED", 0)
    printed = await typed(settings, "explain", "O2")
    assert "Run 1, Funded franchisees: wants 3, given 0; funds are used up." in printed.lines
    assert not [line for line in printed.lines if "It would get" in line]
    assert printed.lines[-1].startswith("(What would change the last 2 claims was not searched")


async def test_what_a_run_was_decided_on_may_be_gone(
    deps: Dependencies, settings: Settings
) -> None:
    """A9: the reasons are no longer known; that is said in the reader's language."""
    await committed(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text("UPDATE allocation_runs SET snapshot = NULL"))
    printed = await typed(settings, "explain", "O2", "--lang", "zh")
    assert printed.status == 0
    assert printed.lines[-1].startswith("分货批次1所依据的数据已不再保存")


async def test_an_order_that_got_all_is_explained_in_a_table(
    deps: Dependencies, settings: Settings
) -> None:
    """Of a line that lacks nothing there is nothing to explain."""
    await committed(deps)
    printed = await typed(settings, "explain", "O1", "--json")
    body = json.loads(printed.out)
    assert body["orderNumber"] == "O1"
    assert body["lines"] == [
        {
            "lineNo": 1,
            "sku": "TEE-40",
            "unitsOrdered": 4,
            "unitsShipped": 0,
            "unitsHeld": 4,
            "unitsReserved": 0,
            "unitsOpen": 0,
            "reservedUntil": None,
            "claims": [],
        }
    ]


async def test_an_order_that_lacks_something_shows_what_was_said(
    deps: Dependencies, settings: Settings
) -> None:
    """O1: what is open of a line is shown as a dash, and nothing is given for it."""
    await committed(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        for statement in (
            "INSERT INTO orders (order_number, customer_id, status, placed_at, currency, total)"
            " SELECT 'O7', id, 'RECEIVED', now(), 'CNY', 0 FROM customers WHERE code = 'F2'",
            "INSERT INTO order_lines (order_id, customer_id, line_no, stated_sku, units_ordered)"
            " SELECT orders.id, customer_id, said.no, said.sku, said.units FROM orders,"
            " (VALUES (1, 'TEA', 5), (2, NULL, NULL)) AS said (no, sku, units)"
            " WHERE order_number = 'O7'",
        ):
            await uow.session.execute(text(statement))
    printed = await typed(settings, "explain", "O7")
    assert (printed.status, [line.split() for line in printed.lines[3:5]]) == (
        0,
        [["1", "TEA", "-", "5", "0", "0", "0", "5"], ["2", "-", "-", "-", "0", "0", "0", "0"]],
    )
    assert printed.lines[-1] == "No run has shared out goods for it yet."


async def test_what_does_not_exist_is_a_sentence(deps: Dependencies, settings: Settings) -> None:
    printed = await typed(settings, "explain", "O9")
    assert (printed.status, printed.out) == (2, "")
    assert printed.err.splitlines()[-1] == "There is no order 'O9'."


async def test_orders_are_listed_the_newest_first(deps: Dependencies, settings: Settings) -> None:
    await committed(deps)
    body = json.loads((await typed(settings, "orders", "--json")).out)
    assert body["totalCount"] == len(body["nodes"]) == 2
    assert {node["orderNumber"] for node in body["nodes"]} == {"O1", "O2"}
    one = await typed(settings, "orders", "--customer", "F2")
    assert one.lines[1].split()[:3] == ["O2", "Confirmed", "F2"]
    few = await typed(settings, "orders", "--first", "1", "--lang", "zh")
    assert few.lines[-1].startswith("共2个订单，列出1个")
    assert few.lines[1].split()[1:4] == ["已确认", "F2", "加盟商F2"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("orders", "--status", "LOST"), "LOST is no status of an order"),
        (("orders", "--customer", "F9"), "There is no customer 'F9'."),
        (("orders", "--first", "0"), "should be greater than or equal to 1"),
        (("runs", "--lang", "de"), "'de' is not one of"),
    ],
)
async def test_wrong_use_of_a_list_is_a_sentence(
    deps: Dependencies, settings: Settings, words: tuple[str, ...], said: str
) -> None:
    printed = await typed(settings, *words)
    assert printed.status == 2
    assert said in " ".join(printed.err.replace("│", "").split())


async def test_runs_are_listed_with_what_they_gave(deps: Dependencies, settings: Settings) -> None:
    await committed(deps)
    printed = await typed(settings, "runs")
    async with deps.unit_of_work(SYSTEM) as uow:
        run = await run_by_id(uow.session, 1)
    assert run is not None
    asked = run.requested_at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M")
    assert " ".join(printed.lines[0].split()) == (
        "run asked for at by status claims pieces given levels not proven"
    )
    assert " ".join(printed.lines[1].split()) == (
        f"1 {asked} Goods receipt GR-1 Carried out 6 12 6 0"
    )
    body = json.loads((await typed(settings, "runs", "--json")).out)
    [node] = body["nodes"]
    assert (node["run"], node["status"], node["goodsReceipts"]) == (1, "COMMITTED", ["GR-1"])
    assert node["summary"]["pieces"] == 12


async def test_empty_lists(deps: Dependencies, settings: Settings) -> None:
    """A database that was installed and holds nothing."""
    assert json.loads((await typed(settings, "runs", "--json")).out) == {
        "totalCount": 0,
        "nodes": [],
    }


def test_the_language_is_the_switchs_else_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Speaker().code == "en"
    monkeypatch.setenv("APPORTION_LANG", "zh")
    assert Speaker().code == "zh"
    assert Speaker("en")("yes", "是") == "yes"


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("demo --lang zh", "demo"),
        ("--lang zh demo", "demo"),
        ("--lang=zh demo", "demo"),
        ("--help", None),
        ("--lang zh", None),
        ("", None),
    ],
)
def test_the_command_is_found_behind_the_switch(line: str, command: str | None) -> None:
    assert command_of(line.split()) == command
