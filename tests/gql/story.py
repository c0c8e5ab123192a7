"""How an order is led through its life over the API: in a role, do a mutation.

People, the customer and what it costs are set up by mutations too. Beside the API stand only what
stands beside it in life: the worker, the timer, and the clock.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from domain.roles import Role
from gql.nodes import key_of
from services.allocation.run import run_allocation
from tests.gql.conftest import Client

WANTED, DONE = "2014-03-31", "2014-03-03"
ORDER = {
    "channel": "EMAIL",
    "requiredOn": WANTED,
    "deliveryAddress": "1 Nanjing Road",
    "statedTotal": "100.00",
    "lines": [{"lineNo": 1, "sku": "TEE-40", "units": 10, "unitPrice": "10.00"}],
}
MUTATION = """mutation ($input: %(kind)s!) { act: %(name)s(input: $input) {
  %(shows)s
  userErrors { code field message ... on OrderRefusal { reasons { code rule } } } } }"""
CLERKS = (Role.SALES, Role.PLANNING, Role.ENGINEERING, Role.WAREHOUSE, Role.PRODUCTION)

# Entries of the timeline that show a command on the order itself.
ACTS = ("PLACED", "EVENT")
# Inputs that several mutations take.
SHARED_INPUTS = dict.fromkeys(("milestoneSkip", "milestoneReopen"), "MilestoneReasonInput")


@dataclass(frozen=True)
class Login:
    """A customer's own login."""

    customer_id: int


By = Role | Login


def kind_of(mutation: str) -> str:
    """The type of a mutation's input."""
    return SHARED_INPUTS.get(mutation, f"{mutation[0].upper()}{mutation[1:]}Input")


