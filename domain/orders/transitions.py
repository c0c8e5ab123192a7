"""Every act on an order, by its name and by what is done (O15)."""

from collections.abc import Mapping

from domain.orders import acts_once_bound, acts_until_confirmed
from domain.orders.transition import Transition

_ALL = (*acts_until_confirmed.ACTS, *acts_once_bound.ACTS)

TRANSITIONS: Mapping[str, Transition] = {each.name: each for each in _ALL}
BY_DEED: Mapping[type, Transition] = {each.deed: each for each in _ALL}
