"""A customer's file: whom to talk to, what it traded, and its changes (P2)."""

import strawberry

from domain.parties.customers import CreateCustomer, EraseContact, UpdateCustomer
from gql import contract
from gql.mutations import REFUSALS, UserError
from gql.parties.types import Customer, customer_by_key
from services.parties.customers import create_customer, erase_contact, update_customer


@strawberry.type(description="The customer, or every reason why nothing was changed.")
class CustomerPayload:
    """The answer to the mutations of a customer's file."""

    customer: Customer | None = strawberry.field(description="The customer.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


_mutation = contract.answered_with(CustomerPayload, "customer", customer_by_key)


@strawberry.type
class CustomerMutations:
    """Root fields that change customers."""

    customer_create = _mutation(CreateCustomer, create_customer, "Who it is.")
    customer_update = _mutation(UpdateCustomer, update_customer, "What changes.")
    contact_erase = _mutation(EraseContact, erase_contact, "Which contact.")