class Story:
    """One order of customer N1, and everybody who acts on it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.id = ""

    async def begin(self, terms: str = "PREPAID", kind: str = "FRANCHISEE") -> "Story":
        """The tiny company gets a new customer: N1, of region airport, with a file and terms."""
        file = {
            "code": "N1",
            "name": "New shop",
            "kind": kind,
            "region": "airport",
            "contacts": [{"name": "Ms Chen"}],
        }
        await self.mutate(Role.SALES, "customerCreate", "customer { code }", **file)
        if terms != "PREPAID":
            given = {"terms": [{"customer": "N1", "terms": terms}]}
            await self.mutate(Role.FINANCE, "paymentTermsSet", "changes { object }", **given)
        return self

    async def customer(self, code: str = "N1") -> Login:
        """A customer's own login."""
        document = "query ($code: String!) { customer(code: $code) { id } }"
        token = self.token(Role.SALES)
        found = (await self.client.ask(document, {"code": code}, token=token))["customer"]
        return Login(key_of(found["id"], "Customer", "id"))

    async def answer(self, by: By, name: str, shows: str, /, **input: Any) -> Any:
        """The payload of any mutation."""
        document = MUTATION % {"name": name, "kind": kind_of(name), "shows": shows}
        found = await self.client.ask(document, {"input": input}, token=self.token(by))
        return found["act"]

    async def mutate(self, by: By, name: str, shows: str, /, **input: Any) -> Any:
        """The payload of any mutation that must succeed."""
        payload = await self.answer(by, name, shows, **input)
        assert payload["userErrors"] == [], f"{name}: {payload['userErrors']}"
        return payload

    async def do(self, by: By, name: str, /, *, not_by: By | None = None, **input: Any) -> str:
        """An act on the order that must succeed; the order's status then.

        not_by: who may not do it, and is refused before.
        """
        if not_by is not None:
            await self.forbidden(not_by, name, **input)
        given = input if name == "orderPlace" else {"id": self.id, **input}
        payload = await self.mutate(by, name, "order { id status }", **given)
        self.id = payload["order"]["id"]
        return str(payload["order"]["status"])

    async def refused(self, by: By, name: str, /, **input: Any) -> list[str]:
        """Every reason with which an act on the order is refused; nothing was changed."""
        before = await self.read(Role.ADMIN, "version")
        payload = await self.answer(by, name, "order { id }", id=self.id, **input)
        assert payload["order"] is None
        assert await self.read(Role.ADMIN, "version") == before
        (error,) = payload["userErrors"]
        return [reason["code"] for reason in error.get("reasons", [error])]

    async def forbidden(self, by: By, name: str, /, **input: Any) -> None:
        """The act is not this role's to do."""
        document = MUTATION % {"name": name, "kind": kind_of(name), "shows": "order { id }"}
        given = input if name == "orderPlace" else {"id": self.id, **input}
        codes = await self.client.codes(document, {"input": given}, token=self.token(by))
        assert codes == ["FORBIDDEN"], f"{name} by {by}: {codes}"

    async def read(self, by: By, fields: str) -> Any:
        """Fields of the order as a role sees them; None where it does not exist for them."""
        document = f"query ($id: ID!) {{ order(id: $id) {{ {fields} }} }}"
        return (await self.client.ask(document, {"id": self.id}, token=self.token(by)))["order"]

    async def may(self, by: By) -> set[str]:
        """What a role may do with the order now."""
        found = await self.read(by, "allowedActions { name isAllowed }")
        return {each["name"] for each in found["allowedActions"] if each["isAllowed"]}

    async def history(self, by: By = Role.SALES) -> list[tuple[str, str]]:
        """Who did what to the order itself, the first first: actor without prefix, and title."""
        found = await self.read(by, "timeline { kind title actor }")
        return [
            (each["actor"].removeprefix("service:"), each["title"])
            for each in found["timeline"]
            if each["kind"] in ACTS
        ]

    async def entry(self, title: str, locale: str = "EN", by: By = Role.SALES) -> dict[str, Any]:
        """The order's last act of that title: when, who, why, and what it changed."""
        fields = f"""timeline(locale: {locale}) {{
          at kind title actor details {{ name value }} changes {{ name before after }} }}"""
        entries = (await self.read(by, fields))["timeline"]
        acts = [each for each in entries if each["kind"] in ACTS]
        entry = [each for each in acts if each["title"] == title][-1]
        reasons = [each["value"] for each in entry["details"] if each["name"] == "reason"]
        return {
            "at": entry["at"],
            "by": entry["actor"].removeprefix("service:"),
            "why": reasons[0] if reasons else None,
            "changed": {each["name"]: (each["before"], each["after"]) for each in entry["changes"]},
        }

    async def money(self, by: By = Role.FINANCE, customer: str = "N1") -> dict[str, str]:
        """The customer's funds: balance, what is held of it, what is available."""
        document = """query ($code: String!) { funds(filter: {search: $code}) { nodes {
          customer { code } balance { amount } held { amount } available { amount } } } }"""
        token = self.token(by)
        found = (await self.client.ask(document, {"code": customer}, token=token))["funds"]
        (funds,) = [each for each in found["nodes"] if each["customer"]["code"] == customer]
        return {name: funds[name]["amount"] for name in ("balance", "held", "available")}

    async def stock(self) -> dict[str, str]:
        """What lies in the central warehouse."""
        document = """{ stock(filter: {warehouse: "C", sku: "TEE-40"}) { nodes {
          unitsOnHand unitsHeld unitsReserved unitsFree } } }"""
        found = await self.client.ask(document, token=self.token(Role.WAREHOUSE))
        (level,) = found["stock"]["nodes"]
        return {name.removeprefix("units"): units for name, units in level.items()}

    async def runs(self) -> list[tuple[str, str]]:
        """All allocation runs, the newest first: why, and where each stands."""
        found = await self.client.ask(
            "{ allocationRuns { nodes { trigger status } } }", token=self.token(Role.PLANNING)
        )
        return [(each["trigger"], each["status"]) for each in found["allocationRuns"]["nodes"]]

    async def work(self) -> None:
        """The worker carries out the runs that were asked for."""
        found = await self.client.ask(
            "{ allocationRuns { nodes { id status } } }", token=self.token(Role.PLANNING)
        )
        for run in reversed(found["allocationRuns"]["nodes"]):
            if run["status"] == "QUEUED":
                key = key_of(run["id"], "AllocationRun", "id")
                await run_allocation(key, self.client.dependencies)

    async def pay(self, amount: str, slip: str) -> str:
        """FINANCE finds the money on our account; the balance then."""
        payload = await self.mutate(
            Role.FINANCE,
            "paymentRecord",
            "funds { balance { amount } }",
            customer="N1",
            amount=amount,
            slip=slip,
        )
        return str(payload["funds"]["balance"]["amount"])

    async def receive(self, units: int, number: str = "GR-1") -> None:
        """Goods arrive at the central warehouse, and the worker shares them out."""
        await self.mutate(
            Role.WAREHOUSE,
            "goodsReceive",
            "goodsReceipt { receiptNumber }",
            receiptNumber=number,
            warehouse="C",
            lines=[{"sku": "TEE-40", "units": units}],
        )
        await self.work()

    async def take_in(self, **more: Any) -> None:
        """O1 O2: taken in, acknowledged to the customer, checked, approved by finance and sales."""
        placed = {"customer": "N1", **ORDER, **more}
        status = await self.do(Role.ORDER_CLERK, "orderPlace", not_by=Role.WAREHOUSE, **placed)
        assert status == "RECEIVED"
        await self.do(Role.SALES, "orderAcknowledge", not_by=Role.FINANCE)
        status = await self.do(Role.ORDER_CLERK, "orderCheck", not_by=Role.PRODUCTION)
        assert status == "UNDER_CHECK"
        assert "orderFinanceApprove" in await self.may(Role.FINANCE)
        assert "orderReviewOpen" not in await self.may(Role.PLANNING)
        await self.do(Role.FINANCE, "orderFinanceApprove", not_by=Role.SALES)
        await self.do(Role.SALES_SUPERVISOR, "orderApprove", not_by=Role.SALES)

    async def speak_in_review(self, verdict: str = "FEASIBLE") -> None:
        """O3: the review is open; materials are stated and signed, all departments speak."""
        await self.do(
            Role.PURCHASING,
            "orderMaterialsState",
            not_by=Role.SALES,
            statement="Cotton is in stock.",
        )
        for role in (Role.ENGINEERING, Role.PURCHASING):
            await self.do(role, "orderMaterialsSign", role=role.name)
        review = (await self.read(Role.PLANNING, "reviews { required }"))["reviews"][-1]
        for name in review["required"]:
            spoken = {"role": name, "verdict": verdict}
            await self.do(Role(name), "orderReviewOpinion", not_by=Role.FINANCE, **spoken)

    async def review(self) -> None:
        """O3: a regular order is reviewed and accepted."""
        status = await self.do(Role.PLANNING, "orderReviewOpen", not_by=Role.QUALITY)
        assert status == "UNDER_REVIEW"
        await self.speak_in_review()
        decided = {"outcome": "ACCEPTED", "productionPromisedOn": DONE}
        status = await self.do(
            Role.PLANNING, "orderReviewDecide", not_by=Role.SALES_MANAGER, **decided
        )
        assert status == "AWAITING_CONFIRMATION"

    async def exchange_confirmation(self, promised_on: str = DONE) -> None:
        """O5: sent, sent back by the customer's own login, checked by our clerk."""
        await self.do(
            Role.ORDER_CLERK,
            "orderConfirmationSend",
            not_by=Role.PRODUCTION,
            promisedOn=promised_on,
        )
        customer = await self.customer()
        assert await self.may(customer) == {"orderConfirmationSendBack", "orderChangeRequest"}
        await self.do(customer, "orderConfirmationSendBack", not_by=Role.WAREHOUSE)
        looked = {"isSigned": True, "isStamped": True, "remarksAreClear": True}
        await self.do(Role.ORDER_CLERK, "orderConfirmationReturn", not_by=customer, **looked)

    async def confirm(self) -> None:
        """O5: the order stands."""
        status = await self.do(Role.ORDER_CLERK, "orderConfirm", not_by=await self.customer())
        assert status == "CONFIRMED"

    async def order_production(self) -> None:
        """O5: production order and work order with all their signatures."""
        for role in (Role.SALES_ADMIN, Role.PRODUCTION):
            await self.do(role, "productionOrderSign", not_by=Role.ANALYST, role=role.name)
        for role in CLERKS:
            await self.do(role, "workOrderSign", role=role.name)
        assert (await self.read(Role.SALES, "production { workStartedOn }"))["production"] == {
            "workStartedOn": self.today
        }

    @property
    def today(self) -> str:
        """The day in the company."""
        shanghai = dt.timezone(dt.timedelta(hours=8))
        return self.client.dependencies.clock().astimezone(shanghai).date().isoformat()

    def token(self, by: By) -> str:
        """A token as of now."""
        if isinstance(by, Role):
            return self.client.token(by)
        return self.client.token(Role.CUSTOMER, customer_id=by.customer_id)
