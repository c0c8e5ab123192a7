"""Which goods a run shares out: what it was asked for, and whatever else lies free and is wanted.

A run takes its goods when it begins, and no other run touches them until it ends. Runs that share
no goods are made side by side; a run that asks for goods of another waits for that one to end.
"""

from collections.abc import Sequence
from decimal import Decimal

from domain.allocation import AllocationRunStatus, AllocationTrigger
from domain.funding import available_funds
from domain.policy import Policy
from persistence.allocation import claiming, runs
from persistence.allocation.claiming import WantedGoods
from persistence.allocation.funds import funds
from persistence.outbox import add_to_outbox
from persistence.unit_of_work import UnitOfWork
from services.allocation.funds import facts_of
from services.policy import current_policy

RUN_TOPIC = "allocation.run"


class MustWait(Exception):
    """Another run shares out goods that this one asks for, or that orders tie to them."""


async def goods_to_share(uow: UnitOfWork, run_id: int, run: runs.ClaimedRun) -> frozenset[int]:
    """The goods that a run which was just claimed shares out, by SKU. Raises MustWait.

    The caller holds the lock under which goods are taken. All free goods that an open claim could
    be given are taken, but for those that runs side by side have; of goods that were asked for,
    also such as only claims without money want, so that the plan shows that they were refused.
    """
    session = uow.session
    asked = await claiming.asked_goods(session, run_id)
    others = await _goods_of_others(uow, run_id, run, asked)
    wanted = await claiming.wanted_goods(session, but=others)
    _, policy = await current_policy(uow)
    payable = await payable_goods(uow, policy, wanted)
    named = frozenset(wanted.by_payers) if run.asks_for_all else asked & wanted.by_payers.keys()
    return wanted.at_once | payable | named


async def _goods_of_others(
    uow: UnitOfWork, run_id: int, run: runs.ClaimedRun, asked: set[int]
) -> set[int]:
    """The goods that other runs share out, and what orders tie to them. Raises MustWait."""
    session = uow.session
    taken = await claiming.taken_goods(session)
    own = {sku for sku, of_run in taken.items() if of_run == run_id}
    others = taken.keys() - own
    if not others:
        return set()
    if run.taken_over:
        # One that was begun before has its goods: those who came later left alone what was tied to
        # them. It does not wait, since nobody waits for a run that waits.
        return await claiming.tied_goods(session, others) - own
    if run.asks_for_all:
        raise MustWait
    others = await claiming.tied_goods(session, others)
    if not asked.isdisjoint(others):
        raise MustWait
    return others


async def ask_again_if_free(uow: UnitOfWork, run_id: int) -> None:
    """Ask again for a run that had to wait, if it no longer has to.

    To be called once its worker has let go of it: until then whoever was sent it leaves it alone,
    also when that was at the end of the run that it waits for.
    """
    session = uow.session
    await claiming.lock_taking(session)
    waiting = await runs.run_by_id(session, run_id)
    if waiting is None or waiting.status != AllocationRunStatus.QUEUED:
        return
    run = runs.ClaimedRun(waiting.attempts, waiting.asks_for_all, taken_over=False)
    try:
        await _goods_of_others(uow, run_id, run, await claiming.asked_goods(session, run_id))
    except MustWait:
        return
    await add_to_outbox(session, RUN_TOPIC, {"run_id": run_id})


async def payable_goods(uow: UnitOfWork, policy: Policy, wanted: WantedGoods) -> frozenset[int]:
    """Of the goods that only lapsed lines could take, those that one of their customers can pay."""
    payers = sorted({payer for costs in wanted.by_payers.values() for payer in costs})
    if not payers:
        return frozenset()
    rows = await funds(uow.session, policy.local_date(uow.now), payers)
    costs = dict.fromkeys(payers, Decimal(0))
    for of_goods in wanted.by_payers.values():
        for payer, amount in of_goods.items():
            costs[payer] += amount
    # Who has no limit can spend what its open orders cost.
    can_spend = {
        row.id: available_funds(facts_of(row, costs[row.id]), policy).total for row in rows
    }
    return frozenset(
        sku
        for sku, of_goods in wanted.by_payers.items()
        if any(can_spend[payer] >= amount for payer, amount in of_goods.items())
    )


async def ask_for_run(
    uow: UnitOfWork,
    trigger: AllocationTrigger,
    skus: Sequence[int] | None,
    *,
    receipt_id: int | None = None,
) -> int:
    """Have these goods shared out, or all, by the run that waits or a new one; its key.

    The last thing that a use case does to rows that others write, see `persistence.lock_order`.
    """
    session = uow.session
    run = await runs.waiting_run(session, trigger, uow.actor, for_all=skus is None)
    if skus:
        await claiming.ask_for_goods(session, run.id, skus)
    if receipt_id is not None:
        await runs.name_receipt(session, run.id, receipt_id)
    if run.is_new:
        await add_to_outbox(session, RUN_TOPIC, {"run_id": run.id})
    return run.id


async def wake_waiting_run(uow: UnitOfWork, ended_run_id: int) -> None:
    """A run has ended: let its goods go, and have the run that may wait for them tried again."""
    session = uow.session
    # Under the lock, so that a run which looks for goods at this moment sees them free, or is
    # found waiting here.
    await claiming.lock_taking(session)
    await claiming.release_goods(session, ended_run_id)
    waiting = await runs.queued_run(session)
    if waiting is not None:
        await add_to_outbox(session, RUN_TOPIC, {"run_id": waiting})
