"""Who acts on an order, on which day, under which policy."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.calendar import BusinessCalendar
from domain.messages import msg
from domain.orders.refusals import refuse
from domain.policy.orders import OrderPolicy
from domain.roles import Role


@dataclass(frozen=True, slots=True)
class Goods:
    """What became of a line's units by now: sent out, given and being picked, reserved."""

    shipped: int = 0
    held: int = 0
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """The acting person with his roles, the business day, and the policy in force."""

    actor: str
    roles: frozenset[str]
    today: dt.date
    policy: OrderPolicy
    calendar: BusinessCalendar
    # By line number; allocation and shipping move these, not the order's own commands.
    goods: Mapping[int, Goods] = field(default_factory=dict)
    # The company's, in which the policy's amounts are.
    currency: str = "CNY"
    # The customer's account's; None where nobody asked.
    account_currency: str | None = None
    # What else stands in the account, so that it keeps its currency: "has other orders".
    account_bonds: tuple[str, ...] = ()

    def of_line(self, no: int) -> Goods:
        """What became of a line's units."""
        return self.goods.get(no, Goods())

    def holds(self, role: str) -> bool:
        """Whether the person acts in that role; ADMIN in every one."""
        return role in self.roles or Role.ADMIN in self.roles

    @property
    def is_customer(self) -> bool:
        """Whether it is the customer's own login that acts."""
        return Role.CUSTOMER in self.roles

    def written(self, paper: str | None) -> str | None:
        """The paper in which a customer agrees; None without one.

        What a customer says by its own login is in writing: the login then stands for the paper.
        """
        if paper is not None and paper.strip():
            return paper
        return f"login {self.actor}" if self.is_customer else None

    def one_of(self, roles: Iterable[str]) -> Role | None:
        """The first of these roles that the person holds."""
        return next((Role(role) for role in roles if self.holds(role)), None)

    def acting_as(self, role: str, rule: str) -> None:
        """Refuse to act in a role that the person does not hold."""
        if not self.holds(role):
            raise refuse("NOT_YOUR_ROLE", rule, msg("orders.NOT_YOUR_ROLE", role=role), "role")

    def working_days_later(self, days: int) -> dt.date:
        """The working day this many working days after today (P6)."""
        return self.calendar.add_working_days(self.today, days)
