"""Absent, null and empty each mean one stated thing, in every input of the schema.

The probes are made from the schema itself, so that a new input is held to this from its first day.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
)

from domain.roles import Role
from gql.context import Deps
from gql.limits import Limits
from gql.nodes import key_of
from gql.schema import schema
from tests.gql.company import add_orders
from tests.gql.conftest import Client
from tests.gql.story import ORDER, Story
from tests.gql.test_input_limits import (
    Counter,
    Path,
    counter,
    document,
    input_of,
    mutations,
    of_all_roles,
    put,
)

pytestmark = pytest.mark.usefixtures("tiny_company")

__all__ = ["counter"]

STAYS = re.compile(r"Left out, it stays; null (is refused|makes it [^.;]+)\.")
STATED = re.compile(r"To be given; null: [^.;]+\.")


@pytest.fixture
def api_deps(api_deps: Deps) -> Deps:
    """Many probes go into one request."""
    return replace(api_deps, limits=Limits(15, 10_000, 100_000, 100_000, 1_000_000))


@pytest.fixture
async def company(client: Client) -> dict[str, int]:
    """A company with an order that was taken in, and one with milestones; keys by type."""
    story = await Story(client).begin()
    await story.do(Role.SALES, "orderPlace", customer="N1", **ORDER)
    await add_orders(client.dependencies, "F1", 1)
    return {"Order": key_of(story.id, "Order", "id")}


def input_fields(
    kind: GraphQLInputType, path: Path = ()
) -> Iterator[tuple[Path, GraphQLInputField]]:
    """Every field of an input and of what it holds; of a list its first item."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            here = (*path, name)
            yield here, field
            yield from input_fields(field.type, (*here, "0") if is_list(field) else here)


def is_list(field: GraphQLInputField) -> bool:
    kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return isinstance(kind, GraphQLList)


def is_nullable(field: GraphQLInputField) -> bool:
    return not isinstance(field.type, GraphQLNonNull)


def test_what_absence_and_null_mean_is_said_of_every_field() -> None:
    """P2: with the default null the two are one; without it, the description states both."""
    wrong = []
    for name, kind in mutations():
        for path, field in input_fields(kind):
            text = field.description or ""
            says = bool(STAYS.search(text) or STATED.search(text))
            if is_nullable(field) and (field.default_value is Undefined) != says:
                wrong.append(f"{name} {'.'.join(path)}: {text}")
            if field.default_value == "":
                wrong.append(f"{name} {'.'.join(path)}: empty by default")
    assert not wrong, "\n".join(wrong)


async def test_null_is_refused_where_nothing_can_be_taken_away(
    client: Client, company: dict[str, int], counter: Counter
) -> None:
    """And a value that has to be stated is not left out: that is refused with the path."""
    before, token = counter.rows(), of_all_roles(client)
    probed, wrong = 0, []
    for name, kind in mutations():
        given = input_of(name, kind, company)
        for path, field in input_fields(kind):
            text = field.description or ""
            if "null is refused" in text:
                changed = put(given, path, None)
            elif STATED.search(text):
                changed = put(given, path, None)
                holder = changed
                for step in path[:-1]:
                    holder = holder[int(step) if isinstance(holder, list) else step]
                del holder[path[-1]]
            else:
                continue
            probed += 1
            found = await client.ask(document(name, kind.name), {"i0": changed}, token=token)
            errors = [(each["code"], each["field"]) for each in found["a0"]["userErrors"]]
            if errors != [("INVALID_INPUT", ".".join(path))]:
                wrong.append(f"{name} {'.'.join(path)}: {errors}")
    assert not wrong, "\n".join(wrong)
    assert probed > 20
    assert counter.rows() == before


async def test_an_empty_list_is_refused_except_where_it_is_the_default(
    client: Client, company: dict[str, int], counter: Counter
) -> None:
    before, token = counter.rows(), of_all_roles(client)
    wrong, refused, taken = [], 0, 0
    for name, kind in mutations():
        given = input_of(name, kind, company)
        for path, field in input_fields(kind):
            if not is_list(field):
                continue
            if field.default_value == []:
                taken += 1
                continue
            refused += 1
            changed = put(given, path, [])
            found = await client.ask(document(name, kind.name), {"i0": changed}, token=token)
            errors = [(each["code"], each["field"]) for each in found["a0"]["userErrors"]]
            if errors != [("INVALID_INPUT", ".".join(path))]:
                wrong.append(f"{name} {'.'.join(path)}: {errors}")
    assert not wrong, "\n".join(wrong)
    assert (refused > 15, taken > 3) == (True, True)
    assert counter.rows() == before


