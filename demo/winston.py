"""Log lines as the guide's Winston writes them, quirks included: a Node service, seen from outside.

Its `YYYY-MM-DD HH:mm:ss:ms` ends in minute and second, for `ms` is no milliseconds there; and where a service puts
`timestamp: new Date().toISOString()` into the metadata, that one stands.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from demo.endpoints import Endpoint, Statement

SEOUL = timezone(timedelta(hours=9))
SERVICE = {"service": "glimpse-api", "host": "glimpse-api-1"}
SLOW_MS = 1000
AGENTS = (
    "Glimpse/3.4.1 (iPhone; iOS 19.1; Scale/3.00)",
    "Glimpse/3.4.1 (Android 16; SM-S938N)",
    "Glimpse/3.3.0 (Android 15; SM-A556N)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 KAKAOTALK",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
)


@dataclass(frozen=True)
class Line:
    """A line with its level, to know which files it belongs to, and its time, to sort by."""

    at: float
    level: str
    text: str


@dataclass(frozen=True)
class Failure:
    """An exception of the service: its text and its stack below the first line."""

    type: str
    message: str
    where: tuple[str, ...]

    @property
    def stack(self) -> str:
        return f"{self.type}: {self.message}\n" + "\n".join(f"    at {frame}" for frame in self.where)


_FRAMES = (
    "Layer.handle [as handle_request] (/app/node_modules/express/lib/router/layer.js:95:5)",
    "next (/app/node_modules/express/lib/router/route.js:149:13)",
    "processTicksAndRejections (node:internal/process/task_queues:95:5)",
)
FAILURES = (
    Failure(
        "TypeError",
        "Cannot read properties of undefined (reading 'id')",
        ("MatchingService.findCandidates (/app/dist/services/matching.js:84:31)", *_FRAMES),
    ),
    Failure(
        "PrismaClientKnownRequestError",
        "Transaction API error: Transaction already closed",
        ("PrismaClient._request (/app/node_modules/@prisma/client/runtime/library.js:123:7)", *_FRAMES),
    ),
    Failure(
        "Error",
        "Redis connection to glimpse-cache-001:6379 failed - read ECONNRESET",
        ("RedisClient.on_error (/app/node_modules/redis/index.js:341:14)", *_FRAMES),
    ),
)
TIMEOUT = Failure(
    "QueryTimeoutError",
    "canceling statement due to statement timeout",
    ("Client._handleErrorMessage (/app/node_modules/pg/lib/client.js:387:12)", *_FRAMES),
)
POOL = Failure(
    "PrismaClientInitializationError",
    "Timed out fetching a new connection from the connection pool (limit: 96, timeout: 10)",
    ("ConnectionPool.acquire (/app/dist/db/pool.js:51:19)", *_FRAMES),
)
MEMORY = Failure(
    "RangeError",
    "Array buffer allocation failed: heap out of memory",
    ("new ArrayBuffer (<anonymous>)", "ImageCache.put (/app/dist/services/images.js:207:22)", *_FRAMES),
)
GATEWAY = Failure(
    "PaymentGatewayError",
    "PG사 응답 시간 초과 (토스페이먼츠, 10000ms)",
    ("PaymentService.approve (/app/dist/services/payment.js:132:15)", *_FRAMES),
)


def winston_stamp(at: float) -> str:
    """`2026-11-23 11:12:51:1251`: what Winston makes of `YYYY-MM-DD HH:mm:ss:ms`."""
    moment = datetime.fromtimestamp(at, SEOUL)
    return f"{moment:%Y-%m-%d %H:%M:%S}:{moment.minute}{moment.second}"


def iso_stamp(at: float) -> str:
    """`2026-11-23T02:12:51.720Z`, as JavaScript's toISOString."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def line(at: float, level: str, message: str, /, *, iso: bool = False, **meta: Any) -> Line:
    """One line of JSON."""
    fields = {"level": level, "message": message, **meta, **SERVICE}
    fields["timestamp"] = iso_stamp(at) if iso else winston_stamp(at)
    return Line(at, level, json.dumps(fields, ensure_ascii=False, separators=(",", ":")))


@dataclass(frozen=True)
class Visit:
    """A request as the log tells of it."""

    at: float
    endpoint: Endpoint
    status: int
    ms: float
    user: str | None
    request_id: str
    path: str
    query: dict[str, str]
    agent: str
    ip: str

    @property
    def url(self) -> str:
        return self.path + ("?" + "&".join(f"{k}={v}" for k, v in self.query.items()) if self.query else "")


