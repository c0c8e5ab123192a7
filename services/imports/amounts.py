"""Amounts of an import in their currencies: no finer than the minor unit, rounded to it (F6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from domain.currencies import MOST_DECIMALS, minor_units
from domain.money import object_to_amount
from services.imports.faults import Fault
from services.imports.judging import Drafts, Frames, judged

_EXACT = pl.Decimal(38, MOST_DECIMALS)


def check_amounts(
    frames: Frames, drafts: Drafts, company: str | None, known: Mapping[str, str]
) -> Iterator[Fault]:
    """Amounts that are finer than their currency; rows whose currency is not known are not asked.

    company: the company's currency, where it is known. known: the currency of customers that the
    database has.
    """
    customers = frames["customers"].with_columns(currency_of=_of_customer(company))
    for column in ("credit_limit", "balance", "guarantee"):
        yield from judged(customers, drafts, "customers", column, object_to_amount, "currency_of")
    if frames["orders"].is_empty():
        return
    orders = with_currency(frames, company, known)
    yield from judged(orders, drafts, "orders", "min_ship_value", object_to_amount, "currency_of")


def with_currency(frames: Frames, company: str | None, known: Mapping[str, str]) -> pl.DataFrame:
    """Orders with `currency_of`: their own currency, else their customer's."""
    theirs = frames["customers"].select("customer_id", theirs=_of_customer(company))
    kept = pl.col("customer_id").replace_strict(
        list(known), list(known.values()), default=None, return_dtype=pl.String
    )
    return (
        frames["orders"]
        .join(theirs.unique("customer_id"), "customer_id", how="left", maintain_order="left")
        .with_columns(currency_of=pl.coalesce("currency", "theirs", kept))
        .drop("theirs")
    )


def rounded_lines(lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Lines with their `amount`: net price times quantity, half-even to the currency's minor unit.

    orders: with their `currency_of`.
    """
    currencies = orders["currency_of"].unique().drop_nulls().to_list()
    digits = pl.col("currency_of").replace_strict(
        currencies, [minor_units(code) for code in currencies], default=2, return_dtype=pl.Int8
    )
    exact = pl.col("net_price") * pl.col("quantity")
    amount = (
        pl.when(digits == 0)
        .then(exact.round(0))
        .when(digits == MOST_DECIMALS)
        .then(exact.round(MOST_DECIMALS))
        .otherwise(exact.round(2))
    )
    return (
        lines.join(
            orders.select("order_id", "currency_of"),
            "order_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(amount=amount.cast(_EXACT))
        .drop("currency_of")
    )


def _of_customer(company: str | None) -> pl.Expr:
    return pl.coalesce(pl.col("currency"), pl.lit(company, dtype=pl.String))
