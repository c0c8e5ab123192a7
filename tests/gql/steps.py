"""The seventeen milestones of a story's order, each done by the role that owns it."""

from typing import Any

from domain.roles import Role
from tests.gql.story import Story

STEPS = "milestones { id number state attendees estimatedOn eventOn }"
SHOWN = "milestone { number state closedOn closedBy }"

OWNERS = {
    **dict.fromkeys((2, 3, 4, 8, 11, 16), Role.SALES),
    **dict.fromkeys((5, 6, 7, 9, 12), Role.PURCHASING),
    **dict.fromkeys((13, 14, 15, 17), Role.LOGISTICS),
}
# Nobody of these departments may touch the step.
OTHERS = {Role.SALES: Role.WAREHOUSE, Role.PURCHASING: Role.SALES, Role.LOGISTICS: Role.SALES}


class Steps:
    """The seventeen milestones of a story's order, each done by the role that owns it."""

    def __init__(self, story: Story) -> None:
        self.story = story

    async def all(self) -> dict[int, dict[str, Any]]:
        """Every step by its number."""
        found = await self.story.read(Role.SALES, STEPS)
        return {each["number"]: each for each in found["milestones"]}

    async def states(self) -> dict[str, list[int]]:
        """The steps' numbers by state."""
        states: dict[str, list[int]] = {}
        for number, step in (await self.all()).items():
            states.setdefault(step["state"], []).append(number)
        return states

    async def close(self, *numbers: int) -> None:
        """Each by its owner; another department is refused first."""
        steps = await self.all()
        for number in numbers:
            owner = OWNERS[number]
            document = """mutation ($input: MilestoneCloseInput!) { milestoneClose(input: $input) {
              milestone { state } userErrors { message } } }"""
            token = self.story.token(OTHERS[owner])
            given = {"id": steps[number]["id"]}
            asked = {"input": given}
            assert await self.story.client.codes(document, asked, token=token) == ["FORBIDDEN"]
            payload = await self.story.mutate(owner, "milestoneClose", SHOWN, **given)
            done = payload["milestone"]
            who = f"service:{owner.lower()}"
            assert (done["closedBy"], done["closedOn"]) == (who, self.story.today)

    async def skip(self, reason: str, *numbers: int) -> None:
        """The terms of payment do not touch these."""
        steps = await self.all()
        for number in numbers:
            given = {"id": steps[number]["id"], "reason": reason}
            await self.story.mutate(OWNERS[number], "milestoneSkip", SHOWN, **given)

    async def event(self, event: str) -> None:
        """It happened today; what hangs on it follows."""
        given = {
            "orderId": self.story.id,
            "events": [{"event": event, "on": self.story.today}],
        }
        await self.story.mutate(Role.SALES, "milestoneAnchors", "milestones { number }", **given)

    async def agree_terms(self) -> None:
        """The contract's terms, in days; estimates follow them."""
        days = {"DEPOSIT_DAYS": 7, "PRODUCTION_DAYS": 90, "FINAL_PAYMENT_DAYS": 10}
        terms = [{"term": term, "days": each} for term, each in days.items()]
        given = {"orderId": self.story.id, "terms": terms}
        await self.story.mutate(Role.SALES, "milestoneAnchors", "milestones { number }", **given)

    async def estimates(self) -> dict[int, str]:
        """The day on which each step is expected."""
        steps = await self.all()
        return {number: step["estimatedOn"] or step["eventOn"] for number, step in steps.items()}

    async def expect(self, number: int, on: str) -> None:
        """A day in the calendar."""
        steps = await self.all()
        given = {"id": steps[number]["id"], "eventOn": on}
        shown = "milestone { eventOn }"
        payload = await self.story.mutate(OWNERS[number], "milestoneEstimate", shown, **given)
        assert payload["milestone"]["eventOn"] == on
