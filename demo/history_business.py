"""What happened in each minute of the past, drawn once: requests, likes, matches, payments, people who left.

The samples and the log lines are both made of it, so that they tell the same story.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from prometheus_client.utils import floatToGoString

from apps.telemetry.metrics import HTTP_BUCKETS, QUERY_BUCKETS
from demo.endpoints import CHURN_REASONS, ENDPOINTS, LEAVE, LIKES, PAYMENTS, PRODUCTS, STATEMENTS, SUPER_LIKES, Endpoint
from demo.exporters import PROCESS
from demo.model import Floats, Moment

Counts = NDArray[np.int64]
Sample = tuple[str, dict[str, str], Floats]


@dataclass(frozen=True)
class Minutes:
    """Counts by minute: requests by endpoint's index and status, and what followed from them."""

    requests: dict[tuple[int, int], Counts]
    super_likes: Counts
    matches: Counts
    payments: dict[tuple[str, str], Counts]
    left: dict[str, Counts]
    first_visits: Counts

    @classmethod
    def draw(cls, m: Moment, rng: np.random.Generator) -> Minutes:
        requests: dict[tuple[int, int], Counts] = {}
        for index, endpoint in enumerate(ENDPOINTS):
            for status, share in outcomes(m, endpoint):
                drawn = rng.poisson(np.maximum(0, 60 * m.served_rate * m.request_share(endpoint) * share))
                if drawn.any():
                    requests[index, status] = drawn
        none = np.zeros(len(m.t), np.int64)
        likes = requests.get((ENDPOINTS.index(LIKES), LIKES.ok), none)
        left = requests.get((ENDPOINTS.index(LEAVE), LEAVE.ok), none)
        seen = m.daily_users * m.seen_today
        first = np.diff(seen, prepend=seen[0])
        by_reason = rng.multinomial(left, list(CHURN_REASONS.values()))
        return cls(
            requests,
            rng.binomial(likes, SUPER_LIKES),
            rng.binomial(likes, m.match_share),
            _payments(requests, none, rng),
            {reason: by_reason[:, n] for n, reason in enumerate(CHURN_REASONS)},
            # At midnight the count of the day's visitors falls back; before that nobody is new.
            rng.poisson(np.where(m.fault("api-down") > 0, 0, np.maximum(0, first))),
        )

    def cut(self, piece: slice) -> Minutes:
        """Those of some minutes."""
        return Minutes(
            {key: values[piece] for key, values in self.requests.items()},
            self.super_likes[piece],
            self.matches[piece],
            {key: values[piece] for key, values in self.payments.items()},
            {key: values[piece] for key, values in self.left.items()},
            self.first_visits[piece],
        )


def outcomes(m: Moment, endpoint: Endpoint) -> list[tuple[int, Floats]]:
    """Statuses of an endpoint with their shares, which add up to 1."""
    server = m.server_error_share(endpoint)
    unavailable = m.unavailable_share
    client = m.client_error_share(endpoint) * (1 - server) * (1 - unavailable)
    found = [(endpoint.ok, (1 - server) * (1 - unavailable) - client)]
    if endpoint.client_error:
        found.append((endpoint.client_error, client))
    # An endpoint without a 5xx of its own answers 500 only under faults.
    found.append((endpoint.server_error or 500, server * (1 - unavailable)))
    found.append((503, unavailable))
    return found


def _payments(
    requests: dict[tuple[int, int], Counts], none: Counts, rng: np.random.Generator
) -> dict[tuple[str, str], Counts]:
    index = ENDPOINTS.index(PAYMENTS)
    failed = sum((counts for (i, status), counts in requests.items() if i == index and status != PAYMENTS.ok), none)
    shares = [product.share for product in PRODUCTS]
    found: dict[tuple[str, str], Counts] = {}
    for status, counts in (("succeeded", requests.get((index, PAYMENTS.ok), none)), ("failed", failed)):
        by_type = rng.multinomial(counts, shares)
        for number, product in enumerate(PRODUCTS):
            found[product.type, status] = by_type[:, number]
    return found


