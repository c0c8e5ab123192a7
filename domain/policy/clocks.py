"""Time limits in a policy: the documents' own, of which only what a company changes is said."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    GetPydanticSchema,
    PlainSerializer,
    TypeAdapter,
    ValidationInfo,
    field_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import core_schema

from domain.clocks.definitions import (
    CLOCK_UNITS,
    DOCUMENT_CLOCKS,
    LONGEST_LIMIT,
    ClockDefinition,
    Limit,
)
from domain.messages import TEXT, literal, msg
from domain.policy.faults import must_be, wrong
from domain.policy.forms import CONFIG, OWN_ROLES, OwnRoles, not_one_of, one_of, whole
from domain.sentences import Label


def _in_full(value: object) -> object:
    return value if isinstance(value, Mapping) else {"breach": value}


def _own_role(value: object) -> object:
    if value is not None and not (isinstance(value, str) and value in OWN_ROLES):
        raise wrong(msg("policy.NO_ROLE"), msg("policy.TAKE_ONE", words=sorted(OWN_ROLES)))
    return value


Time = Annotated[int, whole(0, LONGEST_LIMIT, "policy.IN_WHOLE_NUMBERS")]


@dataclass(frozen=True, config=CONFIG)
class LimitSettings:
    """How long until the breach, and when it reminds before that."""

    breach: Time
    remind: Time | None = None

    @field_validator("remind")
    @classmethod
    def _before_the_breach(cls, remind: int | None, info: ValidationInfo) -> int | None:
        if remind is not None and remind > info.data.get("breach", remind):
            raise wrong(msg("policy.REMINDS_LATE"), msg("policy.REMIND_BEFORE"))
        return remind


@dataclass(frozen=True, config=CONFIG)
class ClockSettings:
    """What a company says of a clock; None: as in the documents.

    code: put into its table when it is read; the document has it as the table's name.
    """

    code: str = Field(alias="@")
    label_en: str | None = None
    label_zh: str | None = None
    owner_role: Annotated[str | None, BeforeValidator(_own_role)] = None
    unit: Annotated[str, one_of(CLOCK_UNITS)] | None = None
    limits: Mapping[str, Annotated[LimitSettings, BeforeValidator(_in_full)]] | None = None
    also_told: OwnRoles | None = None

    @field_validator("owner_role")
    @classmethod
    def _names_its_owner(cls, role: str | None, info: ValidationInfo) -> str | None:
        if role is None and info.data["code"] not in DOCUMENT_CLOCKS:
            raise wrong(msg("policy.NAMES_NO_ROLE"), msg("policy.SAY_WHOSE"))
        return role

    @field_validator("unit")
    @classmethod
    def _counted(cls, unit: str | None, info: ValidationInfo) -> str | None:
        if unit is None and info.data["code"] not in DOCUMENT_CLOCKS:
            raise not_one_of(CLOCK_UNITS)
        return unit

    @field_validator("limits")
    @classmethod
    def _of_its_own(
        cls, limits: Mapping[str, LimitSettings] | None, info: ValidationInfo
    ) -> Mapping[str, LimitSettings] | None:
        known = DOCUMENT_CLOCKS.get(info.data["code"])
        if limits is not None and known is not None and known.limit_of is not None:
            raise wrong(msg("policy.NOT_HERE"), msg("policy.SET_ELSEWHERE", setting=known.limit_of))
        if limits == {} or (limits is None and known is None):
            raise must_be(msg("policy.LIMITS"), is_shown=False)
        return limits

    def definition(self) -> ClockDefinition:
        """The clock of the documents with these changes, or one of the company's own."""
        base = DOCUMENT_CLOCKS.get(
            self.code, ClockDefinition(self.code, literal(self.code), "", "")
        )
        changes: dict[str, Any] = {
            name: value
            for name in ("owner_role", "unit")
            if (value := getattr(self, name)) is not None
        }
        english, chinese = base.label.labels
        labels = Label(self.label_en or english, self.label_zh or chinese)
        if labels != (english, chinese):
            changes["label"] = msg(TEXT, text=labels)
        if self.also_told is not None:
            changes["also_told"] = tuple(dict.fromkeys(self.also_told))
        if self.limits is not None:
            changes["limits"] = {
                variant: Limit(limit.breach, limit.remind) for variant, limit in self.limits.items()
            }
        return replace(base, **changes)


_SETTINGS: TypeAdapter[dict[str, ClockSettings]] = TypeAdapter(dict[str, ClockSettings])


def _over_documents(value: object) -> dict[str, ClockDefinition]:
    if not isinstance(value, Mapping):
        raise must_be(msg("policy.BY_CODE"), is_shown=False)
    said = {
        code: {**given, "@": code} if isinstance(given, Mapping) else given
        for code, given in value.items()
        if not isinstance(given, ClockDefinition)
    }
    changed = {
        code: settings.definition() for code, settings in _SETTINGS.validate_python(said).items()
    }
    return {**DOCUMENT_CLOCKS, **value, **changed}


def _changes_only(clocks: Mapping[str, ClockDefinition]) -> dict[str, Any]:
    return {
        code: _body(clock) for code, clock in clocks.items() if clock != DOCUMENT_CLOCKS.get(code)
    }


def _body(clock: ClockDefinition) -> dict[str, Any]:
    english, chinese = clock.label.labels
    limits = {
        variant: {"breach": limit.breach, "remind": limit.remind}
        for variant, limit in clock.limits.items()
    }
    return {
        "label_en": english,
        "label_zh": chinese,
        "owner_role": clock.owner_role,
        "unit": clock.unit,
        "also_told": list(clock.also_told),
        **({} if clock.limit_of else {"limits": limits}),
    }


# Made above, and of messages, whose parameters pydantic need not look into.
_DEFINED = GetPydanticSchema(lambda *_: core_schema.is_instance_schema(ClockDefinition))
Clocks = Annotated[
    Mapping[str, Annotated[ClockDefinition, _DEFINED]],
    BeforeValidator(_over_documents),
    PlainSerializer(_changes_only),
]
