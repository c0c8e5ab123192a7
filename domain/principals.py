"""Who is acting: a person, a service, or the system itself."""

from dataclasses import dataclass, field

from domain.languages import Language

SYSTEM_SUBJECT = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Principal:
    """The acting subject and its roles; `customer_id` binds a customer login to its rows (P1).

    language: what a person is answered in where the request names no language.
    """

    subject: str
    roles: frozenset[str] = frozenset()
    customer_id: int | None = None
    language: Language | None = field(default=None, compare=False)

    @property
    def sees_all(self) -> bool:
        """Whether rows of every customer are visible, as they are to our own people and jobs."""
        return self.customer_id is None and "CUSTOMER" not in self.roles


# Jobs and timers act as this principal.
SYSTEM = Principal(SYSTEM_SUBJECT, frozenset({"ADMIN"}))
