"""A customer's file: whom to talk to, what it traded, and its changes (P2)."""

from typing import Annotated, Any

import strawberry

from domain import limits
from domain.currencies import CurrencyCode
from domain.master_data import PaymentTerms
from domain.parties import CustomerClass, CustomerKind
from domain.roles import Action
from gql.context import Info
from gql.input_changes import asked, changing, given
from gql.input_limits import at_most
from gql.mutations import KEY, REFUSALS, UserError, act_once
from gql.nodes import key_of, optional_key
from gql.parties.types import Customer, customer_by_key
from gql.permissions import Needs
from persistence.unit_of_work import UnitOfWork
from services.parties.customers import (
    Contact,
    CreateCustomer,
    UpdateCustomer,
    create_customer,
    erase_contact,
    update_customer,
)


@strawberry.input(description="Somebody to talk to; with an id, the contact that this changes.")
class CustomerContactInput:
    """A contact."""

    id: strawberry.ID | None = strawberry.field(
        default=None, description="A contact of this customer; none = a new one."
    )
    name: str = strawberry.field(description="The person's name.", metadata=at_most(limits.NAME))
    position: str | None = changing(
        "What the person does there.", null="unknown", metadata=at_most(limits.NAME)
    )
    phone: str | None = changing("Telephone.", null="unknown", metadata=at_most(limits.CODE))
    email: str | None = changing("E-mail.", null="unknown", metadata=at_most(limits.EMAIL))
    note: str | None = changing(
        "What else one should know.", null="empty", metadata=at_most(limits.MEMO)
    )
    is_main: bool | None = changing(
        "Whether to talk to this person first; a new contact: no.", null=None
    )

    def contact(self) -> Contact:
        """The contact as the use case knows it."""
        return Contact(
            self.name,
            asked(self.position),
            asked(self.phone),
            asked(self.email),
            asked(self.note),
            given(self.is_main),
            optional_key(self.id, "CustomerContact", "contacts.id"),
        )


@strawberry.input(description="A new customer, entered before its first order.")
class CustomerCreateInput:
    """A customer's file to open."""

    code: str = strawberry.field(
        description="The company's own code.", metadata=at_most(limits.CODE)
    )
    name: str = strawberry.field(description="Its name.", metadata=at_most(limits.NAME))
    kind: CustomerKind = strawberry.field(description="What kind of customer it is.")
    customer_class: CustomerClass | None = strawberry.field(
        default=None, description="How it is classed; none = C. A and B take a sales manager."
    )
    region: str | None = strawberry.field(default=None, description="Its region, by code.")
    salesperson: str | None = strawberry.field(
        default=None, description="Who is responsible, by subject."
    )
    payment_terms: PaymentTerms = strawberry.field(
        default=PaymentTerms.PREPAID,
        description="When it pays. Terms without a bank slip are credit: FINANCE sets those.",
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="The currency of its account; none = the company's."
    )
    price_plan: str | None = strawberry.field(
        default=None, description="Its price plan, by code; none = list prices."
    )
    contacts: list[CustomerContactInput] = strawberry.field(
        default_factory=list, description="Whom to talk to."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What changes in a customer's file; what is left out stays.")
class CustomerUpdateInput:
    """A customer's file to change."""

    code: str = strawberry.field(description="Which customer, by code.")
    name: str | None = changing("Its name.", null=None, metadata=at_most(limits.NAME))
    kind: CustomerKind | None = changing("What kind of customer it is.", null=None)
    customer_class: CustomerClass | None = changing(
        "How it is classed; takes a sales manager or CHANNEL.", null=None
    )
    region: str | None = changing("Its region, by code.", null="a customer of no region")
    salesperson: str | None = changing(
        "Who is responsible, by subject.", null="nobody's in particular"
    )
    price_plan: str | None = changing("Its price plan, by code.", null="list prices")
    contacts: list[CustomerContactInput] = strawberry.field(
        default_factory=list, description="Contacts to add or change; the others stay."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refused when the customer has another version by now."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A contact whose personal data is erased.")
class ContactEraseInput:
    """A contact to erase."""

    id: strawberry.ID = strawberry.field(description="The contact's id.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="The customer, or every reason why nothing was changed.")
class CustomerPayload:
    """The answer to the mutations of a customer's file."""

    customer: Customer | None = strawberry.field(description="The customer.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class CustomerMutations:
    """Root fields that change customers."""

    @strawberry.mutation(
        description="Open a customer's file and account (P2).",
        extensions=[Needs(Action.KEEP_CUSTOMERS)],
    )
    async def customer_create(
        self,
        info: Info,
        input: Annotated[CustomerCreateInput, strawberry.argument(description="Who it is.")],
    ) -> CustomerPayload:
        """Enter a customer."""
        command = CreateCustomer(
            code=input.code,
            name=input.name,
            kind=input.kind,
            customer_class=input.customer_class or CustomerClass.C,
            region=input.region,
            salesperson=input.salesperson,
            payment_terms=input.payment_terms,
            currency=input.currency,
            price_plan=input.price_plan,
            contacts=tuple(each.contact() for each in input.contacts),
        )

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"customer": await create_customer(command, uow)}

        return await _answer(info, "customerCreate", input.idempotency_key, command, act)

    @strawberry.mutation(
        description="Change a customer's file. Rank, credit and terms are set by their"
        " departments: `customerRankSet`, `creditLimitSet`, `paymentTermsSet`.",
        extensions=[Needs(Action.KEEP_CUSTOMERS)],
    )
    async def customer_update(
        self,
        info: Info,
        input: Annotated[CustomerUpdateInput, strawberry.argument(description="What changes.")],
    ) -> CustomerPayload:
        """Change a customer."""
        command = UpdateCustomer(
            code=input.code,
            name=given(input.name),
            kind=input.kind or None,
            customer_class=input.customer_class or None,
            region=asked(input.region),
            salesperson=asked(input.salesperson),
            price_plan=asked(input.price_plan),
            contacts=tuple(each.contact() for each in input.contacts),
            expected_version=input.expected_version,
        )

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"customer": await update_customer(command, uow)}

        return await _answer(info, "customerUpdate", input.idempotency_key, command, act)

    @strawberry.mutation(
        description="Erase a contact's personal data for good; history keeps a pseudonym.",
        extensions=[Needs(Action.ERASE_CONTACTS)],
    )
    async def contact_erase(
        self,
        info: Info,
        input: Annotated[ContactEraseInput, strawberry.argument(description="Which contact.")],
    ) -> CustomerPayload:
        """Erase a contact."""
        key = key_of(input.id, "CustomerContact", "id")

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"customer": await erase_contact(key, uow)}

        return await _answer(info, "contactErase", input.idempotency_key, input, act)


async def _answer(
    info: Info, mutation: str, key: str | None, command: object, act: Any
) -> CustomerPayload:
    outcome, refusals = await act_once(info, mutation, key, command, act)
    found = await customer_by_key(info.context, outcome.get("customer"))
    return CustomerPayload(customer=found, user_errors=refusals)
