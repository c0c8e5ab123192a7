"""The computed proposal of franchisees' ranks, beside the ranks that CHANNEL entered (P7)."""

import datetime as dt

from domain.errors import InvalidInput
from domain.messages import msg
from domain.ranking import ProposedRank, propose_ranks
from domain.roles import Action, require
from domain.seasons import SellingSeason
from persistence.ranking import rank_facts
from persistence.unit_of_work import UnitOfWork
from services.policy import current_policy


async def propose_customer_ranks(
    uow: UnitOfWork, season: SellingSeason | None = None
) -> list[ProposedRank]:
    """A rank for each customer that competes, best first, with the figures behind it.

    season: whose order of regions counts; None takes the policy's. Nothing is written.
    """
    require(uow.principal, Action.VIEW_MASTER_DATA)
    _, policy = await current_policy(uow)
    asked = season or policy.season
    if not SellingSeason.has(asked):
        raise InvalidInput(msg("master.NO_SEASON", allowed=SellingSeason), field="season")
    days = policy.rank_window_days
    since = uow.now - dt.timedelta(days=days) if days else None
    return propose_ranks(await rank_facts(uow.session, since), policy, asked)
