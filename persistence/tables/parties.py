"""Who we deal with: regions, warehouses, stores, customers, people and their roles."""

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.languages import Language
from domain.parties.vocabularies import (
    CustomerClass,
    CustomerKind,
    PaymentTerms,
    StoreKind,
    WarehouseKind,
)
from domain.roles import Role
from persistence.tables.base import (
    Amount,
    Base,
    Code,
    CreatedAt,
    Currency,
    Key,
    Name,
    SpokenLanguage,
    WordOf,
    amounts_fit,
    one_of,
)


class RegionRow(Base):
    """A sales region. Its place in a season's order is policy, not a column here (P5)."""

    __tablename__ = "regions"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_zh: Mapped[str | None] = mapped_column(String(limits.NAME))
    # The order of the regions' file: where a season does not list a region, this decides.
    position: Mapped[int] = mapped_column(Integer, server_default="0")


class WarehouseRow(Base):
    """A place that holds stock: central (allocated from) or a region's own."""

    __tablename__ = "warehouses"
    __table_args__ = (CheckConstraint(one_of("kind", WarehouseKind), name="kind"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_zh: Mapped[str | None] = mapped_column(String(limits.NAME))
    kind: Mapped[WarehouseKind] = mapped_column(WordOf(WarehouseKind, 16))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"), index=True)


class CustomerRow(Base):
    """A franchisee, distributor, export customer, or own region as a customer (P2)."""

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint(one_of("kind", CustomerKind), name="kind"),
        CheckConstraint(one_of("payment_terms", PaymentTerms), name="payment_terms"),
        CheckConstraint("class IN ('A', 'B', 'C')", name="class"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
        amounts_fit("credit_limit"),
        Index("ix_customers_name_id", "name", "id"),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_zh: Mapped[str | None] = mapped_column(String(limits.NAME))
    kind: Mapped[CustomerKind] = mapped_column(WordOf(CustomerKind, 16))
    customer_class: Mapped[CustomerClass] = mapped_column(
        "class", WordOf(CustomerClass, 1), server_default=CustomerClass.C
    )
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"), index=True)
    salesperson_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", use_alter=True))
    payment_terms: Mapped[PaymentTerms] = mapped_column(
        WordOf(PaymentTerms, 16), server_default=PaymentTerms.PREPAID
    )
    currency: Mapped[Currency]
    rank: Mapped[int] = mapped_column(Integer)
    reserve_rank: Mapped[int | None] = mapped_column(Integer)
    # None: the policy's default, or no limit at all, as the payment terms say (F2).
    credit_limit: Mapped[Amount | None]
    # None: list prices (P3).
    price_plan_id: Mapped[int | None] = mapped_column(ForeignKey("price_plans.id"), index=True)
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    created_at: Mapped[CreatedAt]


class CustomerContactRow(Base):
    """A person to talk to at a customer (P2). An erased contact keeps its row and no person."""

    __tablename__ = "customer_contacts"
    __table_args__ = (
        Index("ix_customer_contacts_customer_id_id", "customer_id", "id"),
        Index(
            "uq_customer_contacts_main",
            "customer_id",
            unique=True,
            postgresql_where="is_main AND erased_at IS NULL",
        ),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[Name]
    position: Mapped[str | None] = mapped_column(String(limits.NAME))
    phone: Mapped[str | None] = mapped_column(String(limits.CODE))
    email: Mapped[str | None] = mapped_column(String(limits.EMAIL))
    note: Mapped[str | None] = mapped_column(String(limits.MEMO))
    is_main: Mapped[bool] = mapped_column(server_default="false")
    erased_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    created_at: Mapped[CreatedAt]


class StoreRow(Base):
    """A direct or joint store of a region; its tier orders it within the region (P4)."""

    __tablename__ = "stores"
    __table_args__ = (CheckConstraint(one_of("kind", StoreKind), name="kind"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_zh: Mapped[str | None] = mapped_column(String(limits.NAME))
    kind: Mapped[StoreKind] = mapped_column(WordOf(StoreKind, 16), server_default=StoreKind.DIRECT)
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id"), index=True)
    tier: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class PersonRow(Base):
    """A person or a service that may act. A customer's login is bound to its customer (P1)."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("guarantee_quota >= 0", name="guarantee_quota"),
        CheckConstraint(one_of("language", Language), name="language"),
    )

    id: Mapped[Key]
    subject: Mapped[str] = mapped_column(String(limits.NAME), unique=True)
    name: Mapped[Name]
    customer_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("customers.id"), index=True
    )
    # Whose region it is, for a REGION_MANAGER.
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"), index=True)
    # How much a salesperson may guarantee in all (F2); none: nothing.
    guarantee_quota: Mapped[Amount | None]
    # What the person is answered in where a request names no language; none: as the company.
    language: Mapped[Language | None] = mapped_column(SpokenLanguage())
    active: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[CreatedAt]
    deactivated_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class PersonRoleRow(Base):
    """One role of one person; a person may hold several."""

    __tablename__ = "person_roles"

    person_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[Role] = mapped_column(WordOf(Role, 32), primary_key=True)
