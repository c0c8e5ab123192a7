"""What tests of orders share: an office with its people and the tiny company."""

import datetime as dt

import pytest

from services.bootstrap import Dependencies
from tests.clock import FixedClock
from tests.services.order_office import Office


@pytest.fixture
def office(tiny_company: None, deps: Dependencies) -> Office:
    return Office(deps)


@pytest.fixture
def clock(request: pytest.FixtureRequest, clock: FixedClock) -> FixedClock:
    """Tests of imports come after the days of the files they import: 21 March 2026."""
    if request.module.__name__.rpartition(".")[2].startswith("test_import"):
        clock.now = dt.datetime(2026, 3, 21, tzinfo=dt.UTC)
    return clock
