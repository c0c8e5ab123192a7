"""The outbox relay: hands to the broker what committed transactions asked for, at least once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import dramatiq
import structlog
from dramatiq.errors import ActorNotFound

from domain.principals import SYSTEM
from jobs.brokers import BrokerAway, send
from persistence.listen_connection import OUTAGES, ListenConnection
from persistence.outbox import CHANNEL, Asked, count_failure, mark_sent, take_unsent
from services.bootstrap import Dependencies

BATCH = 50
# The safety net, should a NOTIFY have gone unheard.
POLL_S = 10.0
PAUSE_S = 1.0

_log = structlog.get_logger(__name__)


class Relay:
    """Moves outbox rows to a broker; any number may run at once, each row is taken by one."""

    def __init__(self, deps: Dependencies, broker: dramatiq.Broker) -> None:
        self._deps = deps
        self._broker = broker
        # One thread: a broker's client keeps a connection for each thread that sends.
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="relay")

    async def run(self) -> None:
        """Relay until cancelled, through outages of database and broker."""
        try:
            while True:
                try:
                    await self._run_until_lost()
                except (BrokerAway, *OUTAGES) as error:
                    _log.warning("relay interrupted", error=f"{type(error).__name__}: {error}")
                    await asyncio.sleep(PAUSE_S)
        finally:
            # Not waited for: a send to a broker that is away may block for minutes.
            self._sender.shutdown(wait=False)

    async def _run_until_lost(self) -> None:
        databases = self._deps.databases
        async with ListenConnection(
            databases.application, name="apportion-relay", revive=databases.revive
        ) as bell:
            await bell.listen(CHANNEL)
            while True:
                while await self.send_batch():
                    pass
                await bell.wait(POLL_S)

    async def send_batch(self) -> int:
        """Send the oldest unsent jobs; how many were sent. Raises BrokerAway.

        They are marked in the transaction that locks them, after the broker has them: a crash in
        between sends them twice, never not at all.
        """
        async with self._deps.unit_of_work(SYSTEM) as uow:
            asked = await take_unsent(uow.session, BATCH)
            if not asked:
                return 0
            loop = asyncio.get_running_loop()
            sent, failed, away = await loop.run_in_executor(self._sender, self._send, asked)
            if sent:
                await mark_sent(uow.session, sent, uow.now)
            if failed:
                await count_failure(uow.session, failed)
        if away is not None:
            raise away
        return len(sent)

    def _send(self, asked: list[Asked]) -> tuple[list[int], list[int], BrokerAway | None]:
        sent: list[int] = []
        failed: list[int] = []
        for job in asked:
            try:
                send(self._broker, job.topic, job.payload)
            except ActorNotFound:
                # Left to a newer worker: while versions change, both run for a while.
                failed.append(job.id)
                _log.error("no actor for a job", topic=job.topic, outbox_id=job.id)
            except BrokerAway as error:
                failed.append(job.id)
                return sent, failed, error
            else:
                sent.append(job.id)
        return sent, failed, None
