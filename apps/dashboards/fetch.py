"""Asks the planned queries in parallel, each once, and hands out each answer as it comes.

This is where a cache will stand: `answer` is the only way from a `Query` to Prometheus.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from apps.dashboards.registry import Query
from apps.sources import prometheus
from apps.sources.frames import Answer

# As many at once as one page needs; more would only queue inside Prometheus, whose processors are the bound.
PARALLEL = 24
_pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="prometheus")


def answer(query: Query) -> Answer:
    """Ask Prometheus; raises SourceError."""
    source, seconds = prometheus.default(), settings.QUERY_TIMEOUT
    if query.step:
        return source.range(query.expr, query.start, query.end, query.step, timeout=seconds)
    return source.instant(query.expr, query.end, timeout=seconds)


class Flights:
    """The queries of one page under way: asking twice for the same one waits for the same answer."""

    def __init__(self) -> None:
        self._under_way: dict[Query, asyncio.Future[Answer]] = {}

    async def answer(self, query: Query) -> Answer:
        """Wait for this query's answer; raises SourceError."""
        flight = self._under_way.get(query)
        if flight is None:
            flight = asyncio.get_running_loop().run_in_executor(_pool, answer, query)
            self._under_way[query] = flight
        # A panel that stops waiting must not take the answer away from its neighbours.
        return await asyncio.shield(flight)

    def cancel(self) -> None:
        """Forget what has not begun yet: nobody waits any more."""
        for flight in self._under_way.values():
            flight.cancel()
