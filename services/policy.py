"""The policy in force, its changes from a day on, and what a new installation starts with."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from domain.errors import CannotRun, InvalidInput, NotFound, WrongState, require_version
from domain.limits import TEXT
from domain.master_data.values import check_day
from domain.messages import Message, msg
from domain.policy import Policy
from domain.policy.checks import Surroundings, check_settings
from domain.policy.commands import SetRegionOrder, UpdatePolicy, WithdrawPolicy
from domain.policy.versions import Version, carried, decided_by, without
from domain.roles import Action, may, require
from persistence import installation
from persistence import policy as versions
from persistence.audit import record
from persistence.master_data import writing as master_data
from persistence.master_data.writing import lock_area
from persistence.milestones import templates
from persistence.unit_of_work import UnitOfWork
from services.commands import row_of, use_case
from services.milestones.templates import install_templates

# The area whose lock writers of the policy take; its versions are the policy's own.
POLICY_AREA = "POLICY"
# The question of the policy in force, see `UnitOfWork.once`.
IN_FORCE = "policy in force"


class NoPolicy(CannotRun, LookupError):
    """There is no policy yet, or was none then."""

    def __init__(self) -> None:
        super().__init__(msg("operating.NO_POLICY"))


class UnreadablePolicy(CannotRun):
    """A stored version is none that this version of Apportion can read."""

    def __init__(self, version: int, reason: Message) -> None:
        super().__init__(msg("operating.UNREADABLE_POLICY", version=version, reason=reason))
        self.version = version


async def current_policy(uow: UnitOfWork) -> tuple[int, Policy]:
    """The version and the content of the policy in force now; read once in a transaction."""
    return await uow.once(IN_FORCE, lambda: policy_at(uow, uow.now))


async def policy_at(uow: UnitOfWork, instant: dt.datetime) -> tuple[int, Policy]:
    """The version and the content of the policy in force at an instant, past or to come.

    Raises NoPolicy where nothing was installed, or not yet.
    """
    found = await versions.policy_at(uow.session, instant)
    if found is None:
        raise NoPolicy
    version, body = found
    return version, stored_policy(version, body)


def stored_policy(version: int, body: object) -> Policy:
    """A version as it is stored. Raises UnreadablePolicy: whoever asks is not to blame for it."""
    if not isinstance(body, Mapping):
        raise UnreadablePolicy(version, msg("operating.NO_SETTINGS_TABLE"))
    try:
        return Policy.from_body(body)
    except InvalidInput as error:
        raise UnreadablePolicy(version, error.message) from error


async def policy_version(uow: UnitOfWork, version: int) -> Policy:
    """The content of a version that something was decided under."""
    body = await versions.policy_body(uow.session, version)
    if body is None:
        raise NotFound("policy version", str(version))
    return stored_policy(version, body)


async def has_policy(uow: UnitOfWork) -> bool:
    """Whether this database has begun to be used; before that no rule has anything to do."""
    return await versions.policy_at(uow.session, uow.now) is not None


@use_case
async def update_policy(command: UpdatePolicy, uow: UnitOfWork) -> int:
    """Change the policy from a day on; the new version, or the one that says the same already.

    Versions planned for later days take the change over, except where they decide the same
    setting themselves. Raises NotAllowed, InvalidInput or Stale.
    """
    return await _change(command, uow, row_of(command).name)


@use_case
async def set_region_order(command: SetRegionOrder, uow: UnitOfWork) -> int:
    """Set a season's order of regions (P5, P7); the policy's new version."""
    if len(set(command.regions)) != len(command.regions):
        raise InvalidInput(msg("policy.REGION_ONCE"), field="regions")
    await lock_area(uow, POLICY_AREA)
    instant, _ = await _effective(uow, command.valid_from)
    _, policy = await policy_at(uow, instant)
    orders = {season: list(order) for season, order in policy.region_order.items()}
    change = UpdatePolicy(
        {"region_order": {**orders, command.season: list(command.regions)}},
        command.valid_from,
        command.reason,
        command.expected_version,
    )
    try:
        return await _change(change, uow, row_of(command).name)
    except InvalidInput as error:
        # Here the setting is the list that was given.
        field = "regions" if error.field == "region_order" else error.field
        raise InvalidInput(error.message, field=field) from None


@use_case
async def withdraw_policy(command: WithdrawPolicy, uow: UnitOfWork) -> int:
    """Call a planned version off before its day; the number of the version that says so.

    Its settings are again what they would be without it, on its day and in the versions planned
    for later, except where a later one decides them itself. No version is overwritten. For ADMIN,
    and an order of regions for those who set it. Raises NotAllowed, NotFound, InvalidInput or
    WrongState.
    """
    reason = command.reason.strip()[:2000]
    if not reason:
        raise InvalidInput(msg("master.WITHDRAWING_NEEDS_REASON"), field="reason")
    await lock_area(uow, POLICY_AREA)
    planned = await versions.policy_of_version(uow.session, command.version)
    if planned is None:
        raise NotFound("policy version", str(command.version), field="version")
    instant = planned.effective_from
    if instant <= uow.now:
        require(uow.principal, Action.CHANGE_POLICY)
        raise WrongState(msg("policy.IN_FORCE", version=planned.version))
    rows = await versions.policies_until(uow.session, instant)
    history = [
        Version(row.version, row.effective_from, stored_policy(row.version, row.body).to_body())
        for row in rows
    ]
    own = decided_by(history, planned.version)
    if not (own <= {"region_order"} and may(uow.principal, Action.SET_CHANNEL_RANKS)):
        require(uow.principal, Action.CHANGE_POLICY)
    changed = without(history, planned.version)
    if not changed:
        raise WrongState(msg("policy.NOTHING_PLANNED", version=planned.version))
    why = msg("policy.WITHDRAWS", version=planned.version, reason=reason).kept
    if len(why) > TEXT:
        # So long a reason stands alone; that it is a withdrawal is in the audit log.
        why = reason
    before = history[-1].body
    return await _put_in_force(uow, instant, before, changed, row_of(command).name, why)


async def install(uow: UnitOfWork, purpose: str, policy: Policy) -> None:
    """Give a new database its purpose, first policy and milestone templates, once."""
    session = uow.session
    await installation.set_purpose(session, purpose)
    if await versions.policy_at(session, uow.now) is None:
        await versions.add_policy(session, policy.to_body(), uow.now, uow.actor)
    await install_templates(uow)


async def change_policy(uow: UnitOfWork, policy: Policy) -> int:
    """Put another policy in force from now on, unless it is the same; its version."""
    version, current = await current_policy(uow)
    if current == policy:
        return version
    uow.ask_again(IN_FORCE)
    return await versions.add_policy(uow.session, policy.to_body(), uow.now, uow.actor)


async def _change(command: UpdatePolicy, uow: UnitOfWork, action: str) -> int:
    if not command.changes:
        raise InvalidInput(msg("policy.NOTHING_TO_CHANGE"), field="changes")
    await lock_area(uow, POLICY_AREA)
    instant, today = await _effective(uow, command.valid_from)
    check_day(command.valid_from or today, today)
    version, policy = await policy_at(uow, instant)
    require_version("policy", command.expected_version, version)
    before = policy.to_body()
    # Read back as a policy, so that each setting is checked and put into its one form.
    changed_policy = Policy.from_body({**before, **command.changes})
    check_settings(changed_policy, await _surroundings(uow), policy)
    after = changed_policy.to_body()
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        return version
    reason = (command.reason or "").strip()[:2000] or None
    return await _put_in_force(uow, instant, before, changed, action, reason)


async def _surroundings(uow: UnitOfWork) -> Surroundings:
    """What settings must agree with: the company's regions, stores' tiers, milestone templates."""
    return Surroundings(
        regions=await master_data.region_codes(uow.session),
        tiers=await master_data.tiers_in_use(uow.session),
        templates={row.code for row in await templates.current_templates(uow.session)},
    )


async def _put_in_force(
    uow: UnitOfWork,
    instant: dt.datetime,
    before: Mapping[str, Any],
    changed: Mapping[str, Any],
    action: str,
    reason: str | None,
) -> int:
    """Add the version with these settings from an instant on, and what later ones take over."""
    session, after = uow.session, {**before, **changed}
    uow.ask_again(IN_FORCE)
    new = await versions.add_policy(session, after, instant, uow.actor, reason)
    earlier = before
    taken_over = msg("policy.TAKES_OVER", version=new).kept
    for planned in await versions.policies_after(session, instant):
        body = stored_policy(planned.version, planned.body).to_body()
        later = carried(body, earlier, changed)
        if later != body:
            await versions.add_policy(
                session,
                later,
                planned.effective_from,
                uow.actor,
                taken_over,
            )
        earlier = body
    await record(
        uow,
        action,
        "Policy",
        new,
        before={name: before[name] for name in changed},
        after={**changed, "validFrom": instant.isoformat()},
        reason=reason,
    )
    return new


async def _effective(uow: UnitOfWork, valid_from: dt.date | None) -> tuple[dt.datetime, dt.date]:
    """The instant from which a change holds, and today: days begin where the company is."""
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    if valid_from is None or valid_from <= today:
        return uow.now, today
    return policy.end_of_day(valid_from - dt.timedelta(days=1)), today