def visit(rng: random.Random, at: float, endpoint: Endpoint, status: int, ms: float, user: str | None) -> Visit:
    """A request with what a client would have sent."""
    path, query = sent(rng, endpoint)
    return Visit(at, endpoint, status, ms, user, request_id(rng), path, query, rng.choice(AGENTS), address(rng))


def sent(rng: random.Random, endpoint: Endpoint) -> tuple[str, dict[str, str]]:
    """Path and query that a client would send."""
    path = endpoint.route.replace(":id", f"user_{rng.randrange(48_000)}")
    if endpoint.key == "GET /api/v1/users":
        return path, {"distance": str(rng.choice((3, 5, 10, 30))), "limit": "20"}
    if endpoint.method == "GET" and rng.random() < 0.3:
        return path, {"page": str(rng.randrange(1, 9))}
    return path, {}


def address(rng: random.Random) -> str:
    """An address out of the ranges kept for documentation, so that it is nobody's."""
    return f"{rng.choice(('203.0.113', '198.51.100', '192.0.2'))}.{rng.randrange(1, 255)}"


def request_id(rng: random.Random) -> str:
    return f"req_{rng.getrandbits(48):012x}"


def request_lines(of: Visit) -> Iterator[Line]:
    """The guide's 'Incoming request' and 'HTTP Request'."""
    meta: dict[str, Any] = {"requestId": of.request_id, "method": of.endpoint.method}
    user: dict[str, Any] = {"userId": of.user} if of.user else {}
    yield line(of.at, "info", "Incoming request", **meta, path=of.path, query=of.query, **user)
    done = of.at + of.ms / 1000
    yield line(
        done,
        "http",
        "HTTP Request",
        **meta,
        url=of.url,
        status=of.status,
        responseTime=round(of.ms),
        userAgent=of.agent,
        ip=of.ip,
        **user,
    )
    if of.ms > SLOW_MS:
        yield line(done, "warn", "느린 요청 감지", **meta, url=of.url, responseTime=round(of.ms), threshold=SLOW_MS)


def failure_line(of: Visit, failure: Failure) -> Line:
    """What the guide's `log.error` writes."""
    user: dict[str, Any] = {"userId": of.user} if of.user else {}
    return line(
        of.at + of.ms / 1000,
        "error",
        f"Failed to handle {of.endpoint.method} {of.endpoint.route}",
        error=failure.message,
        stack=failure.stack,
        requestId=of.request_id,
        method=of.endpoint.method,
        url=of.url,
        status=of.status,
        **user,
    )


def slow_query_line(at: float, statement: Statement, ms: float) -> Line:
    return line(at, "warn", "Slow query", statement=statement.name, table=statement.table, duration=round(ms))


def match_lines(rng: random.Random, at: float, user: str) -> Iterator[Line]:
    """The guide's service example: its metadata carries an ISO timestamp."""
    other = f"user_{rng.randrange(48_000)}"
    context = {"action": "create_match", "fromUserId": user, "toUserId": other}
    yield line(at, "info", "Creating match", iso=True, **context)
    yield line(
        at + 0.02, "info", "Match created successfully", iso=True, **context, matchId=f"match_{rng.getrandbits(40):x}"
    )


_DECLINED = ("한도 초과", "카드사 승인 거절", "잔액 부족", "유효하지 않은 카드")


def payment_line(of: Visit, product: str, amount: int, *, reason: str | None = None, rng: random.Random) -> Line:
    """A payment that succeeded, or (with a reason) failed: action "payment", status "succeeded" or "failed"."""
    meta: dict[str, Any] = {
        "action": "payment",
        "type": product,
        "amount": amount,
        "currency": "KRW",
        "paymentId": f"pay_{rng.getrandbits(40):x}",
        "requestId": of.request_id,
        "userId": of.user,
    }
    at = of.at + of.ms / 1000
    if reason is None:
        return line(at, "info", "결제가 완료되었습니다", iso=True, status="succeeded", **meta)
    return line(at, "warn", "Payment failed", iso=True, status="failed", reason=reason, **meta)


def declined(rng: random.Random) -> str:
    return rng.choice(_DECLINED)


def storm_line(rng: random.Random, at: float) -> Line:
    """One of a flood."""
    attempt = rng.randrange(1, 60)
    if attempt % 6 == 0:
        failure = FAILURES[2]
        return line(at, "error", "Cache unavailable", error=failure.message, stack=failure.stack, attempt=attempt)
    return line(at, "warn", "Retrying connection to cache", host_name="glimpse-cache-001", attempt=attempt, delay=50)
