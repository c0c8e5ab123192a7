"""Products and SKUs."""

import strawberry

from domain.roles import Action
from domain.seasons import Season
from gql.context import Info
from gql.language import LocaleArgument, pick
from gql.nodes import Node, findable, found_by, global_id, related
from gql.scalars import Money
from persistence.tables import ProductRow, SkuRow


@strawberry.type(description="A style; the launch plan ranks it.")
class Product(Node):
    """A product of the catalog."""

    row: strawberry.Private[ProductRow]
    code: str = strawberry.field(description="The company's own code.")
    season: Season = strawberry.field(description="When it sells.")
    launch_rank: int = strawberry.field(description="Its place in the launch plan; 1 is first.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: ProductRow) -> "Product":
        """The product of a row."""
        return cls(
            id=global_id("Product", row.id),
            row=row,
            code=row.code,
            season=row.season,
            launch_rank=row.launch_rank,
            version=row.version,
        )

    @strawberry.field(description="Its name.")
    def name(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.row.name, self.row.name_zh)


product_by_key = found_by(Product.of, lambda load: load.product)


@strawberry.type(description="One size and colour of a product.")
class Sku(Node):
    """What is ordered, stocked and given."""

    row: strawberry.Private[SkuRow]
    code: str = strawberry.field(description="The company's own code.")
    size: str = strawberry.field(description="Its size; empty where there is none.")
    colour: str = strawberry.field(description="Its colour; empty where there is none.")
    pack: int = strawberry.field(description="Units in a pack; packs are not broken.")
    list_price: Money = strawberry.field(description="Price of a unit by the list.")

    @classmethod
    def of(cls, row: SkuRow) -> "Sku":
        """The SKU of a row."""
        return cls(
            id=global_id("Sku", row.id),
            row=row,
            code=row.code,
            size=row.size,
            colour=row.colour,
            pack=row.pack,
            list_price=Money.of(row.list_price, row.currency),
        )

    product = related(
        Product, "The product it is a size and colour of.", product_by_key, "product_id"
    )


sku_by_key = found_by(Sku.of, lambda load: load.sku)


findable(Product, Action.VIEW_CATALOG, product_by_key)
findable(Sku, Action.VIEW_CATALOG, sku_by_key)
