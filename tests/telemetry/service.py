"""A Django project of somebody else's, as docs/telemetry.md describes it, for a real gunicorn with several workers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import include, path

from apps.telemetry import log, metrics

if not settings.configured:
    settings.configure(
        SECRET_KEY="tests",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["apps.telemetry"],
        MIDDLEWARE=[
            "apps.telemetry.middleware.MetricsMiddleware",
            "apps.telemetry.middleware.RequestLogMiddleware",
        ],
        LOGGING_CONFIG=None,
        LOG_TO_FILES=True,
        LOG_DIR=Path(os.environ["LOG_DIR"]),
        LOG_LEVEL="http",
        USE_TZ=True,
    )
    django.setup()


def pid(request: HttpRequest) -> JsonResponse:
    """Which process answers."""
    return JsonResponse({"pid": os.getpid()})


def connect(request: HttpRequest) -> HttpResponse:
    """Opens a connection that the worker holds until it ends."""
    metrics.websocket_connections.inc()
    return HttpResponse(str(os.getpid()))


def user(request: HttpRequest, number: int) -> HttpResponse:
    log.info("Reading profile", number=number)
    return HttpResponse("ok")


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the view failed")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> list[bytes]:
        return [b"a", b"b"]

    return StreamingHttpResponse(parts())


async def stream_async(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        log.info("in the stream")
        yield b"a"

    return StreamingHttpResponse(parts())


async def hello_async(request: HttpRequest) -> HttpResponse:
    log.info("in the view")
    return HttpResponse("hello")


urlpatterns = [
    path("pid", pid),
    path("connect", connect),
    path("api/v1/users/<int:number>/", user),
    path("fail", fail),
    path("stream", stream),
    path("astream", stream_async),
    path("ahello", hello_async),
    path("", include("apps.telemetry.urls")),
]
application = WSGIHandler()
asgi = ASGIHandler()
