"""What a field of an input says by its absence, by null, and by being empty.

Every input follows one of four rules, which the schema states field by field:

- a plain optional field has the default null: left out and null are one, and its description says
  what they mean;
- a field that changes what an object holds has no default: left out, it stays; null takes it away,
  or is refused where there is nothing without it (`changing` in `domain/commands.py`);
- a field whose null is a value has to be given (`stated` there);
- in a filter, what is left out, null or empty does not narrow (`Narrowing`).

No text is given empty, and no list, except one whose default is the empty list: see `input_limits`.
"""

from dataclasses import fields

# Of a field's metadata: whether it refuses null, and whether it may not be left out.
REFUSES_NULL = "apportion_refuses_null"
HAS_TO_BE_GIVEN = "apportion_has_to_be_given"


class Narrowing:
    """A filter: what is left out, null or empty does not narrow."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]  # every filter is made a data class
            if getattr(self, each.name) in ("", []):
                setattr(self, each.name, None)
