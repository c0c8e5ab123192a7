"""Why a claim was given this much: in a sentence, and as data that takes a solve to find."""

from decimal import Decimal
from typing import TYPE_CHECKING

import strawberry

from domain.allocation import AllocationReason, claim_in_words
from domain.money import from_minor
from gql.context import Info
from gql.language import LocaleArgument, pick
from gql.limits import COST, SIZE
from gql.scalars import BigInt, Json
from persistence.allocation.plan_lines import PlanLine

if TYPE_CHECKING:
    from allocator import (
        BlockingLine,
        CounterfactualChange,
        Displaced,
        Explanation,
        FundsUsed,
        Winner,
    )

# A solve and a search: one line at a time fits into a request's allowance, a page does not.
DETAILS_COST = 6_000


@strawberry.type(description="What the rule of a level looked at.")
class RuleValue:
    """A name with its value."""

    name: str = strawberry.field(description="Such as `rank`, `launch`, `region`, `tier`.")
    value: str = strawberry.field(description="Its value for this claim.")


@strawberry.type(description="A claim that was given pieces of the same SKU, no later than this.")
class AllocationWinner:
    """Who got the units instead."""

    claim: str | None = strawberry.field(description="The claim; null for one you may not see.")
    outlet: str | None = strawberry.field(description="Franchisee, store or region, by code.")
    level: Json = strawberry.field(description="The key of its level.")
    position: int = strawberry.field(description="The place of its level.")
    same_level: bool = strawberry.field(description="Whether it competed as an equal.")
    units: int = strawberry.field(description="Order units it was given.")
    pieces: BigInt = strawberry.field(description="Pieces of this claim's SKUs among them.")

    @classmethod
    def of(cls, found: "Winner") -> "AllocationWinner":
        """The winner that the allocator found."""
        return cls(
            claim=found.claim_id or None,
            outlet=found.outlet or None,
            level=Json(list(found.level)),
            position=found.position,
            same_level=found.same_level,
            units=found.units,
            pieces=BigInt(found.pieces),
        )


@strawberry.type(description="A line that keeps its ship-complete order from shipping.")
class AllocationBlockingLine:
    """What a line of the order lacks."""

    claim: str = strawberry.field(description="The line's claim.")
    reasons: list[AllocationReason] = strawberry.field(
        description="PACK, SUPPLY, FUNDS, CAPACITY or SHARE_CAP.", metadata={SIZE: 5}
    )
    missing_pieces: BigInt = strawberry.field(description="Pieces that supply lacks for it.")
    missing_funds: Decimal = strawberry.field(
        description="What funds lack for the order, up to and with it."
    )

    @classmethod
    def of(cls, found: "BlockingLine", currency: str) -> "AllocationBlockingLine":
        """The line that the allocator found."""
        return cls(
            claim=found.claim_id,
            reasons=[AllocationReason(reason) for reason in found.reasons],
            missing_pieces=BigInt(found.missing_pieces),
            missing_funds=from_minor(found.missing_cents, currency),
        )


@strawberry.type(
    description="A claim on the same SKU, no earlier, that lacks something this one took."
)
class DisplacedClaim:
    """Who would have got the units otherwise."""

    claim: str | None = strawberry.field(description="The claim; null for one you may not see.")
    outlet: str | None = strawberry.field(description="Franchisee, store or region, by code.")
    level: Json = strawberry.field(description="The key of its level.")
    position: int = strawberry.field(description="The place of its level.")
    missing: int = strawberry.field(description="Order units it lacks.")

    @classmethod
    def of(cls, found: "Displaced") -> "DisplacedClaim":
        """The claim that the allocator found."""
        return cls(
            claim=found.claim_id or None,
            outlet=found.outlet or None,
            level=Json(list(found.level)),
            position=found.position,
            missing=found.missing,
        )


@strawberry.type(description="A change after which the claim gets more; a solve has shown it.")
class AllocationChange:
    """What would change it."""

    what: str = strawberry.field(
        description="FUNDS (minor units, with a debt beyond all limits), SUPPLY (pieces), UNBLOCK, "
        "CAPACITY (pieces), SHARE_CAP (ppm)."
    )
    subject: str = strawberry.field(description="The customer, SKU, warehouse or setting.")
    amount: BigInt = strawberry.field(description="So much more.")
    gives: int = strawberry.field(description="Order units the claim gets then.")
    more: int = strawberry.field(description="On top of what it was given.")
    fills: bool = strawberry.field(description="Whether it is full then.")
    proven_least: bool = strawberry.field(
        description="Whether no smaller amount does; else it is the least found."
    )

    @classmethod
    def of(cls, found: "CounterfactualChange") -> "AllocationChange":
        """The change that the allocator found."""
        return cls(
            what=found.what,
            subject=found.subject,
            amount=BigInt(found.amount),
            gives=found.gives,
            more=found.more,
            fills=found.fills,
            proven_least=found.proven_least,
        )


