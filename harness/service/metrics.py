"""What Prometheus is told: the queue as the database has it, and what this process has done."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from harness.database import jobs
from harness.database.engine import Database
from harness.errors import DatabaseFailed


class _Queue(Collector):
    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[Metric]:
        """Its name alone: nothing is read when it is registered."""
        yield GaugeMetricFamily("deferdiff_jobs", "Jobs in the database", labels=["kind", "state"])

    def collect(self) -> Iterator[Metric]:
        """As it is now."""
        reachable = GaugeMetricFamily("deferdiff_database_up", "Whether the database answers")
        counted = GaugeMetricFamily("deferdiff_jobs", "Jobs in the database", labels=["kind", "state"])
        try:
            with self._database.reading() as session:
                for (kind, state), count in jobs.counted(session).items():
                    counted.add_metric([kind, state], count)
            reachable.add_metric([], 1)
        except DatabaseFailed:
            reachable.add_metric([], 0)
        yield from (reachable, counted)


class Metrics:
    """`requests` by route, method and status; `seconds` by route; `ended`: jobs that came to an end here."""

    def __init__(self, database: Database) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Queue(database))
        self.requests = Counter(
            "deferdiff_requests", "Requests answered", ["route", "method", "status"], registry=self._registry
        )
        self.seconds = Histogram(
            "deferdiff_request_seconds", "Until a request was answered", ["route"], registry=self._registry
        )
        self._ended = Counter("deferdiff_jobs_ended", "Jobs ended here", ["kind", "state"], registry=self._registry)

    @property
    def ended(self) -> Callable[[str, str], None]:
        """To be told of each job that came to an end here."""
        return lambda kind, state: self._ended.labels(kind, state).inc()

    def text(self) -> bytes:
        """In the format of Prometheus."""
        return generate_latest(self._registry)
