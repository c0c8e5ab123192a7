"""What every table shares: naming of constraints, types of keys, money and instants."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Numeric, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from domain import limits

# Fixed names, so that a later migration can drop a constraint by name on any installation.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# A unit price keeps six decimals; an amount is in the currency's minor unit, two decimals.
UnitPrice = Annotated[Decimal, mapped_column(Numeric(18, 6))]
Amount = Annotated[Decimal, mapped_column(Numeric(18, 2))]
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


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The text of a CHECK that a column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({words})"
