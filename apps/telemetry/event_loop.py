"""How late the event loop is: prom-client's nodejs_eventloop_lag, for asyncio."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Histogram

# The guide's eventLoopMonitoringPrecision, 10 ms.
PRECISION_S = 0.01
BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)


class LoopWatch:
    """Measures while requests come: how much later than asked the loop calls back, one measurement at a time."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._under_way: asyncio.AbstractEventLoop | None = None
        self._histogram = Histogram(
            "glimpse_eventloop_lag_seconds",
            "How much later than asked the event loop called back, measured while requests come",
            buckets=BUCKETS,
            registry=registry,
        )

    def measure(self) -> None:
        """Begins a measurement in the running loop, unless one is under way there."""
        loop = asyncio.get_running_loop()
        # A loop that was closed with a measurement under way never ends it; another loop begins its own.
        if self._under_way is not loop:
            self._under_way = loop
            loop.call_later(PRECISION_S, self._observe, loop, loop.time() + PRECISION_S)

    def _observe(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._under_way = None
        self._histogram.observe(max(0.0, loop.time() - due))
