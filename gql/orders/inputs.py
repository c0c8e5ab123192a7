"""What every command on an order takes beside its own fields, which come from the table."""

import strawberry

from gql.mutations import KEY


@strawberry.input(description="Which order, and as it was when you read it.")
class OrderActInput:
    """The object, its version, and the key."""

    id: strawberry.ID = strawberry.field(description="The order's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse when the order has another version by now."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
