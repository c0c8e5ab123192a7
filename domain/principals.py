"""Who is acting: a person, a service, or the system itself."""

from dataclasses import dataclass

SYSTEM_SUBJECT = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Principal:
    """The acting subject and its roles; `customer_id` binds a customer login to its rows (P1)."""

    subject: str
    roles: frozenset[str] = frozenset()
    customer_id: int | None = None

    @property
    def sees_all(self) -> bool:
        """Whether rows of every customer are visible, as they are to our own people and jobs."""
        return self.customer_id is None and "CUSTOMER" not in self.roles


# Jobs and timers act as this principal.
SYSTEM = Principal(SYSTEM_SUBJECT, frozenset({"ADMIN"}))
