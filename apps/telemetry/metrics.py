"""The service's metrics by the guide's names, and `render()` for /metrics, right with one process or many.

Needs no Django. With `PROMETHEUS_MULTIPROC_DIR` in the environment (before the first import) every process writes its
samples to files there, and whichever answers /metrics adds them up; a gauge's `multiprocess_mode` says how.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NoReturn

_folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if _folder:
    # prometheus_client opens its files when a metric is made, and fails without the folder.
    Path(_folder).mkdir(parents=True, exist_ok=True)

import prometheus_client  # noqa: E402  the folder must be there first
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

from apps.telemetry.event_loop import LoopWatch  # noqa: E402
from apps.telemetry.garbage import GarbageWatch  # noqa: E402
from apps.telemetry.processes import Family, ProcessCollector  # noqa: E402

# A `_created` series beside each counter and histogram would add a fifth to the series; the guide has none.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry(auto_describe=True)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HTTP_BUCKETS = (0.1, 0.3, 0.5, 0.7, 1, 3, 5, 7, 10)
QUERY_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class NamedCounter(Gauge):
    """A counter that keeps its name: prometheus_client's own would turn `revenue_total_krw` into `…_krw_total`.

    It only goes up, is summed over processes, the dead ones included, and `render` declares it as a counter.
    """

    names: set[str] = set()

    def __init__(self, name: str, documentation: str, labelnames: Any = (), **options: Any) -> None:
        super().__init__(name, documentation, labelnames, **{"multiprocess_mode": "sum", **options})
        self.names.add(name)

    def inc(self, amount: float = 1) -> None:
        """Adds `amount`; raises ValueError when it is negative."""
        if amount < 0:
            raise ValueError("counters can only go up")
        super().inc(amount)

    def dec(self, amount: float = 1) -> NoReturn:
        raise TypeError("counters can only go up")

    def set(self, value: float) -> NoReturn:
        raise TypeError("counters can only go up")


# -- HTTP
http_requests_total = Counter(
    "http_requests_total", "Total number of HTTP requests", ["method", "route", "status"], registry=REGISTRY
)
http_request_duration_seconds = Histogram(
    "http_request_duration_seconds",
    "Duration of HTTP requests in seconds",
    ["method", "route", "status"],
    buckets=HTTP_BUCKETS,
    registry=REGISTRY,
)

# -- Who is there. `mostrecent`: whoever counted last (a task, one of the processes) knows the whole figure, so it is
# set, never added up. Connections belong to the process that holds them and end with it: `livesum`.
active_users = Gauge("active_users", "Number of active users", multiprocess_mode="mostrecent", registry=REGISTRY)
websocket_connections = Gauge(
    "websocket_connections",
    "Number of active WebSocket connections",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
user_activity_total = Counter(
    "user_activity_total", "Users' first activity of a day (Asia/Seoul), each user once a day", registry=REGISTRY
)
users = Gauge(
    "users",
    "Number of registered users by subscription (free, premium)",
    ["subscription"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
user_churn_total = Counter(
    "user_churn_total", "Users who left: accounts closed and subscriptions ended", ["reason"], registry=REGISTRY
)

# -- Business
likes_total = Counter("likes_total", "Total number of likes sent", ["type"], registry=REGISTRY)
matches_total = Counter("matches_total", "Total number of matches created", registry=REGISTRY)
payments_total = Counter("payments_total", "Total number of payments", ["type", "status"], registry=REGISTRY)
revenue_total_krw = NamedCounter("revenue_total_krw", "Total revenue in KRW", ["type"], registry=REGISTRY)

# -- Database, as the application sees it
db_query_duration_seconds = Histogram(
    "db_query_duration_seconds",
    "Duration of database queries in seconds",
    ["statement", "table"],
    buckets=QUERY_BUCKETS,
    registry=REGISTRY,
)

# -- This process, or all of them
process_collector = ProcessCollector(Family(Path(_folder) if _folder else None))
REGISTRY.register(process_collector)
garbage = GarbageWatch(REGISTRY)
garbage.start()
event_loop = LoopWatch(REGISTRY)


def render() -> bytes:
    """Everything in Prometheus's text format (`CONTENT_TYPE`), summed over the folder's processes, past ones too."""
    garbage.flush()
    if _folder is None:
        return _restore_names(prometheus_client.generate_latest(REGISTRY))
    whole = CollectorRegistry()
    # First the processes: it marks the dead, so that their connections are not counted.
    processes = list(process_collector.collect())
    MultiProcessCollector(whole, path=_folder)  # type: ignore[no-untyped-call]
    return _restore_names(
        prometheus_client.generate_latest(whole) + prometheus_client.generate_latest(_Given(processes))
    )


class _Given:
    """Metrics that were collected before, as something to collect."""

    def __init__(self, metrics: list[Any]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Any]:
        return self._metrics


def _restore_names(text: bytes) -> bytes:
    for name in NamedCounter.names:
        text = text.replace(f"# TYPE {name} gauge\n".encode(), f"# TYPE {name} counter\n".encode())
    return text
