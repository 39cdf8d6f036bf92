"""The API of the simulated service: real requests in, answers after a real wait, metrics and log lines beside."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from apps.telemetry import metrics
from demo import winston
from demo.endpoints import (
    BY_STATEMENT,
    CHURN_REASONS,
    ENDPOINTS,
    LEAVE,
    LIKES,
    PAYMENTS,
    PRODUCTS,
    SIGN_UP,
    Endpoint,
)
from demo.history_business import outcomes
from demo.history_logs import MATCHES_SAMPLED, SAMPLED, failure_of, payment
from demo.web import BadRequest, Request, Response
from demo.winston import Line, Visit
from demo.world import World

_ROUTES = [(e, re.compile(re.escape(e.route).replace(":id", r"[A-Za-z0-9_-]{1,64}"))) for e in ENDPOINTS]
_PRICES = {product.type: product.price for product in PRODUCTS}
# Of those who pay for premium this share had no subscription before.
_NEW_SUBSCRIBERS = 0.12


@dataclass(frozen=True)
class Outcome:
    """How a request will end, settled when it comes in."""

    status: int
    seconds: float


class Api:
    """Answers requests as the model says they end."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def handle(self, request: Request) -> Response:
        if request.path == "/metrics" and request.method in ("GET", "HEAD"):
            return Response(200, metrics.render(), metrics.CONTENT_TYPE)
        if request.path == "/health":
            return Response.of(200, {"status": "ok"})
        endpoint = find(request)
        if endpoint is None:
            return self._unmatched(request)
        content = _content(request)
        outcome = self.outcome(endpoint)
        request_id = winston.request_id(self.world.rng)
        visit = self._visit(request, endpoint, outcome, request_id)
        first, *rest = self._lines(visit, content)
        logged = self._is_logged(visit)
        if logged:
            self.world.journal.write([first])
        await asyncio.sleep(outcome.seconds)
        if logged:
            self.world.journal.write(rest)
        self._count(endpoint, outcome)
        if outcome.status == endpoint.ok:
            self._business(endpoint, content, visit)
        return self._answer(outcome.status, request_id)

    def outcome(self, endpoint: Endpoint) -> Outcome:
        """Status and duration, drawn from the model of this moment."""
        moment, rng = self.world.moment(), self.world.rng
        found = outcomes(moment, endpoint)
        status = rng.choices([s for s, _ in found], [max(0.0, float(share[0])) for _, share in found])[0]
        seconds = float(moment.median(endpoint)[0]) * rng.lognormvariate(0, endpoint.spread)
        return Outcome(status, min(seconds, 28.0))

    def _unmatched(self, request: Request) -> Response:
        method = request.method if request.method in {"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"} else "OTHER"
        labels = (method, "unmatched", "404")
        metrics.http_requests_total.labels(*labels).inc()
        metrics.http_request_duration_seconds.labels(*labels).observe(0.001)
        return Response.of(404, {"error": "not found"})

    def _visit(self, request: Request, endpoint: Endpoint, outcome: Outcome, request_id: str) -> Visit:
        headers = request.headers
        return Visit(
            self.world.clock(),
            endpoint,
            outcome.status,
            outcome.seconds * 1000,
            headers.get("x-user-id"),
            request_id,
            request.path,
            request.query,
            headers.get("user-agent", ""),
            headers.get("x-forwarded-for", "127.0.0.1"),
        )

    def _is_logged(self, visit: Visit) -> bool:
        """Failures, slow ones, money and rare things always; of the rest a sample."""
        rare = visit.endpoint is PAYMENTS or visit.endpoint.share < 0.001
        return rare or visit.status >= 400 or visit.ms > winston.SLOW_MS or self.world.rng.random() < SAMPLED

    def _lines(self, visit: Visit, content: dict[str, Any]) -> list[Line]:
        rng = self.world.rng
        lines = list(winston.request_lines(visit))
        if visit.status >= 500:
            failure = failure_of(rng, visit.endpoint, visit.status, self.world.moment(), 0)
            lines.append(winston.failure_line(visit, failure))
        if visit.endpoint is PAYMENTS:
            lines.append(payment(rng, visit, content["type"], _PRICES[content["type"]]))
        statement = BY_STATEMENT.get(visit.endpoint.statement)
        if statement is not None and visit.ms > 2 * winston.SLOW_MS:
            lines.append(winston.slow_query_line(visit.at + visit.ms / 1000, statement, 0.8 * visit.ms))
        return lines

    def _count(self, endpoint: Endpoint, outcome: Outcome) -> None:
        labels = (endpoint.method, endpoint.route, str(outcome.status))
        metrics.http_requests_total.labels(*labels).inc()
        metrics.http_request_duration_seconds.labels(*labels).observe(outcome.seconds)
        statement = BY_STATEMENT.get(endpoint.statement)
        if statement is not None:
            median = float(self.world.moment().statement_median(statement)[0])
            took = median * self.world.rng.lognormvariate(0, statement.spread)
            metrics.db_query_duration_seconds.labels(statement.name, statement.table).observe(took)
        if endpoint is PAYMENTS and outcome.status != endpoint.ok:
            product = self.world.rng.choices(PRODUCTS, [each.share for each in PRODUCTS])[0]
            metrics.payments_total.labels(product.type, "failed").inc()

    def _business(self, endpoint: Endpoint, content: dict[str, Any], visit: Visit) -> None:
        """What follows from a request that went well."""
        world, user = self.world, visit.user
        if user:
            world.arrived(user)
        if endpoint is LIKES:
            metrics.likes_total.labels(content["type"]).inc()
            if world.rng.random() < float(world.moment().match_share[0]):
                metrics.matches_total.inc()
                if user and world.rng.random() < MATCHES_SAMPLED:
                    world.journal.write(winston.match_lines(world.rng, world.clock(), user))
        elif endpoint is PAYMENTS:
            self._paid(content["type"])
        elif endpoint is SIGN_UP:
            world.free += 1
        elif endpoint is LEAVE:
            world.left(content["reason"])

    def _paid(self, product: str) -> None:
        metrics.payments_total.labels(product, "succeeded").inc()
        metrics.revenue_total_krw.labels(product).inc(_PRICES[product])
        if product != "likes_pack" and self.world.rng.random() < _NEW_SUBSCRIBERS:
            self.world.free -= 1
            self.world.premium += 1

    def _answer(self, status: int, request_id: str) -> Response:
        headers = {"X-Request-ID": request_id}
        if status == 204:
            return Response(status, headers=headers)
        body = b'{"ok":true}' if status < 400 else b'{"ok":false}'
        return Response(status, body, headers=headers)


def find(request: Request) -> Endpoint | None:
    """The endpoint that a request is for."""
    for endpoint, pattern in _ROUTES:
        if endpoint.method == request.method and pattern.fullmatch(request.path):
            return endpoint
    return None


def _content(request: Request) -> dict[str, Any]:
    """The body and what it means; raises BadRequest for a like, product or reason that there is not."""
    body = request.json()
    if not isinstance(body, dict):
        raise BadRequest("the body is no JSON object")
    if request.path == PAYMENTS.route:
        body.setdefault("type", "likes_pack")
        _demand(body["type"], _PRICES)
    elif request.path == LIKES.route:
        body.setdefault("type", "normal")
        _demand(body["type"], ("normal", "super"))
    elif request.method == "DELETE":
        body["reason"] = request.query.get("reason", "account_closed")
        _demand(body["reason"], CHURN_REASONS)
    return body


def _demand(value: Any, known: Any) -> None:
    if not isinstance(value, str) or value not in known:
        raise BadRequest(f"{value!r} is none of {', '.join(known)}")
