"""Log files of the past, a day each: every failure and every payment, and of the rest the sampled share."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from demo import winston
from demo.endpoints import BY_STATEMENT, ENDPOINTS, LIKES, PAYMENTS, PRODUCTS, Endpoint
from demo.history_business import Minutes
from demo.model import Floats, Moment
from demo.population import nth_user, returning_user, seoul_day
from demo.winston import Line

# Of requests that went well this share is logged, in the past and live: what a busy service's access log does,
# and what keeps a week within some hundred thousand lines.
SAMPLED = 0.04
MATCHES_SAMPLED = 0.25


@dataclass(frozen=True)
class DayOfLogs:
    """What it takes to write a day's files in a process of its own."""

    directory: Path
    t: Floats
    minutes: Minutes
    moment: Moment
    seed: int


def write_day(day: DayOfLogs) -> str:
    """Writes combined- and error- of a day in Seoul, the oldest line first."""
    rng = random.Random(f"{day.seed} {seoul_day(day.t[0])}")
    start, end = float(day.t[0]) - 60, float(day.t[-1])
    lines = [line for line in _lines(day, rng) if start < line.at <= end]
    lines.sort(key=lambda line: line.at)
    name = f"{datetime.fromtimestamp(end - 1, winston.SEOUL):%Y-%m-%d}.log"
    _write(day.directory / f"combined-{name}", lines)
    _write(day.directory / f"error-{name}", [line for line in lines if line.level == "error"])
    return f"{len(lines)} log lines of {name[:-4]}"


def _write(path: Path, lines: list[Line]) -> None:
    path.write_text("".join(f"{line.text}\n" for line in lines), encoding="utf-8")
    path.chmod(0o640)


def _lines(day: DayOfLogs, rng: random.Random) -> Iterator[Line]:
    seen = (day.moment.daily_users * day.moment.seen_today).astype(int).tolist()
    times = [float(at) - 60 for at in day.t]
    number = seoul_day(day.t[-1] - 1)
    for (index, status), counts in day.minutes.requests.items():
        endpoint = ENDPOINTS[index]
        medians = day.moment.median(endpoint).tolist()
        every = status >= 400 or endpoint is PAYMENTS or endpoint.share < 0.001
        for minute, count in enumerate(counts.tolist()):
            some = count if every else _binomial(rng, count, SAMPLED)
            for _ in range(some):
                at = times[minute] + 60 * rng.random()
                ms = 1000 * medians[minute] * rng.lognormvariate(0, endpoint.spread)
                user = returning_user(rng, number, seen[minute])
                yield from visit_lines(rng, winston.visit(rng, at, endpoint, status, ms, user), day.moment, minute)
    for minute, count in enumerate(day.minutes.matches.tolist()):
        for _ in range(_binomial(rng, count, MATCHES_SAMPLED)):
            user = nth_user(number, rng.randrange(max(1, seen[minute])))
            yield from winston.match_lines(rng, times[minute] + 60 * rng.random(), user)


def visit_lines(rng: random.Random, of: winston.Visit, moment: Moment, index: int = 0) -> Iterator[Line]:
    """All that the service logs about one request."""
    yield from winston.request_lines(of)
    if of.status >= 500:
        yield winston.failure_line(of, failure_of(rng, of.endpoint, of.status, moment, index))
    if of.endpoint is PAYMENTS:
        product = rng.choices(PRODUCTS, [each.share for each in PRODUCTS])[0]
        yield payment(rng, of, product.type, product.price)
    statement = BY_STATEMENT.get(of.endpoint.statement)
    if statement is not None and of.ms > 2 * winston.SLOW_MS:
        yield winston.slow_query_line(of.at + of.ms / 1000, statement, 0.8 * of.ms)


def payment(rng: random.Random, of: winston.Visit, product: str, amount: int) -> Line:
    """The payment's own line; a gateway that fails has another reason than a card that is refused."""
    reason = None
    if of.status != PAYMENTS.ok:
        reason = winston.declined(rng) if of.status == PAYMENTS.client_error else winston.GATEWAY.message
    return winston.payment_line(of, product, amount, reason=reason, rng=rng)


def failure_of(rng: random.Random, endpoint: Endpoint, status: int, moment: Moment, index: int) -> winston.Failure:
    """The exception behind a 5xx, by what is wrong at the time."""
    if status == 503:
        return winston.POOL
    if endpoint is PAYMENTS:
        return winston.GATEWAY
    if moment.fault("slow-database")[index] > 0.05 and rng.random() < 0.85:
        return winston.TIMEOUT
    if moment.fault("memory-leak")[index] > 0.5 and rng.random() < 0.85:
        return winston.MEMORY
    return rng.choice(winston.FAILURES if endpoint is not LIKES else winston.FAILURES[:2])


def _binomial(rng: random.Random, count: int, share: float) -> int:
    return sum(rng.random() < share for _ in range(count))
