"""A clock that stands still until a test moves it."""

import datetime as dt


class FixedClock:
    """Called like the system's clock; always says the same instant."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def advance(self, by: dt.timedelta) -> None:
        self.now += by
