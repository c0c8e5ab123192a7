"""A customer's file: entered before its first order, changed, its contacts kept (P2)."""

from domain.commands import changing, command, described, part
from domain.currencies import CurrencyCode
from domain.limits import CODE, EMAIL, MEMO, NAME, Text
from domain.parties.vocabularies import CustomerClass, CustomerKind, PaymentTerms
from domain.roles import Action
from domain.unchanged import UNCHANGED, Unchanged


@part("CustomerContactInput")
class Contact:
    """A person to talk to; with an id, the contact that this changes."""

    id: int | None = described(
        "A contact of this customer; none = a new one.",
        default=None,
        id_of="CustomerContact",
        kw_only=True,
    )
    name: str = described("The person's name.", limit=Text(NAME))
    position: str | Unchanged | None = changing(
        "What the person does there.", null="unknown", default=UNCHANGED, limit=Text(NAME)
    )
    phone: str | Unchanged | None = changing(
        "Telephone.", null="unknown", default=UNCHANGED, limit=Text(CODE)
    )
    email: str | Unchanged | None = changing(
        "E-mail.", null="unknown", default=UNCHANGED, limit=Text(EMAIL)
    )
    note: str | Unchanged | None = changing(
        "What else one should know.", null="empty", default=UNCHANGED, limit=Text(MEMO)
    )
    is_main: bool | None = changing(
        "Whether to talk to this person first; a new contact: no.", null=None, default=None
    )


@command(
    "customerCreate",
    Action.KEEP_CUSTOMERS,
    title=("Open a customer's file", "新建客户档案"),
    history=("Customer's file opened", "已新建客户档案"),
    input_description="A new customer, entered before its first order.",
)
class CreateCustomer:
    """Open a customer's file and account (P2)."""

    code: str = described("The company's own code.", limit=Text(CODE))
    name: str = described("Its name.", limit=Text(NAME))
    name_zh: str | None = described(
        "Its name in Chinese; none = it has one name.", default=None, limit=Text(NAME), kw_only=True
    )
    kind: CustomerKind = described("What kind of customer it is.")
    customer_class: CustomerClass | None = described(
        "How it is classed; none = C. A and B take a sales manager.", default=None
    )
    region: str | None = described("Its region, by code.", default=None)
    salesperson: str | None = described("Who is responsible, by subject.", default=None)
    payment_terms: PaymentTerms = described(
        "When it pays. Terms without a bank slip are credit: FINANCE sets those.",
        default=PaymentTerms.PREPAID,
    )
    currency: CurrencyCode | None = described(
        "The currency of its account; none = the company's.", default=None
    )
    price_plan: str | None = described("Its price plan, by code; none = list prices.", default=None)
    contacts: tuple[Contact, ...] = described("Whom to talk to.", default=())


@command(
    "customerUpdate",
    Action.KEEP_CUSTOMERS,
    title=("Change a customer's file", "修改客户档案"),
    history=("Customer's file changed", "已修改客户档案"),
    input_description="What changes in a customer's file; what is left out stays.",
)
class UpdateCustomer:
    """Change a customer's file. Rank, credit and terms are set by their departments:
    `customerRankSet`, `creditLimitSet`, `paymentTermsSet`.
    """

    code: str = described("Which customer, by code.")
    name: str | None = changing("Its name.", null=None, default=None, limit=Text(NAME))
    name_zh: str | Unchanged | None = changing(
        "Its name in Chinese.", null="a customer of one name", default=UNCHANGED, limit=Text(NAME)
    )
    kind: CustomerKind | None = changing("What kind of customer it is.", null=None, default=None)
    customer_class: CustomerClass | None = changing(
        "How it is classed; takes a sales manager or CHANNEL.", null=None, default=None
    )
    region: str | Unchanged | None = changing(
        "Its region, by code.", null="a customer of no region", default=UNCHANGED
    )
    salesperson: str | Unchanged | None = changing(
        "Who is responsible, by subject.", null="nobody's in particular", default=UNCHANGED
    )
    price_plan: str | Unchanged | None = changing(
        "Its price plan, by code.", null="list prices", default=UNCHANGED
    )
    contacts: tuple[Contact, ...] = described(
        "Contacts to add or change; the others stay.", default=()
    )
    expected_version: int | None = described(
        "Refused when the customer has another version by now.", default=None
    )


@command(
    "contactErase",
    Action.ERASE_CONTACTS,
    title=("Erase a contact's personal data", "删除联系人个人信息"),
    history=("Contact's personal data erased", "已删除联系人个人信息"),
    input_description="A contact whose personal data is erased.",
)
class EraseContact:
    """Erase a contact's personal data for good; history keeps a pseudonym."""

    contact_id: int = described("The contact's id.", name="id", id_of="CustomerContact")
