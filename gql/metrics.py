"""Figures about the API for Prometheus; each application has its own registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from persistence.allocation.queries import RunFigures

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_COSTS = (1, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000)


class Metrics:
    """Counts of requests, their duration and cost, and the sockets that are open."""

    media_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "apportion_http_requests_total",
            "GraphQL requests by HTTP status.",
            ["status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "apportion_http_request_seconds",
            "Time to answer a GraphQL request.",
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._operations = Counter(
            "apportion_operations_total",
            "GraphQL operations that ran, by whether they had errors.",
            ["outcome"],
            registry=self._registry,
        )
        self._cost = Histogram(
            "apportion_operation_cost",
            "Computed cost of the operations.",
            registry=self._registry,
            buckets=_COSTS,
        )
        self.sockets = Gauge(
            "apportion_websockets_open", "WebSockets open now.", registry=self._registry
        )

        self._open_runs = Gauge(
            "apportion_allocation_runs",
            "Allocation runs that wait, are made, or have failed.",
            ["status"],
            registry=self._registry,
        )
        self._phase_seconds = Gauge(
            "apportion_allocation_phase_seconds",
            "How long each phase of the last committed run took.",
            ["phase"],
            registry=self._registry,
        )
        self._phase_memory = Gauge(
            "apportion_allocation_phase_peak_mebibytes",
            "The most memory of worker and solver in each phase of the last committed run.",
            ["phase"],
            registry=self._registry,
        )

    def runs(self, figures: RunFigures) -> None:
        """What the database says of runs now; they are made in other processes."""
        for status, count in figures.by_status.items():
            self._open_runs.labels(status).set(count)
        for phase, cost in figures.phases.items():
            self._phase_seconds.labels(phase).set(cost["seconds"])
            self._phase_memory.labels(phase).set(cost["peak_mib"])

    def answered(self, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(str(status)).inc()
        self._seconds.observe(seconds)

    def ran(self, cost: int, *, failed: bool) -> None:
        """An operation ran."""
        self._operations.labels("errors" if failed else "ok").inc()
        self._cost.observe(cost)

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)
