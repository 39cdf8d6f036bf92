"""Pages: a dashboard's frame comes at once and asks no outside system; its panels fill from the stream."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.access import requires
from apps.core.timerange import TimeRange, TimeRangeError, format_duration
from apps.dashboards.definitions import Dashboard, Panel
from apps.dashboards.queries import Reader, dashboard_for, reader_of, timerange_of, variables_of, visible
from apps.dashboards.registry import panel_type

MAX_REFRESH = 86400
# Named in the page's head, so that the browser fetches them side by side instead of one import after the other.
_SCRIPTS = (
    "cards charts crosshair draw exports format legend panels range refresh stat stream table theme ticks variables"
    " words"
)
MODULES = ["js/shell.js", "js/palette.js", *(f"js/dashboard/{name}.js" for name in _SCRIPTS.split())]


@require_safe
@requires("dashboards.view")
def home(request: HttpRequest) -> HttpResponse:
    """`/` is the overview."""
    return redirect("dashboard", slug="overview")


@require_safe
@requires("dashboards.view")
def dashboard_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/d/<slug>/`; a wrong range is told beside its field, over the dashboard's own (400)."""
    dashboard = dashboard_for(request.user, slug)
    reader = reader_of(request)
    errors: dict[str, str] = {}
    try:
        timerange = timerange_of(request.GET, dashboard, reader)
    except TimeRangeError as error:
        errors[error.field] = error.message
        timerange = TimeRange.parse(
            None, None, now=reader.now, zone=reader.zone, default=(dashboard.from_, dashboard.to)
        )
    refresh = _refresh(request.GET.get("refresh"), dashboard, errors)
    context = page_context(request, dashboard, reader, timerange, refresh, errors)
    return render(request, "dashboards/dashboard.html", context, status=400 if errors else 200)


def _refresh(text: str | None, dashboard: Dashboard, errors: dict[str, str]) -> int:
    if text is None or text == "":
        return dashboard.refresh
    if text.isascii() and text.isdigit() and int(text) <= MAX_REFRESH:
        return int(text)
    errors["refresh"] = _("“%(text)s” is not a number of seconds.") % {"text": text[:20]}
    return dashboard.refresh


def _refresh_choices(chosen: int) -> list[tuple[int, str]]:
    """Seconds with their words; the chosen one is among them, whatever the address says."""
    seconds = sorted({5, 10, 30, 60, 300, chosen} - {0})
    return [(0, _("Off")), *((one, format_duration(one)) for one in seconds)]


def page_context(
    request: HttpRequest,
    dashboard: Dashboard,
    reader: Reader,
    timerange: TimeRange,
    refresh: int,
    errors: dict[str, str],
) -> dict[str, Any]:
    """What the page's template and its script need."""
    data_url = reverse("api-1:dashboard-data", kwargs={"slug": dashboard.slug})
    chosen = variables_of(request.GET)
    rows = [
        {
            "title": row.title.in_(reader.locale) if row.title else "",
            "panels": [_panel(panel, reader) for panel in row.panels],
        }
        for row in dashboard.rows
    ]
    panels = [panel for row in rows for panel in row["panels"]]
    variables = [
        {
            "name": variable.name,
            "label": variable.title.in_(reader.locale),
            "multi": variable.multi,
            "value": chosen.get(variable.name, []),
            "options": chosen.get(variable.name, []),
        }
        for variable in dashboard.variables
    ]
    return {
        "dashboard": {
            "slug": dashboard.slug,
            "title": dashboard.title.in_(reader.locale),
            "description": dashboard.description.in_(reader.locale),
            "rows": rows,
            "panels": panels,
        },
        "dashboards": [
            {"slug": one.slug, "title": one.title.in_(reader.locale), "url": reverse("dashboard", args=[one.slug])}
            for one in visible(request.user)
        ],
        "timerange": timerange,
        "raw_from": request.GET.get("from", timerange.raw_from)[:60],
        "raw_to": request.GET.get("to", timerange.raw_to)[:60],
        "presets": TimeRange.PRESETS,
        "refresh": refresh,
        "refresh_choices": _refresh_choices(refresh),
        "variables": variables,
        "data_url": data_url,
        "modules": MODULES,
        "errors": errors,
        "page_json": {
            "slug": dashboard.slug,
            "data_url": data_url,
            "variables_url": reverse("api-1:dashboard-variables", kwargs={"slug": dashboard.slug}),
            "from": timerange.raw_from,
            "to": timerange.raw_to,
            "refresh": refresh,
            "locale": reader.locale,
            "zone": str(reader.zone),
            "panels": panels,
            "variables": variables,
        },
    }


def _panel(panel: Panel, reader: Reader) -> dict[str, Any]:
    return {
        "id": panel.id,
        "title": panel.title.in_(reader.locale),
        "description": panel.description.in_(reader.locale),
        "view": panel_type(panel.type).view,
        "type": panel.type,
        "unit": panel.unit,
        "width": panel.width,
        "height": panel.height,
    }
