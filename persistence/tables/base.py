"""What every table shares: naming of constraints, types of keys, money and instants."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Dialect,
    Identity,
    MetaData,
    Numeric,
    String,
    Text,
    TypeDecorator,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from domain import limits
from domain.currencies import MOST_DECIMALS
from domain.languages import Language
from domain.money import plain
from domain.vocabulary import Vocabulary

# Fixed names, so that a later migration can drop a constraint by name on any installation.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class AmountOfMoney(TypeDecorator[Decimal]):
    """An amount in a currency's minor unit, of which none has more than three decimals.

    Read back with two decimals, or three where the third says something.
    """

    impl = Numeric(16 + MOST_DECIMALS, MOST_DECIMALS)
    cache_ok = True

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else plain(value)


class WordOf(TypeDecorator[Vocabulary]):
    """A word of a vocabulary: stored as its text, read back as its member."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[Vocabulary], length: int) -> None:
        super().__init__(length)
        self.words = words

    @property
    def python_type(self) -> type[str]:
        """What a cursor keeps of it, and what it is compared with."""
        return str

    def process_result_value(self, value: str | None, dialect: Dialect) -> Vocabulary | None:
        return None if value is None else self.words(value)


class SpokenLanguage(TypeDecorator[Language]):
    """A language: stored as its code, read back as its member."""

    impl = String(8)
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Language | None:
        return None if value is None else Language(value)


# A unit price keeps six decimals.
UnitPrice = Annotated[Decimal, mapped_column(Numeric(18, 6))]
Amount = Annotated[Decimal, mapped_column(AmountOfMoney())]
Key = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
Code = Annotated[str, mapped_column(String(limits.CODE))]
Name = Annotated[str, mapped_column(String(limits.NAME))]
Currency = Annotated[str, mapped_column(String(3))]
Instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[
    dt.datetime, mapped_column(DateTime(timezone=True), server_default=func.now())
]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]


class Base(DeclarativeBase):
    """All tables of the application; `metadata` is what the migrations are held against."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        int: BigInteger,
        str: Text,
        dt.datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
    }


def amounts_fit(*columns: str) -> CheckConstraint:
    """A CHECK that no amount of a row is finer than the row's currency allows."""
    rule = " AND ".join(f"amount_fits({column}, currency)" for column in columns)
    return CheckConstraint(rule, name="minor_unit")


def key_of_number(column: str) -> MappedColumn[str]:
    """What all spellings of a document's number have in common, so that it is there once."""
    return mapped_column(Text, Computed(f"document_key({column})", persisted=True), unique=True)


def one_of(column: str, values: Iterable[str]) -> str:
    """The text of a CHECK that a column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({words})"
