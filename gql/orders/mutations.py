"""Every act on an order as a mutation: one input, the order as it then stands, or the refusal."""

from typing import Annotated, Any, TypeVar

import strawberry

from domain.orders.transitions import TRANSITIONS
from domain.roles import Action
from gql.context import Info
from gql.mutations import REFUSALS, UserError, act_once
from gql.nodes import key_of
from gql.orders import inputs
from gql.orders import inputs_once_bound as later
from gql.orders.types import Order, order_by_key
from gql.permissions import Needs
from persistence.unit_of_work import UnitOfWork
from services.orders.acts import ActOnOrder, act_on_order
from services.orders.place import place_order

Input = TypeVar("Input", bound=inputs.OrderActInput)


@strawberry.type(description="The order as it now stands, or why nothing was done.")
class OrderPayload:
    """The answer to every act on an order."""

    order: Order | None = strawberry.field(description="The order.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


async def _answer(info: Info, outcome: dict[str, Any], refusals: list[UserError]) -> OrderPayload:
    order = await order_by_key(info.context, outcome.get("order"))
    return OrderPayload(order=order, user_errors=refusals)


def _act(name: str, kind: type[Input], description: str) -> Any:
    """The mutation of one act; name and action are those of the rules' table."""

    async def resolve(
        self: Any,
        info: Info,
        input: Annotated[kind, strawberry.argument(description="Which order, and what of it.")],  # type: ignore[valid-type]  # the class is given, and read when the schema is made
    ) -> OrderPayload:
        deed = input.deed()  # type: ignore[attr-defined]  # every such input has one
        command = ActOnOrder(key_of(input.id, "Order", "id"), deed, input.expected_version)  # type: ignore[attr-defined]  # as above

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"order": await act_on_order(command, uow)}

        outcome, refusals = await act_once(info, name, input.idempotency_key, command, act)  # type: ignore[attr-defined]  # as above
        return await _answer(info, outcome, refusals)

    return strawberry.mutation(
        name=name, description=description, extensions=[Needs(TRANSITIONS[name].action)]
    )(resolve)