@strawberry.type(description="Whose money pays a shipped line: balance, then credit, then slips.")
class AllocationFundsUsed:
    """The parts of the funds that a line takes."""

    before: Decimal = strawberry.field(description="What earlier claims had used up.")
    used: Decimal = strawberry.field(description="What this one takes.")
    from_balance: Decimal = strawberry.field(description="Of it, from the balance.")
    from_credit: Decimal = strawberry.field(description="Of it, from the credit limit.")
    from_guarantee: Decimal = strawberry.field(description="Of it, from guarantee slips.")

    @classmethod
    def of(cls, found: "FundsUsed", currency: str) -> "AllocationFundsUsed":
        """The parts that the allocator found."""
        return cls(
            before=from_minor(found.before, currency),
            used=from_minor(found.used, currency),
            from_balance=from_minor(found.from_balance, currency),
            from_credit=from_minor(found.from_credit, currency),
            from_guarantee=from_minor(found.from_guarantee, currency),
        )


@strawberry.type(description="Units that a warehouse gives.")
class AllocationSupply:
    """A warehouse's part."""

    warehouse: str = strawberry.field(description="The warehouse, by code.")
    units: int = strawberry.field(description="Order units.")


@strawberry.type(description="The whole explanation of one claim.")
class ExplanationDetails:
    """Level, rule, reasons, winners, what would change it; supply, funds and whom it displaced."""

    level: Json = strawberry.field(description="The level key: a list, compared left to right.")
    position: int = strawberry.field(description="The place of its level; 0 is decided first.")
    rule: str = strawberry.field(description="The rule that puts the claim at its level.")
    values: list[RuleValue] = strawberry.field(
        description="What the rule looked at, the first thing first.", metadata={SIZE: 5}
    )
    wanted: int = strawberry.field(description="Order units wanted.")
    given: int = strawberry.field(description="Order units given, from all warehouses.")
    reasons: list[AllocationReason] = strawberry.field(description="Why not more.")
    winners: list[AllocationWinner] = strawberry.field(
        description="Who got the units instead, the nearest level first.", metadata={SIZE: 50}
    )
    winners_pieces: BigInt = strawberry.field(description="Pieces that all winners got.")
    more_winners: int = strawberry.field(description="How many winners the list leaves out.")
    blocking: list[AllocationBlockingLine] = strawberry.field(
        description="The lines that keep its ship-complete order from shipping.",
        metadata={SIZE: 50},
    )
    more_blocking: int = strawberry.field(description="How many of them the list leaves out.")
    changes: list[AllocationChange] = strawberry.field(
        description="What would change it, each shown by a solve.", metadata={SIZE: 5}
    )
    supply: list[AllocationSupply] = strawberry.field(
        description="Which warehouses serve it.", metadata={SIZE: 5}
    )
    funds: AllocationFundsUsed | None = strawberry.field(
        description="Which funds pay it; null where nothing ships against funds."
    )
    displaced: list[DisplacedClaim] = strawberry.field(
        description="Who went short behind it.", metadata={SIZE: 50}
    )
    more_displaced: int = strawberry.field(description="How many the list leaves out.")

    @classmethod
    def of(cls, found: "Explanation", currency: str) -> "ExplanationDetails":
        """The explanation that the allocator found."""
        return cls(
            level=Json(list(found.level)),
            position=found.position,
            rule=found.rule,
            values=[RuleValue(name=name, value=str(value)) for name, value in found.values],
            wanted=found.wanted,
            given=found.given,
            reasons=[AllocationReason(reason) for reason in found.reasons],
            winners=[AllocationWinner.of(one) for one in found.winners],
            winners_pieces=BigInt(found.winners_pieces),
            more_winners=found.more_winners,
            blocking=[AllocationBlockingLine.of(one, currency) for one in found.blocking],
            more_blocking=found.more_blocking,
            changes=[AllocationChange.of(one) for one in found.changes],
            supply=[AllocationSupply(warehouse=code, units=units) for code, units in found.supply],
            funds=None if found.funds is None else AllocationFundsUsed.of(found.funds, currency),
            displaced=[DisplacedClaim.of(one) for one in found.displaced],
            more_displaced=found.more_displaced,
        )


@strawberry.type(description="Why a claim was given this much.")
class AllocationExplanation:
    """The explanation of a line of a plan."""

    row: strawberry.Private[PlanLine]

    @strawberry.field(description="What was given and why not more, as a sentence.")
    def sentence(self, info: Info, locale: LocaleArgument = None) -> str:
        """The stage and the binding reasons in words."""
        row = self.row
        return pick(
            info, locale, *claim_in_words(row.stage, row.units_wanted, row.units, row.reasons)
        )

    @strawberry.field(
        description="All of it, as data. The run is solved again for it: ask for one line at once.",
        metadata={COST: DETAILS_COST},
    )
    async def details(self, info: Info) -> ExplanationDetails:
        """Its details."""
        # Loads the allocator's table libraries, which a server that only reads never needs.
        from services.allocation.explanation import explained, line_to_explain

        async with info.context.uow() as uow:
            line = await line_to_explain(self.row.run_id, self.row.claim, uow)
        return ExplanationDetails.of(await explained(line), line.currency)
