"""What is wrong with a customer's file as it was asked for, and what its words take (P2, P7)."""

import re
from collections.abc import Collection, Iterator, Sequence

from domain import limits
from domain.errors import FaultyItems, InvalidInput, ItemFault
from domain.funding import TERMS_WITHOUT_SLIP
from domain.messages import msg
from domain.parties.customers import Contact, CreateCustomer, UpdateCustomer
from domain.parties.vocabularies import CustomerClass, CustomerKind, PaymentTerms
from domain.roles import Action

LOWEST_CLASS = CustomerClass.C
MOST_CONTACTS = 50
# A contact's texts beside the name, and how long each may be.
_TEXTS = (
    ("position", limits.NAME),
    ("phone", limits.CODE),
    ("email", limits.EMAIL),
    ("note", limits.MEMO),
)


def check_new_file(command: CreateCustomer) -> None:
    """A new customer has a code, a name, and words that there are. Raises InvalidInput."""
    if not re.fullmatch(r"\S(.{0,62}\S)?", command.code):
        raise InvalidInput(msg("parties.CODE_LENGTH"), field="code")
    check_words(command)
    if not PaymentTerms.has(command.payment_terms):
        raise InvalidInput(msg("parties.PAYMENT_TERMS", allowed=PaymentTerms), field="paymentTerms")


def check_words(command: CreateCustomer | UpdateCustomer) -> None:
    """Names say something, kind and class are words that there are. Raises InvalidInput."""
    for field, name in (("name", command.name), ("nameZh", command.name_zh)):
        if isinstance(name, str) and not 1 <= len(name.strip()) <= limits.NAME:
            raise InvalidInput(msg("values.NAME_1_200"), field=field)
    if command.kind is not None and not CustomerKind.has(command.kind):
        raise InvalidInput(msg("parties.KIND", allowed=CustomerKind), field="kind")
    if command.customer_class is not None and not CustomerClass.has(command.customer_class):
        raise InvalidInput(msg("parties.CLASS"), field="customerClass")


def actions_beside(
    command: CreateCustomer | UpdateCustomer, customer_class: CustomerClass = LOWEST_CLASS
) -> Iterator[Action]:
    """What a file takes beside the right to it: a class of one's own choice, terms of credit.

    customer_class: what the customer is before.
    """
    if command.customer_class not in (None, customer_class):
        yield Action.CLASS_CUSTOMERS
    if isinstance(command, CreateCustomer) and command.payment_terms in TERMS_WITHOUT_SLIP:
        yield Action.SET_CREDIT


def check_contact_count(contacts: Sequence[Contact]) -> None:
    """One call names a limited number of contacts. Raises InvalidInput."""
    if len(contacts) > MOST_CONTACTS:
        raise InvalidInput(msg("parties.MOST_CONTACTS", most=MOST_CONTACTS), field="contacts")


def check_contacts(contacts: Sequence[Contact], known: Collection[int]) -> None:
    """Contacts can be reached, and one of them at most is the main one.

    known: the keys of the customer's contacts that were not erased. Raises FaultyItems with every
    fault.
    """
    faults = [
        fault
        for index, contact in enumerate(contacts)
        for fault in _contact_faults(index, contact, known)
    ]
    mains = [index for index, contact in enumerate(contacts) if contact.is_main]
    if len(mains) > 1:
        remedy = msg("parties.CHOOSE_ONE")
        faults.append(ItemFault(mains[-1], "isMain", msg("parties.OTHER_MAIN"), remedy))
    if faults:
        raise FaultyItems(faults)


def _contact_faults(index: int, contact: Contact, known: Collection[int]) -> Iterator[ItemFault]:
    if contact.id is not None and contact.id not in known:
        remedy = msg("parties.LEAVE_ID_OUT")
        yield ItemFault(index, "id", msg("parties.NO_CONTACT"), remedy, "NOT_FOUND")
    if not 1 <= len(contact.name.strip()) <= limits.NAME:
        yield ItemFault(index, "name", msg("values.NAME_1_200"), msg("parties.GIVE_OTHER_NAME"))
    for field, most in _TEXTS:
        value = getattr(contact, field)
        if isinstance(value, str) and len(value) > most:
            said = msg("parties.OVER_CHARACTERS", most=most)
            yield ItemFault(index, field, said, msg("parties.SHORTEN"))
