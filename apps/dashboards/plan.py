"""From a dashboard and a range to the queries to ask: variables filled in, times aligned, equal ones merged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.timerange import TimeRange
from apps.dashboards import promql
from apps.dashboards.definitions import Dashboard, Panel, Target
from apps.dashboards.registry import BuildContext, Query
from apps.sources.prometheus import MAX_POINTS

POINTS = 720
MIN_STEP = 10.0
_NICE = (10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


class PlanError(ValueError):
    """The request cannot become queries; `field` names the parameter that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True, slots=True)
class Plan:
    """`queries` by panel's id, one a target; `distinct` is what Prometheus is asked, each once."""

    dashboard: Dashboard
    panels: list[Panel]
    queries: dict[str, list[tuple[Target, Query]]]
    context: BuildContext

    @property
    def distinct(self) -> list[Query]:
        return list(dict.fromkeys(query for rows in self.queries.values() for _target, query in rows))


def step_for(seconds: float, points: int = POINTS) -> float:
    """A round step, in seconds, that gives a range about `points` points at most."""
    return next(
        (float(step) for step in _NICE if seconds / step <= points), math.ceil(seconds / points / 86400) * 86400.0
    )


def parse_step(text: str | None, seconds: float) -> float:
    """The step that was asked for, in seconds, or a fitting one; raises PlanError for a wrong one."""
    if not text:
        return step_for(seconds)
    from apps.core.durations import parse_duration

    try:
        step = float(text) if text.replace(".", "", 1).isdigit() else parse_duration(text)
    except ValueError as error:
        raise PlanError("step", _("“%(step)s” is not a step. Examples: 30s, 5m, 1h.") % {"step": text[:40]}) from error
    if not step >= 1:
        raise PlanError("step", _("The step must be at least one second."))
    if step > seconds:
        raise PlanError("step", _("The step is longer than the range. Choose a smaller one."))
    # One more than the division says: both ends are points, and alignment may add one.
    if seconds / step + 1 >= MAX_POINTS:
        raise PlanError("step", _("This step is too fine for the range: more than 11,000 points. Choose a larger one."))
    return step


def make_plan(
    dashboard: Dashboard,
    timerange: TimeRange,
    *,
    now: datetime,
    zone: ZoneInfo,
    locale: str,
    step: float | None = None,
    variables: Mapping[str, Sequence[str]] | None = None,
    panels: Sequence[str] | None = None,
) -> Plan:
    """Plan these panels (default: all). Raises PlanError for a panel or a variable that is not there."""
    chosen = _chosen(dashboard, panels)
    known = {variable.name: list((variables or {}).get(variable.name, ())) for variable in dashboard.variables}
    wide = step or max(step_for(timerange.seconds), MIN_STEP)
    # Aligned, so that a refresh asks for the same points again and two readers ask the same question.
    start = math.floor(timerange.start.timestamp() / wide) * wide
    end = math.floor(min(timerange.end, now).timestamp() / wide) * wide
    if end <= start:
        end = start + wide
    durations = {
        "__interval": wide,
        "__rate_interval": max(dashboard.rate_floor, wide + 15),
        "__range": max(timerange.seconds, wide),
    }
    offset = timerange.end.astimezone(zone).utcoffset()
    context = BuildContext(
        timerange, start, end, wide, now, zone, locale, offset.total_seconds() if offset is not None else 0.0
    )
    instant_at = math.floor(min(timerange.end, now).timestamp() / MIN_STEP) * MIN_STEP
    queries = {
        panel.id: [
            (target, _query(target, durations, known, (start, end, wide), instant_at)) for target in panel.targets
        ]
        for panel in chosen
    }
    return Plan(dashboard, chosen, queries, context)


def _chosen(dashboard: Dashboard, panels: Sequence[str] | None) -> list[Panel]:
    if panels is None:
        return dashboard.panels
    by_id = {panel.id: panel for panel in dashboard.panels}
    unknown = [one for one in panels if one not in by_id]
    if unknown:
        raise PlanError("panels", _("There is no panel “%(panel)s” on this dashboard.") % {"panel": unknown[0][:60]})
    return [by_id[one] for one in dict.fromkeys(panels)]


def _query(
    target: Target,
    durations: Mapping[str, float],
    variables: Mapping[str, Sequence[str]],
    span: tuple[float, float, float],
    instant_at: float,
) -> Query:
    expr = promql.filled(promql.durations_filled(target.expr, durations), variables)
    start, end, step = span
    return Query(expr, instant_at, instant_at, 0.0) if target.instant else Query(expr, start, end, step)
