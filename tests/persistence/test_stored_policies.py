"""P7: a policy that an earlier version stored is read by this one, from whatever revision it comes.

`stored_policies/` holds bodies as earlier versions wrote them, by the revision of the schema that
was the newest then. A setting is taken out of the policy, or gets another form, together with a
migration that mends what is stored: these tests fail until there is one.
"""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.script import ScriptDirectory

from domain.policy import Policy
from domain.principals import SYSTEM
from persistence.migrate import HEAD, configuration, migrate
from services.bootstrap import open_dependencies
from services.health import examine
from services.policy import current_policy, policy_version
from services.settings import Settings
from tests.conftest import TestDatabase
from tests.persistence.revisions import at_revision

STORED = Path(__file__).with_name("stored_policies")
# From the first to the newest.
REVISIONS = [
    script.revision for script in ScriptDirectory.from_config(configuration(None)).walk_revisions()
][::-1]
# The revision that takes out what the first versions wrote and this one does not know.
MENDED = "0011"
# The revision that makes one span of office hours that overlap: they were taken, and of no use.
HOURS_MENDED = "0021"
OVERLAPPING = [["08:00", "11:00"], ["13:30", "17:00"], ["10:00", "12:00"], ["16:00", "18:00"]]
MERGED = [["08:00", "12:00"], ["13:30", "18:00"]]
# A company's rows, in the columns that every revision has.
ROWS = """
SELECT set_config('app.scope', 'all', true);
INSERT INTO installation (id, purpose) VALUES (1, 'LIVE');
INSERT INTO regions (id, code, name) VALUES (1, 'R', 'Region');
INSERT INTO customers (id, code, name, kind, currency, rank, region_id)
  VALUES (1, 'F1', 'First', 'FRANCHISEE', 'CNY', 1, 1);
INSERT INTO orders (id, order_number, customer_id, status, placed_at, currency, total)
  VALUES (1, 'O1', 1, 'CONFIRMED', '2013-11-01', 'CNY', 0);
"""


def stored(revision: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((STORED / f"{revision}.json").read_text("utf-8"))
    return body


def is_stored(revision: str) -> bool:
    return (STORED / f"{revision}.json").exists()


def newest() -> str:
    return max(file.stem for file in STORED.glob("*.json"))


def lying_there(revision: str) -> list[dict[str, Any]]:
    """The bodies that may lie in a database of this revision, the one in force last."""
    if REVISIONS.index(revision) < REVISIONS.index(MENDED):
        bodies = [stored("0001"), as_a_company_had_it()]
    else:
        bodies = [stored(max(each for each in REVISIONS if each <= revision and is_stored(each)))]
    overlap = REVISIONS.index(revision) < REVISIONS.index(HOURS_MENDED)
    bodies[-1]["schedule"]["working_hours"] = OVERLAPPING if overlap else MERGED
    return bodies


def as_a_company_had_it() -> dict[str, Any]:
    """A first version's policy with settings of the company's own, among them what went."""
    body = stored("0001")
    body["reservation_days"] = 9
    body["orders"] |= {"production_order_copy": "QUALITY", "complaint_days": 2}
    body["orders"]["review_days"]["REGULAR"] = 3
    body["schedule"]["clocks"] = {
        "REVIEW": {
            "label_en": "Review",
            "label_zh": "评审",
            "owner_role": "ENGINEERING",
            "unit": "WORKING_DAYS",
            "limits": {"STANDARD": {"breach": 4, "remind": 2}},
        },
        "CONTRACT": {"limits": {"STANDARD": {"breach": 5, "remind": None}}},
    }
    return body


def paths(body: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in body.items():
        yield f"{above}{name}"
        if isinstance(value, dict):
            yield from paths(value, f"{above}{name}.")


def test_the_newest_policy_is_kept_for_later_versions() -> None:
    assert set(paths(stored(newest()))) == set(paths(Policy().to_body())), (
        f"the settings of the policy have changed since {newest()}: write `Policy().to_body()` to "
        f"{STORED / HEAD}.json, and mend stored policies in a migration where a setting went"
    )


@pytest.mark.parametrize("revision", REVISIONS)
async def test_what_an_earlier_version_stored_is_read_by_this_one(
    database: TestDatabase, settings: Settings, revision: str
) -> None:
    """P7: with what it said, and nothing that it did not say."""
    at_revision(database, revision)
    bodies = lying_there(revision)
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        connection.execute(ROWS.encode())
        for number, body in enumerate(bodies, 1):
            connection.execute(
                "INSERT INTO policies (version, effective_from, body, created_by)"
                " VALUES (%s, '2013-01-01'::date + %s, %s, 'li')",
                (number, number, json.dumps(body)),
            )
    assert migrate(database.owner) is (revision != HEAD)

    async with open_dependencies(settings, purpose="command") as deps:
        async with deps.unit_of_work(SYSTEM) as uow:
            for number, body in enumerate(bodies, 1):
                read = await policy_version(uow, number)
                assert read.season == body["season"]
                assert read.orders.complaint_days == body["orders"]["complaint_days"]
            version, policy = await current_policy(uow)
        findings = await examine(deps)
    assert version == len(bodies)
    assert policy.schedule.working_hours[0] == (dt.time(8), dt.time(12))
    assert [found for found in findings if not found.good] == []
    if len(bodies) > 1:
        assert (policy.reservation_days, policy.orders.review_days["REGULAR"]) == (9, 3)
        review = policy.schedule.clock("REVIEW")
        assert (str(review.label), review.owner_role, review.limits) == (
            "Review",
            "ENGINEERING",
            {},
        )
        assert policy.schedule.clock("CONTRACT").limit("STANDARD").breach == 5
