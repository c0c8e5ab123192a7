"""The database as broker, asked for messages when there are some and not all the time.

The library's consumers ask whenever they look up, several times a second and per queue, since a
message that waits for its time announces itself to nobody, and one that is announced while a
consumer is about to sleep goes unheard. Ours know when the next message is due.
"""

import time
from typing import Any

from dramatiq.broker import Consumer, MessageProxy
from dramatiq_postgres import PostgresBroker
from dramatiq_postgres.broker import Notifier, PostgresConsumer, raise_connection_error

# The soonest of those that are not due yet; what another consumer is just taking does not count.
_NEXT_DUE_IN_S = (
    "SELECT extract(epoch FROM min(available_at) - clock_timestamp())::float8"
    " FROM dramatiq.queue WHERE queue_name = %s AND state = 'queued' AND available_at > now()"
)


class DatabaseBroker(PostgresBroker):  # type: ignore[misc]  # the library has no types
    """The library's broker with consumers that sleep; `poll_interval` is their safety net."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.notifier = _Notifier(self.pool)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> Consumer:
        return _Consumer(broker=self, queue_name=queue_name, prefetch=prefetch, timeout=timeout)


class _Notifier(Notifier):  # type: ignore[misc]  # the library has no types
    """Wakes every consumer whenever it begins to listen: what was notified before went unheard."""

    def ensure_conn(self) -> Any:
        is_new = self.conn is None or self.dirty.is_set()
        connection = super().ensure_conn()
        if is_new:
            with self.lock:
                waiting = [event for events in self.subscriptions.values() for event in events]
            for event in waiting:
                event.set()
        return connection


class _Consumer(PostgresConsumer):  # type: ignore[misc]  # the library has no types
    """Asks for messages when notified of one, when room was made, when one is due, and at times."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._ask_at = 0.0

    @raise_connection_error  # type: ignore[untyped-decorator]  # the library has no types
    def __next__(self) -> MessageProxy | None:
        connection = self.get_consume_conn()
        self.broker.maybe_heartbeat(connection)
        self.broker.maybe_maintenance(connection)
        if not self.buffer and (self.wakeup.is_set() or time.monotonic() >= self._ask_at):
            # Before asking: what is notified from here on wakes us again.
            self.wakeup.clear()
            self._ask(connection)
        if self.buffer:
            message = self.buffer.pop(0)
            self.in_processing.add(message.message_id)
            return MessageProxy(message)
        until_due = max(self._ask_at - time.monotonic(), 0.0)
        self.wakeup.wait(min(self.timeout_s, until_due))
        return None

    def _ask(self, connection: Any) -> None:
        wait_s: float = self.broker.poll_interval
        # Where there is no room, the end of a job wakes us.
        if len(self.in_processing) < self.prefetch:
            # One, and then the next: what two workers are notified of they share.
            self.claim(1)
            if self.buffer:
                wait_s = 0.0
            elif self.queue_name in self.broker.delay_queues:
                (due_in_s,) = connection.execute(_NEXT_DUE_IN_S, (self.queue_name,)).fetchone()
                wait_s = min(wait_s, max(due_in_s or wait_s, 0.0))
        self._ask_at = time.monotonic() + wait_s