async def test_what_a_filter_leaves_out_or_empty_does_not_narrow(
    client: Client, company: dict[str, int]
) -> None:
    """The empty text of a search box, the empty list of boxes to tick: as if they were not sent."""
    root = schema._schema.query_type
    assert root is not None
    token, probed, wrong = of_all_roles(client), 0, []
    for name, query in root.fields.items():
        if "filter" not in query.args:
            continue
        kind = query.args["filter"].type
        needed = [each for each in query.args.values() if isinstance(each.type, GraphQLNonNull)]
        assert needed == [], name
        asked = f"query ($filter: {kind}) {{ {name}(filter: $filter) {{ totalCount }} }}"
        whole = await client.ask(asked, {"filter": {}}, token=token)
        for path, field in input_fields(kind):
            if get_named_type(field.type).name not in ("String", "ID") and not is_list(field):
                continue
            if not is_nullable(field):
                continue
            for nothing in (None, [] if is_list(field) else ""):
                probed += 1
                given = {"filter": put({}, path, nothing)}
                if await client.ask(asked, given, token=token) != whole:
                    wrong.append(f"{name} {path} {nothing!r}")
    assert not wrong, "\n".join(wrong)
    assert probed > 50


async def test_a_customer_loses_its_price_plan_by_null_and_keeps_it_by_silence(
    story: Story,
) -> None:
    """P2 P3: without a plan it pays list prices; others go the same way, the Chinese name too."""
    shown = """customer { chinese: name(locale: ZH_HANS) pricePlan { code } region { code }
      salesperson }"""
    await add_plan(story)
    await story.mutate(Role.ADMIN, "personAdd", "person { subject }", subject="li", roles=["SALES"])
    all_of_them = {"pricePlan": "P1", "salesperson": "li", "nameZh": "新店"}
    for given, expected in (
        (all_of_them, ("P1", "airport", "li", "新店")),
        ({"name": "Newer shop"}, ("P1", "airport", "li", "新店")),
        ({"pricePlan": None}, (None, "airport", "li", "新店")),
        ({"region": None}, (None, None, "li", "新店")),
        ({"salesperson": None}, (None, None, None, "新店")),
        ({"nameZh": None}, (None, None, None, "Newer shop")),
        ({"region": "airport", "salesperson": "li"}, (None, "airport", "li", "Newer shop")),
    ):
        payload = await story.mutate(Role.SALES, "customerUpdate", shown, code="N1", **given)
        found = payload["customer"]
        plan, region = found["pricePlan"], found["region"]
        held = (
            plan and plan["code"],
            region and region["code"],
            found["salesperson"],
            found["chinese"],
        )
        assert held == expected
    await story.mutate(Role.SALES, "customerUpdate", shown, code="N1", pricePlan="P1")
    empty = await story.answer(Role.SALES, "customerUpdate", shown, code="N1", pricePlan="")
    assert [each["field"] for each in empty["userErrors"]] == ["pricePlan"]


async def test_a_contact_keeps_what_is_not_said_of_it(story: Story) -> None:
    """P2: only null takes a telephone number away, and only false the first place."""
    shown = "customer { contacts { id name position phone email note isMain } }"
    full = {
        "name": "Ms Chen",
        "position": "Buyer",
        "phone": "1",
        "email": "c@x.example",
        "note": "n",
        "isMain": True,
    }
    found = await story.mutate(Role.SALES, "customerUpdate", shown, code="N1")
    key = found["customer"]["contacts"][0]["id"]
    for given, expected in (
        (full, full),
        ({"name": "Mrs Chen"}, {**full, "name": "Mrs Chen"}),
        *(
            ({"name": "Mrs Chen", name: None}, {**full, "name": "Mrs Chen", name: None})
            for name in ("position", "phone", "email", "note")
        ),
        ({"name": "Mrs Chen", "isMain": False}, {**full, "name": "Mrs Chen", "isMain": False}),
    ):
        await story.mutate(
            Role.SALES, "customerUpdate", shown, code="N1", contacts=[{"id": key, **full}]
        )
        payload = await story.mutate(
            Role.SALES, "customerUpdate", shown, code="N1", contacts=[{"id": key, **given}]
        )
        (contact,) = payload["customer"]["contacts"]
        assert contact == {"id": key, **expected}