@strawberry.type
class OrderMutations:
    """Root fields that act on orders."""

    @strawberry.mutation(
        description="Take an order in; an incomplete one too, `orderCheck` tells what it lacks.",
        extensions=[Needs(Action.PLACE_ORDERS)],
    )
    async def order_place(
        self,
        info: Info,
        input: Annotated[inputs.OrderPlaceInput, strawberry.argument(description="The order.")],
    ) -> OrderPayload:
        """A new order."""
        command = input.command()

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"order": await place_order(command, uow)}

        outcome, refusals = await act_once(info, "orderPlace", input.idempotency_key, command, act)
        return await _answer(info, outcome, refusals)

    order_acknowledge = _act(
        "orderAcknowledge",
        inputs.OrderAcknowledgeInput,
        "The customer was told that the order is here.",
    )
    order_check = _act(
        "orderCheck",
        inputs.OrderCheckInput,
        "The order is checked line by line (O1, O2).",
    )
    order_supply_information = _act(
        "orderSupplyInformation",
        inputs.OrderSupplyInformationInput,
        "What the customer told since, or was taken in wrongly, until the order is reviewed.",
    )
    order_offer_choose = _act(
        "orderOfferChoose",
        inputs.OrderOfferChooseInput,
        "The customer takes an offer for a short line.",
    )
    order_price_doubt_release = _act(
        "orderPriceDoubtRelease",
        inputs.OrderPriceDoubtReleaseInput,
        "A doubt is released, or passed on upwards (O2).",
    )
    order_finance_approve = _act(
        "orderFinanceApprove",
        inputs.OrderFinanceApproveInput,
        "FINANCE approves price, amount and terms (O2).",
    )
    order_approve = _act(
        "orderApprove",
        inputs.OrderApproveInput,
        "The sales supervisor or manager approves the order (O2).",
    )
    order_review_open = _act(
        "orderReviewOpen",
        inputs.OrderReviewOpenInput,
        "The review of the order, or of its change, begins (O3).",
    )
    order_review_opinion = _act(
        "orderReviewOpinion",
        inputs.OrderReviewOpinionInput,
        "What a department says in the review (O3).",
    )
    order_materials_state = _act(
        "orderMaterialsState",
        inputs.OrderMaterialsStateInput,
        "Material availability in writing (O3).",
    )
    order_materials_sign = _act(
        "orderMaterialsSign",
        inputs.OrderMaterialsSignInput,
        "The statement on materials is signed (O3).",
    )
    order_drawing_file = _act(
        "orderDrawingFile",
        inputs.OrderDrawingFileInput,
        "The drawing, and the customer's written word on it (O3).",
    )
    order_extension_ask = _act(
        "orderExtensionAsk",
        inputs.OrderExtensionAskInput,
        "The customer was asked to extend the date (O3).",
    )
    order_review_decide = _act(
        "orderReviewDecide",
        inputs.OrderReviewDecideInput,
        "The outcome of the review (O3).",
    )
    order_conditions_agree = _act(
        "orderConditionsAgree",
        inputs.OrderConditionsAgreeInput,
        "The customer's answer to the conditions (O3).",
    )
    order_confirmation_send = _act(
        "orderConfirmationSend",
        inputs.OrderConfirmationSendInput,
        "The confirmation goes to the customer (O5).",
    )
    order_confirmation_send_back = _act(
        "orderConfirmationSendBack",
        inputs.OrderConfirmationSendBackInput,
        "The customer sends the confirmation back; we then look at it (O5).",
    )
    order_confirmation_return = _act(
        "orderConfirmationReturn",
        inputs.OrderConfirmationReturnInput,
        "The confirmation came back and was looked at (O5).",
    )
    order_confirm = _act(
        "orderConfirm",
        inputs.OrderConfirmInput,
        "The order stands, and competes for goods (F3).",
    )
    order_change_request = _act(
        "orderChangeRequest",
        later.OrderChangeRequestInput,
        "A change of a reviewed order is asked for; its effect is told at once (O4).",
    )
    order_change_sign = _act(
        "orderChangeSign",
        later.OrderChangeSignInput,
        "A modification request is signed (O4).",
    )
    order_change_agree = _act(
        "orderChangeAgree",
        later.OrderChangeAgreeInput,
        "The customer agreed to the change in writing (O4).",
    )
    order_change_withdraw = _act(
        "orderChangeWithdraw",
        later.OrderChangeWithdrawInput,
        "The change is called off.",
    )
    order_gate_record = _act(
        "orderGateRecord",
        later.OrderGateRecordInput,
        "Something towards production's release is here (O6).",
    )
    order_gate_release = _act(
        "orderGateRelease",
        later.OrderGateReleaseInput,
        "Production is released (O6).",
    )
    production_order_sign = _act(
        "productionOrderSign",
        later.ProductionOrderSignInput,
        "The production order is signed (O5).",
    )
    work_order_sign = _act(
        "workOrderSign",
        later.WorkOrderSignInput,
        "The work order is signed (O5).",
    )
    order_special_sign = _act(
        "orderSpecialSign",
        later.OrderSpecialSignInput,
        "A special order is signed (O7).",
    )
    deposit_record = _act(
        "depositRecord",
        later.DepositRecordInput,
        "FINANCE received a deposit (O6, O7).",
    )
    deposit_settle = _act(
        "depositSettle",
        later.DepositSettleInput,
        "The deposit is settled after the last day of pick-up (O7).",
    )
    order_stock_in = _act(
        "orderStockIn",
        later.OrderStockInInput,
        "A special order's goods are in the warehouse (O7).",
    )
    pickup_record = _act(
        "pickupRecord",
        later.PickupRecordInput,
        "Units of a special order were picked up (O7).",
    )
    order_ship = _act(
        "orderShip",
        later.OrderShipInput,
        "What is being picked for the order leaves; nothing stays behind.",
    )
    order_deliver = _act(
        "orderDeliver",
        later.OrderDeliverInput,
        "All of the order has arrived.",
    )
    order_receipt_sign = _act(
        "orderReceiptSign",
        later.OrderReceiptSignInput,
        "The customer's signed receipt is here (O14).",
    )
    order_settle = _act(
        "orderSettle",
        later.OrderSettleInput,
        "FINANCE finds the order paid in full (O14).",
    )
    complaint_open = _act(
        "complaintOpen",
        later.ComplaintOpenInput,
        "The customer complains (O14).",
    )
    complaint_answer = _act(
        "complaintAnswer",
        later.ComplaintAnswerInput,
        "A complaint is answered (O14).",
    )
    order_close = _act(
        "orderClose",
        later.OrderCloseInput,
        "The order is done (O14).",
    )
    order_cancel = _act(
        "orderCancel",
        later.OrderCancelInput,
        "The order is called off; what it holds goes back (O14).",
    )
