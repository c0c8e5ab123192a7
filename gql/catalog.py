"""Products and SKUs."""

import strawberry

from domain.roles import Action
from domain.seasons import Season
from gql.context import Info, RequestContext
from gql.language import LocaleArgument, pick
from gql.nodes import Node, findable, global_id
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

    @strawberry.field(description="The product it is a size and colour of.")
    async def product(self, info: Info) -> Product:
        """Its product."""
        return Product.of(await info.context.load.product.load(self.row.product_id))


async def _find_product(context: RequestContext, key: int) -> Product | None:
    row = await context.load.product.load(key)
    return None if row is None else Product.of(row)


async def sku_by_key(context: RequestContext, key: int) -> Sku | None:
    """The SKU of a key, if there is one."""
    row = await context.load.sku.load(key)
    return None if row is None else Sku.of(row)


findable(Product, Action.VIEW_CATALOG, _find_product)
findable(Sku, Action.VIEW_CATALOG, sku_by_key)
