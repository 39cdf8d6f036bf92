"""Reads of this room: which dashboards there are, and what a request asks of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.core.access import can
from apps.core.timerange import TimeRange, TimeRangeError
from apps.dashboards.definitions import Dashboard, dashboards
from apps.dashboards.plan import Plan, PlanError, make_plan, parse_step
from apps.sources import prometheus

MAX_VALUES = 100


@dataclass(frozen=True, slots=True)
class Reader:
    """How a page is read: `locale` ko or en, the zone, the moment."""

    locale: str
    zone: ZoneInfo
    now: datetime


def reader_of(request: HttpRequest) -> Reader:
    """Language and zone as the middleware has activated them."""
    locale = "en" if (translation.get_language() or "ko").startswith("en") else "ko"
    return Reader(locale, ZoneInfo(timezone.get_current_timezone_name()), datetime.now(UTC))


def visible(user: Any) -> list[Dashboard]:
    """The dashboards that this user may see, in order."""
    return [one for one in dashboards().values() if can(user, one.permission)]


def dashboard_for(user: Any, slug: str) -> Dashboard:
    """The dashboard of that name; raises Http404 where there is none that this user may see."""
    found = dashboards().get(slug)
    if found is None or not can(user, found.permission):
        raise Http404(_("There is no dashboard “%(slug)s”.") % {"slug": slug[:60]})
    return found


def timerange_of(query: QueryDict, dashboard: Dashboard, reader: Reader) -> TimeRange:
    """The range that the address names, or the dashboard's own; raises TimeRangeError."""
    return TimeRange.parse(
        query.get("from"), query.get("to"), now=reader.now, zone=reader.zone, default=(dashboard.from_, dashboard.to)
    )


def variables_of(query: QueryDict) -> dict[str, list[str]]:
    """`var-<name>` of the address: the values chosen, by variable."""
    return {key[4:]: query.getlist(key)[:MAX_VALUES] for key in query if key.startswith("var-")}


def plan_for(request: HttpRequest, dashboard: Dashboard) -> Plan:
    """The plan that this request asks for; raises TimeRangeError or PlanError."""
    reader, query = reader_of(request), request.GET
    timerange = timerange_of(query, dashboard, reader)
    panels = [one for one in query.get("panels", "").split(",") if one] or None
    return make_plan(
        dashboard,
        timerange,
        now=reader.now,
        zone=reader.zone,
        locale=reader.locale,
        step=parse_step(query.get("step"), timerange.seconds) if query.get("step") else None,
        variables=variables_of(query),
        panels=panels,
    )


def variable_options(dashboard: Dashboard, timerange: TimeRange) -> Mapping[str, list[str]]:
    """The values that each variable may take in this range; raises SourceError."""
    source = prometheus.default()
    start, end = timerange.start.timestamp(), timerange.end.timestamp()
    return {
        variable.name: source.label_values(variable.label, [variable.metric], start, end)
        for variable in dashboard.variables
    }


__all__ = ["PlanError", "TimeRangeError", "dashboard_for", "plan_for", "reader_of", "variable_options", "visible"]