async def test_a_purchase_and_a_stage_lose_what_is_null(story: Story) -> None:
    """O11: dates, units and notes recorded by mistake are taken back; silence keeps them."""
    await story.take_in()
    shown = """materialPurchase { unit needed neededOn orderedOn confirmedOn expectedOn receivedOn
      note }"""
    days = ("neededOn", "orderedOn", "confirmedOn", "expectedOn", "receivedOn")
    full = {**dict.fromkeys(days, "2013-11-29"), "unit": "m", "note": "n", "needed": "3"}
    which = {"orderId": story.id, "material": "Cotton"}
    for name in (*days, "unit", "note"):
        await story.mutate(Role.PURCHASING, "materialPurchaseRecord", shown, **which, **full)
        kept = await story.mutate(Role.PURCHASING, "materialPurchaseRecord", shown, **which)
        lost = await story.mutate(
            Role.PURCHASING, "materialPurchaseRecord", shown, **which, **{name: None}
        )
        assert kept["materialPurchase"] == {**full, "needed": "3.000"}
        expected = {**full, "needed": "3.000", name: "" if name == "unit" else None}
        assert lost["materialPurchase"] == expected


async def test_a_stage_an_inspection_and_a_person_lose_what_is_null(story: Story) -> None:
    """O11 O12 P1: null makes a stage unplanned or its exception solved, and silence nothing."""
    found = await story.client.ask('{ order(orderNumber: "O1") { id } }')
    which = {"orderId": found["order"]["id"], "stage": "SEWING"}
    shown = """productionStage { label english: label(locale: EN) chinese: label(locale: ZH_HANS)
      unitsPlanned plannedOn exception state }"""
    full = {
        "labelEn": "Sewing",
        "labelZh": "车缝",
        "unitsPlanned": 4,
        "plannedOn": "2013-12-02",
        "exception": "The press is broken.",
        "emergencyPlan": "Half comes by air.",
    }
    after = {"english": "Sewing", "chinese": "车缝", "unitsPlanned": 4, "plannedOn": "2013-12-02"}
    broken = {"exception": "The press is broken.", "state": "EXCEPTION"}
    for name, lost in (
        ("labelEn", {"english": "SEWING"}),
        ("labelZh", {"chinese": "SEWING"}),
        ("unitsPlanned", {"unitsPlanned": None}),
        ("plannedOn", {"plannedOn": None}),
        ("exception", {"exception": None, "state": "RUNNING"}),
    ):
        await story.mutate(Role.PRODUCTION, "productionProgressRecord", shown, **which, **full)
        for given, expected in (
            ({}, {**after, **broken}),
            ({name: None}, {**after, **broken, **lost}),
        ):
            answer = await story.mutate(
                Role.PRODUCTION, "productionProgressRecord", shown, **which, **given
            )
            stage = answer["productionStage"]
            assert {key: stage[key] for key in expected} == expected
    booked = {"kind": "OWN", "plannedOn": "2013-12-31", "inspector": "Qi", "note": "n"}
    shown = "inspection { id inspector note }"
    for name in ("inspector", "note"):
        answer = await story.mutate(
            Role.QUALITY, "inspectionBook", shown, orderId=which["orderId"], **booked
        )
        key = answer["inspection"]["id"]
        answer = await story.mutate(
            Role.QUALITY, "inspectionRecord", shown, id=key, result="CANCELLED", **{name: None}
        )
        assert answer["inspection"] == {"id": key, "inspector": "Qi", "note": "n", name: None}
    shown = "person { name region { code } }"
    wang = {"subject": "wang", "roles": ["REGION_MANAGER"], "region": "airport"}
    await story.mutate(Role.ADMIN, "personAdd", shown, **wang)
    for given, region in (({"name": "Wang"}, {"code": "airport"}), ({"region": None}, None)):
        answer = await story.mutate(Role.ADMIN, "personUpdate", shown, subject="wang", **given)
        assert answer["person"] == {"name": "Wang", "region": region}


