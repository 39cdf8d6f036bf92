"""How long Python's garbage collector stopped the process: prom-client's gc histogram, for Python."""

from __future__ import annotations

import gc
import time
from collections import deque
from typing import Any

from prometheus_client import CollectorRegistry, Histogram

BUCKETS = (0.001, 0.01, 0.1, 1, 2, 5)


class GarbageWatch:
    """Notes each pause, and hands them to the histogram at `flush`.

    A collection may begin while prometheus_client holds its lock, and observing there and then would wait for that lock
    for ever; so the callback only appends.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._began = 0.0
        self._pauses: deque[tuple[int, float]] = deque(maxlen=10_000)
        self._histogram = Histogram(
            "glimpse_python_gc_duration_seconds",
            "Pauses of the garbage collector by generation, as of each process's last request",
            ["kind"],
            buckets=BUCKETS,
            registry=registry,
        )

    def start(self) -> None:
        """Listens to the collector from now on."""
        if self._note not in gc.callbacks:
            gc.callbacks.append(self._note)

    def _note(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        elif self._began:
            self._pauses.append((info["generation"], time.perf_counter() - self._began))

    def flush(self) -> None:
        """Puts what was noted into the histogram."""
        while self._pauses:
            generation, seconds = self._pauses.popleft()
            self._histogram.labels(str(generation)).observe(seconds)
