"""Django middleware, sync and async: counts and times each request, and writes its two log lines.

Put both first, so that what other middleware answers is seen as well. A streaming response is counted when it begins:
how long a stream lasts is the reader's choice and says nothing about the service.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from contextvars import Token
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.telemetry import context, log, metrics
from apps.telemetry.requests import method_label, request_fields, route_label, user_id

# nginx's number for a client that left before it was answered.
CLIENT_LEFT = 499
_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,127}")

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class _Middleware:
    """What both share: being sync or async as the next in line is."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response: Any = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.answer_async(request) if self.is_async else self.answer(request)

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        raise NotImplementedError

    async def answer_async(self, request: HttpRequest) -> HttpResponseBase:
        raise NotImplementedError


class MetricsMiddleware(_Middleware):
    """Records http_requests_total and http_request_duration_seconds by method, URL pattern and status."""

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        status = 500
        try:
            response: HttpResponseBase = self.get_response(request)
            status = response.status_code
        finally:
            _count(request, status, time.perf_counter() - began)
        return response

    async def answer_async(self, request: HttpRequest) -> HttpResponseBase:
        metrics.event_loop.measure()
        began = time.perf_counter()
        status = 500
        try:
            response: HttpResponseBase = await self.get_response(request)
            status = response.status_code
        except asyncio.CancelledError:
            status = CLIENT_LEFT
            raise
        finally:
            _count(request, status, time.perf_counter() - began)
        return response


def _count(request: HttpRequest, status: int, seconds: float) -> None:
    labels = {
        "method": method_label(request.method),
        "route": route_label(request, settings.STATIC_URL, status),
        "status": str(status),
    }
    metrics.http_requests_total.labels(**labels).inc()
    metrics.http_request_duration_seconds.labels(**labels).observe(seconds)
    metrics.garbage.flush()


class RequestLogMiddleware(_Middleware):
    """Writes 'Incoming request' and 'HTTP Request', and gives each request an id that all of its lines carry.

    The id comes from `X-Request-ID` where a proxy sent a sane one, is `request.request_id` for views, and goes out as
    `X-Request-ID`. Paths in settings.TELEMETRY_QUIET_PATHS (what machines ask every few seconds) are logged as debug.
    """

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        began, token = _begin(request)
        try:
            response: HttpResponseBase = self.get_response(request)
            return _end(request, response, began)
        finally:
            context.restore(token)

    async def answer_async(self, request: HttpRequest) -> HttpResponseBase:
        began, token = _begin(request)
        streaming = False
        try:
            response: HttpResponseBase = await self.get_response(request)
            streaming = bool(response.streaming)
            return _end(request, response, began)
        finally:
            if not streaming:
                # A stream goes on in this task after we return, and its lines want the id; the task ends with it.
                context.restore(token)


def _begin(request: HttpRequest) -> tuple[float, Token[Any]]:
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
    request.request_id = request_id  # type: ignore[attr-defined]
    token = context.bind(requestId=request_id, userId=lambda: user_id(request))
    write = log.debug if _is_quiet(request) else log.info
    write("Incoming request", **request_fields(request))
    return time.perf_counter(), token


def _end(request: HttpRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
    log.http(request, response, (time.perf_counter() - began) * 1000, quiet=_is_quiet(request))
    return response


def _is_quiet(request: HttpRequest) -> bool:
    return request.path in getattr(settings, "TELEMETRY_QUIET_PATHS", ())