async def test_an_order_and_its_steps_lose_what_is_null(story: Story) -> None:
    """O1 M4: what a customer takes back is unknown again, an order without
    irregularities is regular; a note is erased by null alone."""
    await story.do(Role.ORDER_CLERK, "orderPlace", customer="N1", **ORDER)
    await story.do(Role.ORDER_CLERK, "orderCheck")
    for name, missing in (
        ("requiredOn", ["REQUIRED_ON"]),
        ("deliveryAddress", ["DELIVERY_ADDRESS"]),
        ("statedTotal", []),
    ):
        await story.do(Role.ORDER_CLERK, "orderSupplyInformation", **{name: None})
        await story.do(Role.ORDER_CLERK, "orderCheck")
        found = await story.read(Role.SALES, "missing { what }")
        assert [each["what"] for each in found["missing"]] == missing
        await story.do(Role.ORDER_CLERK, "orderSupplyInformation", **{name: ORDER[name]})
    for name, value, lost in (
        ("customerPo", "PO 7", None),
        ("note", "call first", None),
        ("irregularities", ["CUSTOM_DESIGN"], []),
    ):
        for given, expected in (
            ({name: value}, value),
            ({"urgency": "URGENT"}, value),
            ({name: None}, lost),
        ):
            await story.do(Role.ORDER_CLERK, "orderSupplyInformation", **given)
            assert (await story.read(Role.SALES, name))[name] == expected
    await add_orders(story.client.dependencies, "F1", 1)
    steps = """query { orders(filter: {search: "N-F1-000"}) { nodes { milestones {
      id number note } } } }"""
    (order,) = (await story.client.ask(steps))["orders"]["nodes"]
    (four,) = [each["id"] for each in order["milestones"] if each["number"] == 4]
    again = {"id": four, "reason": "not done"}
    for given, note in (({"note": "proof 2"}, "proof 2"), ({}, "proof 2"), ({"note": None}, None)):
        shown = "milestone { note }"
        more = {"override": True, "reason": "waits for nothing", **given}
        closed = await story.mutate(Role.SALES_MANAGER, "milestoneClose", shown, id=four, **more)
        assert closed["milestone"]["note"] == note
        await story.mutate(Role.SALES_MANAGER, "milestoneReopen", shown, **again)


def test_what_null_makes_of_each_field_is_shown_above() -> None:
    """A new field of a change gets its line in one of these stories."""
    found = {
        f"{kind.name}.{'.'.join(path)}"
        for _, kind in mutations()
        for path, field in input_fields(kind)
        if "null makes it" in (field.description or "")
    }
    contact = {f"contacts.0.{name}" for name in ("position", "phone", "email", "note")}
    customer = {"nameZh", "region", "salesperson", "pricePlan", *contact}
    purchase = {"unit", "note", "neededOn", "orderedOn", "confirmedOn", "expectedOn", "receivedOn"}
    stage = {"labelEn", "labelZh", "unitsPlanned", "plannedOn", "exception"}
    assert found == {
        *(f"CustomerCreateInput.{name}" for name in contact),
        *(f"CustomerUpdateInput.{name}" for name in customer),
        *(f"MaterialPurchaseRecordInput.{name}" for name in purchase),
        *(f"ProductionProgressRecordInput.{name}" for name in stage),
        *(f"InspectionRecordInput.{name}" for name in ("inspector", "note")),
        "MilestoneCloseInput.note",
        "MilestoneBeginInput.note",
        *(
            f"OrderSupplyInformationInput.{name}"
            for name in (
                *("requiredOn", "deliveryAddress", "statedTotal"),
                *("customerPo", "note", "irregularities"),
            )
        ),
        "PersonUpdateInput.region",
        "PersonUpdateInput.language",
    }


async def add_plan(story: Story) -> None:
    await story.mutate(
        Role.PRODUCT, "pricePlanCreate", "pricePlan { id }", code="P1", name="P", currency="CNY"
    )


@pytest.fixture
async def story(client: Client) -> Story:
    return await Story(client).begin()
