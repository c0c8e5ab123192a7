"""A customer's file: whom to talk to, what it traded, and its changes (P2)."""

from typing import Any

import strawberry

from domain.parties.customers import CreateCustomer, EraseContact, UpdateCustomer
from gql import contract
from gql.mutations import REFUSALS, UserError
from gql.parties.types import Customer, customer_by_key
from services.commands import UseCase
from services.parties.customers import create_customer, erase_contact, update_customer


@strawberry.type(description="The customer, or every reason why nothing was changed.")
class CustomerPayload:
    """The answer to the mutations of a customer's file."""

    customer: Customer | None = strawberry.field(description="The customer.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


def _mutation(kind: type, use_case: UseCase[Any, int], argument: str) -> Any:
    answer = contract.answers_with(CustomerPayload, "customer", customer_by_key, use_case)
    return contract.mutation(kind, CustomerPayload, answer, argument=argument)


@strawberry.type
class CustomerMutations:
    """Root fields that change customers."""

    customer_create = _mutation(CreateCustomer, create_customer, "Who it is.")
    customer_update = _mutation(UpdateCustomer, update_customer, "What changes.")
    contact_erase = _mutation(EraseContact, erase_contact, "Which contact.")
