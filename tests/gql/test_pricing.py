"""Price plans over HTTP (P3)."""

import pytest

from domain.roles import Role
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")


async def test_prices_follow_plan_and_day(client: Client) -> None:
    """P3: PRODUCT makes a plan, SALES puts a customer on it, its own login sees its price."""
    product, sales = client.token(Role.PRODUCT), client.token(Role.SALES)
    await client.ask(
        """mutation { pricePlanCreate(input: {code: "VIP", name: "Good", currency: "CNY"}) {
             pricePlan { code version } userErrors { code } } }""",
        token=product,
    )
    entered = await client.ask(
        """mutation { priceSet(input: {plan: "VIP", expectedVersion: 1, reason: "Sale",
             prices: [{sku: "TEE-40", price: "9.25", validTo: "2013-12-05"}]}) {
             pricePlan { version prices(sku: "TEE-40") {
               price { amount } validFrom validTo enteredBy } } userErrors { code } } }""",
        token=product,
    )
    assert entered["priceSet"]["pricePlan"]["version"] == 2
    await client.ask(
        """mutation { customerUpdate(input: {code: "F1", pricePlan: "VIP"}) {
             customer { pricePlan { code } } userErrors { code } } }""",
        token=sales,
    )
    question = """{ prices(skus: ["TEE-40", "X"], customer: "F1") {
      sku price { amount currency } isFromPlan validFrom }
      later: prices(skus: ["TEE-40"], customer: "F1", on: "2013-12-06") { price { amount } }
      pricePlans { totalCount nodes { code } } }"""
    own = await client.ask(question, token=await client.customer_token("F1"))
    assert own["prices"] == [
        {
            "sku": "TEE-40",
            "price": {"amount": "9.250000", "currency": "CNY"},
            "isFromPlan": True,
            "validFrom": "2013-11-29",
        }
    ]
    assert own["later"] == [{"price": {"amount": "10.000000"}}]
    assert own["pricePlans"] == {"totalCount": 1, "nodes": [{"code": "VIP"}]}
    other = await client.customer_token("F2")
    assert (await client.ask("{ pricePlans { totalCount } }", token=other))["pricePlans"] == {
        "totalCount": 0
    }
    theirs = '{ prices(skus: ["TEE-40"], customer: "F1") { sku } }'
    assert await client.codes(theirs, token=other) == ["NOT_FOUND"]
