"""What we sell: products with their launch rank and season, and their SKUs (P3)."""

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.seasons import Season
from persistence.tables.base import Base, Code, Currency, Key, Name, UnitPrice, WordOf, one_of


class ProductRow(Base):
    """A style; the launch plan ranks it, its season decides when regions come in turn."""

    __tablename__ = "products"
    __table_args__ = (CheckConstraint(one_of("season", Season), name="season"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_zh: Mapped[str | None] = mapped_column(String(limits.NAME))
    season: Mapped[Season] = mapped_column(WordOf(Season, 16))
    launch_rank: Mapped[int] = mapped_column(Integer)
    # Places in the launch plan of a selling season; without one the general rank holds (P3).
    spring_summer_rank: Mapped[int | None] = mapped_column(Integer)
    autumn_winter_rank: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class SkuRow(Base):
    """One size and colour of a product, with its pack multiple and list price."""

    __tablename__ = "skus"
    __table_args__ = (
        CheckConstraint("pack >= 1", name="pack"),
        CheckConstraint("list_price >= 0", name="list_price"),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    size: Mapped[str] = mapped_column(String(32), server_default="")
    colour: Mapped[str] = mapped_column(String(limits.CODE), server_default="")
    pack: Mapped[int] = mapped_column(Integer, server_default="1")
    list_price: Mapped[UnitPrice]
    currency: Mapped[Currency]
