"""What is wrong with the settings of a policy: every fault at once, each with its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from domain.errors import InvalidInput
from domain.messages import Message, msg, sentences
from domain.objections import Objection
from domain.suggestions import closest

# Settings that are a section of their own in the body.
_SECTIONS = ("orders", "schedule")
# pydantic's own names for what has no setting, and for a key of a table.
_UNKNOWN = "unexpected_keyword_argument"
_KEY = "[key]"
# What its own errors say that a value must be.
_FORMS = {
    "string_type": msg("policy.TEXT"),
    "dataclass_type": msg("policy.TABLE"),
    "mapping_type": msg("policy.NAMES_AND_VALUES"),
    "dict_type": msg("policy.NAMES_AND_VALUES"),
    "missing": msg("policy.GIVEN"),
}


@dataclass(frozen=True, slots=True)
class SettingFault:
    """A value of a setting that cannot be, and what to do.

    rests_on: another setting that decides whether the value can be.
    sentence: the whole of it, where it does not begin with the value.
    """

    setting: str
    value: str
    objection: Objection
    rests_on: str | None = None
    sentence: Message | None = None

    @property
    def field(self) -> str:
        """The setting as a client names it: a key within a table is no field of its own."""
        section, dot, name = self.setting.partition(".")
        return f"{section}.{name.partition('.')[0]}" if section in _SECTIONS and dot else section

    @property
    def message(self) -> Message:
        """What is wrong and what to do, with the setting's name."""
        if self.sentence is not None:
            return self.sentence
        fault = self.objection.about(repr(self.value))
        return msg("policy.FAULT", setting=self.setting, fault=fault)


class InvalidSettings(InvalidInput):
    """Settings that cannot be; the first fault is that of the error's `field`."""

    def __init__(self, faults: Sequence[SettingFault]) -> None:
        super().__init__(sentences(tuple(each.message for each in faults)), field=faults[0].field)
        self.faults = tuple(faults)


def must_be(form: Message, *, is_shown: bool = True) -> PydanticCustomError:
    """The error of a value that has another form, such as "a whole number from 1".

    is_shown: whether the sentence names the value; not one that may be long.
    """
    return PydanticCustomError("must_be", "must_be", {"form": form, "is_shown": is_shown})


def wrong(problem: Message, remedy: Message) -> PydanticCustomError:
    """The error of a value of the right form that cannot be; see `Objection`."""
    return PydanticCustomError("wrong", "wrong", {"problem": problem, "remedy": remedy})


def faults_of(error: ValidationError, defaults: object) -> list[SettingFault]:
    """Everything that pydantic found; defaults: settings from which those known are named."""
    return [_fault(defaults, each) for each in error.errors()]


def _fault(defaults: object, error: ErrorDetails) -> SettingFault:
    names = [str(name) for name in error["loc"] if isinstance(name, str)]
    value, context = error["input"], error.get("ctx", {})
    if names[-1:] == [_KEY]:
        *section, name = names[:-1]
        if "among" in context:
            return _unknown(section, name, context["among"])
        names = section
    if error["type"] == _UNKNOWN:
        *section, name = names
        return _unknown(section, name, _names_within(defaults, section))
    setting = ".".join(names) or "policy"
    if error["type"] == "wrong":
        objection = Objection(context["problem"], context["remedy"])
        # A table, or nothing, is not shown.
        sentence = None if isinstance(value, str | int) else objection.about(setting)
        return SettingFault(setting, _shown(value), objection, sentence=sentence)
    form = context.get("form") or _FORMS.get(error["type"])
    if form is None:
        form = msg("policy.ANOTHER_FORM", problem=error["msg"])
    objection = Objection(msg("policy.IS_NOT", form=form), msg("policy.GIVE", form=form))
    if context.get("is_shown", error["type"] == "string_type"):
        shown = f"{value!r:.40}"
        sentence = msg("policy.IS_BUT_MUST_BE", setting=setting, value=shown, form=form)
    else:
        sentence = msg("policy.MUST_BE", setting=setting, form=form)
    return SettingFault(setting, _shown(value), objection, sentence=sentence)


def _shown(value: object) -> str:
    return f"{value!s:.40}"


def _unknown(section: Sequence[str], name: str, known: Iterable[str]) -> SettingFault:
    names = sorted(known)
    meant = closest(name, names)
    if meant is not None:
        remedy = msg("common.DID_YOU_MEAN", word=meant)
    else:
        remedy = msg("policy.KNOWN", names=names) if names else msg("policy.LEAVE_OUT")
    if section:
        place = ".".join(section)
        sentence = msg("policy.UNKNOWN_IN", name=name, section=place, remedy=remedy)
    else:
        sentence = msg("policy.UNKNOWN", name=name, remedy=remedy)
    setting = ".".join((*section, name))
    objection = Objection(msg("policy.NO_SETTING"), remedy)
    return SettingFault(setting, name, objection, sentence=sentence)


def _names_within(settings: object, section: Sequence[str]) -> list[str]:
    """The settings of a section; none where it is no section of its own."""
    for name in section:
        settings = getattr(settings, name, None)
    if not is_dataclass(settings):
        return []
    return [item.name for item in fields(settings)]
