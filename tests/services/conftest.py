"""What tests of orders share: an office with its people and the tiny company."""

import pytest

from services.bootstrap import Dependencies
from tests.services.order_office import Office


@pytest.fixture
async def office(deps: Dependencies) -> Office:
    return await Office(deps).open()