def api_series(m: Moment, minutes: Minutes, seed: int = 7) -> Iterator[Sample]:
    """Name, labels and values of every series of the API's /metrics."""
    rng = np.random.default_rng(seed)
    for (index, status), counts in minutes.requests.items():
        endpoint = ENDPOINTS[index]
        labels = {"method": endpoint.method, "route": endpoint.route, "status": str(status)}
        yield "http_requests_total", labels, np.cumsum(counts).astype(float)
        yield from histogram(
            "http_request_duration_seconds", labels, HTTP_BUCKETS, counts, m.median(endpoint), endpoint.spread, rng
        )
    for statement in STATEMENTS:
        labels = {"statement": statement.name, "table": statement.table}
        counts = sum(
            (c for (i, _), c in minutes.requests.items() if ENDPOINTS[i].statement == statement.name),
            np.zeros(len(m.t), np.int64),
        )
        median = m.statement_median(statement)
        yield from histogram("db_query_duration_seconds", labels, QUERY_BUCKETS, counts, median, statement.spread, rng)
    yield from _business(m, minutes)
    for each in PROCESS:
        values = each.value(m)
        yield each.name, each.labels, np.cumsum(values * 60) if each.kind == "counter" else values


def _business(m: Moment, minutes: Minutes) -> Iterator[Sample]:
    likes = minutes.requests[ENDPOINTS.index(LIKES), LIKES.ok]
    yield "likes_total", {"type": "normal"}, _sum(likes - minutes.super_likes)
    yield "likes_total", {"type": "super"}, _sum(minutes.super_likes)
    yield "matches_total", {}, _sum(minutes.matches)
    for (product, status), counts in minutes.payments.items():
        yield "payments_total", {"type": product, "status": status}, _sum(counts)
    for each in PRODUCTS:
        yield "revenue_total_krw", {"type": each.type}, each.price * _sum(minutes.payments[each.type, "succeeded"])
    for reason, counts in minutes.left.items():
        yield "user_churn_total", {"reason": reason}, _sum(counts)
    yield "user_activity_total", {}, _sum(minutes.first_visits)
    yield "active_users", {}, m.active_users
    yield "websocket_connections", {}, m.websocket_connections
    yield "users", {"subscription": "free"}, m.free_users
    yield "users", {"subscription": "premium"}, m.premium_users


def histogram(
    name: str,
    labels: dict[str, str],
    buckets: tuple[float, ...],
    counts: Counts,
    median: Floats,
    spread: float,
    rng: np.random.Generator,
) -> Iterator[Sample]:
    """Buckets, sum and count of `counts` lognormal times a minute."""
    below = _normal((np.log(np.array(buckets))[None, :] - np.log(median)[:, None]) / spread)
    shares = np.diff(below, axis=1, prepend=0.0, append=1.0)
    shares = np.maximum(shares, 0) / np.maximum(shares, 0).sum(axis=1, keepdims=True)
    summed = np.cumsum(np.cumsum(rng.multinomial(counts, shares), axis=0), axis=1).astype(float)
    for number, bound in enumerate((*buckets, float("inf"))):
        le: Any = floatToGoString(bound)  # type: ignore[no-untyped-call]
        yield f"{name}_bucket", {**labels, "le": le}, summed[:, number]
    total = counts * median * np.exp(spread**2 / 2) * np.maximum(0.4, 1 + 0.1 * rng.standard_normal(len(counts)))
    yield f"{name}_sum", labels, np.cumsum(total)
    yield f"{name}_count", labels, summed[:, -1]


def _normal(z: Floats) -> Floats:
    """The normal distribution's share below z, right to three parts in ten thousand."""
    share: Floats = 0.5 * (1 + np.tanh(0.7978845608 * (z + 0.044715 * z**3)))
    return share


def _sum(counts: Counts) -> Floats:
    return np.cumsum(counts).astype(float)
