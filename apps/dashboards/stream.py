"""Answers a plan as lines of JSON (NDJSON): the range first, a line a panel as each is ready, a line for the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import close_old_connections
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.dashboards.definitions import Panel, Target
from apps.dashboards.diagnosis import diagnose
from apps.dashboards.fetch import Flights
from apps.dashboards.figures.arrays import newest
from apps.dashboards.plan import Plan
from apps.dashboards.registry import Query, TargetAnswer, panel_type
from apps.sources.errors import SourceError
from apps.telemetry import log

# Building is arithmetic, but a diagnosis asks Prometheus: neither may stop the event loop.
_builders = ThreadPoolExecutor(8, thread_name_prefix="figures")
STALE_SECONDS = 120.0

_MESSAGES = {
    "unreachable": lambda: _("Prometheus cannot be reached."),
    "timed_out": lambda: _("Prometheus did not answer in time."),
    "unavailable": lambda: _("Prometheus is there but cannot answer."),
    "refused": lambda: _("Prometheus refused the request."),
    "garbage": lambda: _("What answers at Prometheus's address is not Prometheus."),
    "bad_query": lambda: _("Prometheus does not understand this query."),
    "too_many_points": lambda: _("This asks for more points than Prometheus gives."),
}


async def lines(plan: Plan) -> AsyncGenerator[bytes, None]:
    """The stream of a plan. Ends early, and asks nothing more, when its reader goes away."""
    began = time.monotonic()
    context = plan.context
    head = {
        "from": context.start * 1000,
        "to": context.end * 1000,
        "step": context.step,
        "offset_s": context.offset,
        "now": context.now.timestamp() * 1000,
    }
    yield _line({"range": head})
    flights = Flights()
    tasks = [asyncio.create_task(panel_line(panel, plan, flights)) for panel in plan.panels]
    try:
        for ready in asyncio.as_completed(tasks):
            yield _line(await ready)
        yield _line({"done": True, "seconds": round(time.monotonic() - began, 4)})
    finally:
        for task in tasks:
            task.cancel()
        flights.cancel()


def lines_in_step(plan: Plan) -> Iterator[bytes]:
    """The same stream for a server without an event loop (WSGI)."""
    stream = lines(plan)

    async def following() -> bytes | None:
        return await anext(stream, None)

    with asyncio.Runner() as runner:
        try:
            while (line := runner.run(following())) is not None:
                yield line
        finally:
            runner.run(stream.aclose())


async def panel_line(panel: Panel, plan: Plan, flights: Flights) -> dict[str, Any]:
    """One panel's line; whatever goes wrong is this panel's own."""
    rows = plan.queries[panel.id]
    line: dict[str, Any] = {"panel": panel.id, "view": panel_type(panel.type).view}
    try:
        answers = await asyncio.gather(*(_answer(target, query, flights) for target, query in rows))
    except SourceError as error:
        return line | {
            "state": "error",
            "at": None,
            "queries": [_asked(t, q) for t, q in rows],
            "error": described(error, plan),
        }
    loop = asyncio.get_running_loop()
    return line | await loop.run_in_executor(_builders, _built, panel, list(answers), plan)


async def _answer(target: Target, query: Query, flights: Flights) -> TargetAnswer:
    found = await flights.answer(query)
    return TargetAnswer(target, query, found.frames, found.seconds, found.warnings)


def _built(panel: Panel, answers: list[TargetAnswer], plan: Plan) -> dict[str, Any]:
    context = plan.context
    asked = [_asked(answer.target, answer.query, answer) for answer in answers]
    with translation.override(context.locale), timezone.override(context.zone), _database():
        try:
            fields = panel_type(panel.type).build(panel, answers, context)
        except SourceError as error:
            return {"state": "error", "at": None, "queries": asked, "error": described(error, plan)}
        except Exception as error:  # one panel's fault must not take the page with it
            log.error("Panel could not be built", error, panel=panel.id, dashboard=plan.dashboard.slug)
            words = {
                "reason": "internal",
                "message": _("This panel could not be drawn."),
                "advice": "",
                "retryable": False,
            }
            return {"state": "error", "at": None, "queries": asked, "error": words}
        if not fields:
            why = diagnose(answers, context)
            words = {"reason": why.reason, "message": why.message, "hint": why.hint}
            return {"state": "nodata", "at": None, "queries": asked, **words}
    at = newest([frame for answer in answers for frame in answer.frames])
    live = context.timerange.is_live and not fields.pop("now", False)
    limit = context.now.timestamp() - max(2 * context.step, STALE_SECONDS)
    state = "stale" if live and at is not None and at < limit else "value"
    return {"state": state, "at": at * 1000 if at is not None else None, "queries": asked, **fields}


@contextmanager
def _database() -> Iterator[None]:
    """A panel may read the database here, where no request's end gives its connection back."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


def described(error: SourceError, plan: Plan) -> dict[str, Any]:
    """An error in the reader's language, with the other side's own words beside it."""
    with translation.override(plan.context.locale):
        return {
            "reason": error.reason,
            "message": _MESSAGES[error.reason]() if error.reason in _MESSAGES else error.message,
            "detail": error.message,
            "advice": str(error.advice),
            "retryable": error.retryable,
        }


def _asked(target: Target, query: Query, answer: TargetAnswer | None = None) -> dict[str, Any]:
    return {
        "ref": target.ref,
        "expr": query.expr,
        "step": query.step,
        "start": query.start,
        "end": query.end,
        "seconds": round(answer.seconds, 4) if answer else None,
        "series": len(answer.frames) if answer else None,
        "warnings": answer.warnings if answer else [],
    }


def _line(row: dict[str, Any]) -> bytes:
    # orjson writes NaN and the infinities as null: a reader's JSON parser never meets them.
    return orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
