"""What the pages show, for programs: the same questions and answers."""

from __future__ import annotations

import math
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Router
from ninja.decorators import decorate_view

from apps.core.access import requires
from apps.core.problems import problem
from apps.core.timerange import TimeRange, TimeRangeError
from apps.dashboards import promql
from apps.dashboards.plan import PlanError, parse_step
from apps.dashboards.queries import Reader, dashboard_for, plan_for, reader_of, timerange_of, variable_options, visible
from apps.dashboards.stream import lines, lines_in_step
from apps.sources import prometheus
from apps.sources.errors import BadQuery, SourceError
from apps.sources.frames import Answer

router = Router(tags=["dashboards"])


def wrong(field: str, message: str) -> HttpResponse:
    """400 for a parameter, named."""
    return problem(400, _("Bad request"), message, field=field)


def failed(error: SourceError) -> HttpResponse:
    """A source's error: the asker's fault is 400, the source's own is 502 or 504."""
    status = 400 if isinstance(error, BadQuery) else 504 if error.reason == "timed_out" else 502
    return problem(
        status, _("Prometheus could not answer"), error.message, reason=error.reason, advice=str(error.advice)
    )


@router.get("/dashboards", summary="The dashboards that you may see")
@decorate_view(requires("dashboards.view"))
def dashboard_list(request: HttpRequest) -> Any:
    """`{"items": [{"slug", "title", "description", "panels"}], "total", "next"}`."""
    reader = reader_of(request)
    items = [
        {
            "slug": one.slug,
            "title": one.title.in_(reader.locale),
            "description": one.description.in_(reader.locale),
            "panels": [panel.id for panel in one.panels],
        }
        for one in visible(request.user)
    ]
    return JsonResponse({"items": items, "total": len(items), "next": None})


@router.get("/dashboards/{slug}/data", summary="A dashboard's panels, a line each (NDJSON)", url_name="dashboard-data")
@decorate_view(requires("dashboards.view"))
def dashboard_data(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Parameters: `from`, `to`, `step`, `var-<name>`, `panels` (ids, comma-separated)."""
    try:
        plan = plan_for(request, dashboard_for(request.user, slug))
    except TimeRangeError as error:
        return wrong(error.field, error.message)
    except PlanError as error:
        return wrong(error.field, error.message)
    body = lines(plan) if isinstance(request, ASGIRequest) else lines_in_step(plan)
    response = StreamingHttpResponse(body, content_type="application/x-ndjson")
    response["Cache-Control"] = "no-store"
    # nginx would otherwise hold the lines back until the last.
    response["X-Accel-Buffering"] = "no"
    # So that the gzip middleware lets it pass: it would hold lines back as well.
    response["Content-Encoding"] = "identity"
    return response


@router.get("/dashboards/{slug}/variables", summary="Values of a dashboard's variables", url_name="dashboard-variables")
@decorate_view(requires("dashboards.view"))
def dashboard_variables(request: HttpRequest, slug: str) -> HttpResponse:
    """`{"variables": {name: [value, …]}}`, as found in the range `from`–`to`."""
    dashboard = dashboard_for(request.user, slug)
    try:
        found = variable_options(dashboard, timerange_of(request.GET, dashboard, reader_of(request)))
    except TimeRangeError as error:
        return wrong(error.field, error.message)
    except SourceError as error:
        return failed(error)
    return JsonResponse({"variables": found})


@router.get("/query", summary="Instant query")
@decorate_view(requires("dashboards.view"))
def query(request: HttpRequest) -> HttpResponse:
    """Parameters: `query` (PromQL), `time` (default: now). Answers as Prometheus does, under `data`."""
    return _asked(request, ranged=False)


@router.get("/query_range", summary="Range query")
@decorate_view(requires("dashboards.view"))
def query_range(request: HttpRequest) -> HttpResponse:
    """Parameters: `query` (PromQL), `from`, `to`, `step`."""
    return _asked(request, ranged=True)


def _asked(request: HttpRequest, *, ranged: bool) -> HttpResponse:
    expr, reader = request.GET.get("query", "").strip(), reader_of(request)
    if not expr:
        return wrong("query", _("The query is empty."))
    try:
        promql.parse(expr)
        if ranged:
            span = TimeRange.parse(request.GET.get("from"), request.GET.get("to"), now=reader.now, zone=reader.zone)
            step = parse_step(request.GET.get("step"), span.seconds)
            answer = prometheus.default().range(expr, span.start.timestamp(), span.end.timestamp(), step)
        else:
            answer = prometheus.default().instant(expr, _moment(request.GET.get("time"), reader))
    except (TimeRangeError, PlanError) as error:
        return wrong(error.field, error.message)
    except SourceError as error:
        return failed(error)
    except ValueError as error:
        return problem(400, _("Bad request"), str(error), field="query")
    return JsonResponse({"data": _data(answer), "warnings": answer.warnings, "seconds": answer.seconds})


def _moment(text: str | None, reader: Reader) -> float:
    """`time` in Unix seconds, by the grammar of a range's start; raises TimeRangeError."""
    if not text or text == "now":
        return reader.now.timestamp()
    return TimeRange.parse(text, "now", now=reader.now, zone=reader.zone).start.timestamp()


def _number(value: float) -> str:
    """As Prometheus writes it."""
    if math.isnan(value):
        return "NaN"
    return repr(value).removesuffix(".0") if math.isfinite(value) else "+Inf" if value > 0 else "-Inf"


def _data(answer: Answer) -> dict[str, Any]:
    result = [
        {
            "metric": dict(frame.labels),
            "values": [[t, _number(v)] for t, v in zip(frame.times.tolist(), frame.values.tolist(), strict=True)],
        }
        for frame in answer.frames
    ]
    return {"resultType": answer.result_type, "result": result}
