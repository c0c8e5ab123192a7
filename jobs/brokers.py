"""The brokers that may carry jobs. All are fed by the relay, so all behave alike."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import dramatiq
import structlog
from dramatiq.errors import BrokerError
from dramatiq.middleware import (
    AgeLimit,
    CurrentMessage,
    Middleware,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

from domain.messages import Message, msg
from persistence.dsn import DatabaseAddress
from persistence.silence import ASK_AFTER_S, CONNECT_S, SILENCE_S, tcp_options

# One queue: with the database as broker each holds two connections per worker.
QUEUE = "apportion"

# A job that fails is tried again after 0.5 s, 1 s, 2 s, ... up to a minute, and then given up; what
# matters is asked for again by the sweeps. Dramatiq's own default goes on for weeks.
MOST_RETRIES = 8
FIRST_RETRY_MS = 500
LAST_RETRY_MS = 60_000

# Larger than any solve may last: Dramatiq's limit cannot stop a native call, only waste its result.
JOB_LIMIT_MS = 3_600_000

# A killed worker's messages come back after this silence.
HEARTBEAT_S = 5.0
HEARTBEATS_MISSED_S = 15.0
# NOTIFY wakes the consumers; the poll is the safety net.
POLL_S = 10.0

_log = structlog.get_logger(__name__)


class BrokerAway(Exception):
    """The broker did not take a message; it may do so later."""


def broker_from(where: str | DatabaseAddress) -> dramatiq.Broker:
    """A broker by its URL's scheme, or in our own database; nothing is registered on it yet."""
    if isinstance(where, DatabaseAddress):
        return _in_database(where)
    scheme = where.partition(":")[0]
    if scheme in ("postgresql", "postgres"):
        return _in_database(DatabaseAddress(where))
    if scheme in ("redis", "rediss"):
        return _in_redis(where)
    if scheme in ("amqp", "amqps"):
        return _in_rabbitmq(where)
    raise ValueError(f"{scheme}:// is no broker we know: postgresql://, redis:// or amqp://")


def send(broker: dramatiq.Broker, topic: str, payload: dict[str, Any]) -> None:
    """Hand one job over; blocks, for minutes if the broker is away. Raises BrokerAway."""
    message = broker.get_actor(topic).message(payload)
    try:
        broker.enqueue(message)
    except _outages(broker) as error:
        raise BrokerAway(f"{type(error).__name__}: {error}") from error


def _middleware() -> list[Middleware]:
    return [
        AgeLimit(),
        TimeLimit(time_limit=JOB_LIMIT_MS, interval=1000),
        ShutdownNotifications(),
        CurrentMessage(),
        Retries(max_retries=MOST_RETRIES, min_backoff=FIRST_RETRY_MS, max_backoff=LAST_RETRY_MS),
    ]


def _in_database(address: DatabaseAddress) -> dramatiq.Broker:
    from jobs.database_broker import DatabaseBroker

    broker: dramatiq.Broker = DatabaseBroker(
        url={**address.for_libpq(), "autocommit": True},
        results=False,
        middleware=_middleware(),
        heartbeat_interval=HEARTBEAT_S,
        heartbeat_ttl=HEARTBEATS_MISSED_S,
        maintenance_interval=HEARTBEAT_S,
        poll_interval=POLL_S,
    )
    return broker


def _in_redis(url: str) -> dramatiq.Broker:
    from dramatiq.brokers.redis import RedisBroker
    from redis import ConnectionPool, Redis

    # What the address says itself counts before these.
    pool = ConnectionPool.from_url(
        url,
        socket_keepalive=True,
        socket_keepalive_options=tcp_options(),
        socket_connect_timeout=CONNECT_S,
        health_check_interval=ASK_AFTER_S,
    )
    broker = RedisBroker(  # type: ignore[no-untyped-call]  # Dramatiq leaves it without types
        client=Redis(connection_pool=pool),
        namespace=QUEUE,
        middleware=_middleware(),
        heartbeat_timeout=int(HEARTBEATS_MISSED_S * 1000),
    )
    for fault in redis_faults(broker.client):
        _log.warning("Redis may lose jobs", fault=fault)
    return broker


def redis_faults(client: Any) -> list[Message]:
    """What in a Redis server's settings could lose a job; unknown where it does not say."""
    from redis import ConnectionError as RedisAway
    from redis import RedisError

    try:
        found = {**client.config_get("appendonly"), **client.config_get("maxmemory-policy")}
    except RedisAway:
        # That it is away is noticed, and logged, by whoever sends.
        return []
    except RedisError:
        return [msg("checks.BROKER_UNREADABLE")]
    faults = []
    if found.get("appendonly") != "yes":
        faults.append(msg("checks.APPENDONLY_OFF"))
    if found.get("maxmemory-policy") != "noeviction":
        faults.append(msg("checks.EVICTION"))
    return faults


def look_at(url: str) -> list[Message]:
    """What is wrong with a broker that answers. Raises BrokerAway when it does not."""
    broker = broker_from(url)
    try:
        match type(broker).__name__:
            case "RedisBroker":
                client: Any = broker.client  # type: ignore[attr-defined]  # Redis's alone
                client.ping()
                return redis_faults(client)
            case "RabbitmqBroker":
                # Opens the connection.
                broker.channel  # type: ignore[attr-defined]  # noqa: B018 - RabbitMQ's alone
            case _:
                with broker.pool.connection(timeout=5):  # type: ignore[attr-defined]  # ditto
                    pass
    except _outages(broker) as error:
        raise BrokerAway(f"{type(error).__name__}: {error}") from error
    finally:
        broker.close()
    return []


def _in_rabbitmq(url: str) -> dramatiq.Broker:
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    # Without the confirmation a message may be lost between our socket and the queue.
    return RabbitmqBroker(url=with_heartbeat(url), confirm_delivery=True, middleware=_middleware())


def with_heartbeat(url: str) -> str:
    """A RabbitMQ's address with the heartbeat that ends silent connections, if it has none yet.

    The server gives up after two that were missed, and hands on what the silent one had taken. Its
    own default is a minute.
    """
    query = urlsplit(url).query
    if "heartbeat" in parse_qs(query):
        return url
    return f"{url}{'&' if query else '?'}heartbeat={SILENCE_S // 2}"


def _outages(broker: dramatiq.Broker) -> tuple[type[Exception], ...]:
    """How this broker's own library says that the server is away."""
    common: tuple[type[Exception], ...] = (BrokerError, OSError)
    name = type(broker).__name__
    if name == "PostgresBroker":
        import psycopg

        return (*common, psycopg.Error)
    if name == "RedisBroker":
        from redis import RedisError

        return (*common, RedisError)
    if name == "RabbitmqBroker":
        from pika.exceptions import AMQPError  # type: ignore[import-untyped]  # has none

        return (*common, AMQPError)
    return common
