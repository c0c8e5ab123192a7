"""Orders with their steps, shipments and story, as a mobile client asks for them."""

import pytest

from tests.gql.company import add_orders, change_order, shared_out
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")


async def test_a_mobile_client_reads_its_orders_in_one_query(client: Client) -> None:
    """M7: states and days late are those of today, 2013-11-29 in Shanghai."""
    await shared_out(client.dependencies)
    await add_orders(client.dependencies, "F1", 1)
    token = await client.customer_token("F1")
    answer = await client.ask(
        """{ orders(first: 1) { nodes {
          orderNumber status placedAt total { amount currency }
          milestones { number code label(locale: ZH_HANS) ownerRole estimatedOn closedOn closedBy
                       state daysLate attendees }
          nextMilestone { number }
          shipments { status carrier trackingNumber shippedAt trackingEvents { at code place } }
        } } }""",
        token=token,
    )
    order = answer["orders"]["nodes"][0]
    steps = order.pop("milestones")
    assert order == {
        "orderNumber": "N-F1-000",
        "status": "SHIPPED",
        "placedAt": "2013-11-02T00:00:00Z",
        "total": {"amount": "20.00", "currency": "CNY"},
        "nextMilestone": {"number": 3},
        "shipments": [
            {
                "status": "DISPATCHED",
                "carrier": "SF",
                "trackingNumber": "T0",
                "shippedAt": "2013-11-01T00:00:00Z",
                "trackingEvents": [
                    {"at": "2013-11-01T01:00:00Z", "code": "PICKED_UP", "place": None},
                    {"at": "2013-11-01T05:00:00Z", "code": "IN_TRANSIT", "place": None},
                ],
            }
        ],
    }
    assert [step["number"] for step in steps] == list(range(1, 18))
    assert [(step["state"], step["daysLate"]) for step in steps[:5]] == [
        ("CLOSED_ON_TIME", 0),
        ("CLOSED_LATE", 5),
        ("OVERDUE", 2),
        ("DUE_SOON", -2),
        ("NOT_STARTED", None),
    ]
    assert steps[2] == {
        "number": 3,
        "code": "PAYMENT_RECEIVED",
        "label": "收到客户首付款/定金",
        "ownerRole": "SALES",
        "estimatedOn": "2013-11-27",
        "closedOn": None,
        "closedBy": None,
        "state": "OVERDUE",
        "daysLate": 2,
        "attendees": ["SALES_MANAGER", "SALES_DIRECTOR", "ACCOUNTING_MANAGER"],
    }


async def test_the_timeline_shows_everything_by_time(client: Client) -> None:
    """O15: changes, steps, shipment, tracking; titles in both languages."""
    await shared_out(client.dependencies)
    (key,) = await add_orders(client.dependencies, "F1", 1)
    await change_order(client.dependencies, key)
    document = """query ($locale: Locale!) {
      orderTimeline(orderNumber: "N-F1-000", locale: $locale) {
      at isAllDay kind title actor details { name value }
      milestone { number } shipment { shipmentNumber }
    } }"""
    entries = (await client.ask(document, {"locale": "EN"}))["orderTimeline"]
    assert [(entry["at"], entry["kind"], entry["title"]) for entry in entries] == [
        ("2013-11-01T00:00:00Z", "SHIPPED", "Shipped"),
        ("2013-11-01T01:00:00Z", "TRACKING", "Picked up"),
        ("2013-11-01T05:00:00Z", "TRACKING", "In transit"),
        ("2013-11-02T00:00:00Z", "PLACED", "Order placed"),
        ("2013-11-18T16:00:00Z", "MILESTONE_CLOSED", "Communication initiated with customer"),
        ("2013-11-23T16:00:00Z", "MILESTONE_CLOSED", "Payment request sent to customer"),
        ("2013-11-26T16:00:00Z", "MILESTONE_EXPECTED", "Customer payment received"),
        ("2013-11-29T00:00:00Z", "EVENT", "Noted"),
        ("2013-11-30T16:00:00Z", "MILESTONE_EXPECTED", "Customer confirms packaging"),
    ]
    # Steps have a day of the company and no hour.
    assert [entry["isAllDay"] for entry in entries] == [
        entry["kind"].startswith("MILESTONE") for entry in entries
    ]
    assert entries[0]["shipment"] == {"shipmentNumber": "SH-F1-000"}
    assert entries[4]["milestone"] == {"number": 1}
    assert entries[4]["actor"] == "Li"
    assert entries[7]["details"] == [{"name": "reason", "value": "a test"}]
    chinese = (await client.ask(document, {"locale": "ZH_HANS"}))["orderTimeline"]
    assert [entry["title"] for entry in chinese[:2]] == ["已发货", "已揽收"]


async def test_the_timeline_shows_what_allocation_did(client: Client) -> None:
    """A5, O15: F1's goods are being picked; F2's are reserved and CHANNEL is to collect."""
    await shared_out(client.dependencies)
    fields = "kind title actor amount { amount currency } details { name value }"
    answer = await client.ask(f"""{{
      one: orderTimeline(orderNumber: "O1") {{ {fields} }}
      two: orderTimeline(orderNumber: "O2") {{ {fields} }}
    }}""")
    # What a run did for an order is one entry; the money that it set aside is another.
    assert [(entry["kind"], entry["title"], entry["actor"]) for entry in answer["one"]] == [
        ("PLACED", "Order placed", None),
        ("SHIPMENT_CREATED", "Goods given, picking began", "SYSTEM"),
        ("PAYMENT", "Money set aside for the goods", "SYSTEM"),
    ]
    assert [entry["amount"] for entry in answer["one"]] == [
        None,
        None,
        {"amount": "40.00", "currency": "CNY"},
    ]
    number = answer["one"][2]["details"]
    assert answer["one"][1]["details"] == [
        *number,
        {"name": "units", "value": "4"},
        {"name": "run", "value": "1"},
    ]
    assert answer["two"][1:] == [
        {
            "kind": "RESERVED",
            "title": "Goods reserved until payment",
            "actor": "SYSTEM",
            "amount": None,
            "details": [
                {"name": "units", "value": "3"},
                {"name": "expiresAt", "value": "2013-12-14T16:00:00Z"},
                {"name": "run", "value": "1"},
                {"name": "tells", "value": "CHANNEL"},
            ],
        }
    ]


async def test_money_keeps_its_digits(client: Client) -> None:
    """Unit prices keep six decimals, amounts two; payments are what was set aside (F4)."""
    await shared_out(client.dependencies)
    answer = await client.ask("""{ order(orderNumber: "O1") {
      total { amount } minShipValue { amount }
      lines { nodes { unitPrice { amount currency } amount { amount } unitsHeld unitsOpen pack } }
      payments { status amount { amount } shipment { status } }
      customer { funds { balance { amount } held { amount } available { amount } } }
    } }""")
    assert answer["order"] == {
        "total": {"amount": "40.00"},
        "minShipValue": {"amount": "0.00"},
        "lines": {
            "nodes": [
                {
                    "unitPrice": {"amount": "10.000000", "currency": "CNY"},
                    "amount": {"amount": "40.00"},
                    "unitsHeld": 4,
                    "unitsOpen": 0,
                    "pack": 1,
                }
            ]
        },
        "payments": [
            {"status": "HELD", "amount": {"amount": "40.00"}, "shipment": {"status": "PICKING"}}
        ],
        "customer": {
            "funds": {
                "balance": {"amount": "10.00"},
                "held": {"amount": "40.00"},
                "available": {"amount": "10.00"},
            }
        },
    }
