"""Live alerts, as Prometheus itself holds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

from apps.dashboards.definitions import Panel
from apps.dashboards.registry import BuildContext, TargetAnswer
from apps.sources import prometheus
from apps.sources.status import PrometheusAlert

_ORDER = {"critical": 0, "warning": 1}


class Options(BaseModel):
    """Alerts named in `leave_out` are not shown: a watchdog always fires."""

    model_config = ConfigDict(extra="forbid")

    leave_out: list[str] = ["Watchdog"]
    pending: bool = True


class Alerts:
    """Panel type `alerts`; asks Prometheus on its own."""

    name = "alerts"
    view: Literal["cards"] = "cards"
    options = Options

    def build(self, panel: Panel, answers: Sequence[TargetAnswer], context: BuildContext) -> dict[str, Any]:
        """A card an alert, the worst first; a note where all is quiet."""
        options = Options.model_validate(panel.options)
        shown = [
            alert
            for alert in prometheus.default().alerts(timeout=settings.QUERY_TIMEOUT)
            if alert.labels.get("alertname") not in options.leave_out and (options.pending or alert.state == "firing")
        ]
        shown.sort(key=_rank)
        firing = sum(alert.state == "firing" for alert in shown)
        note = (
            _("%(firing)d firing, %(pending)d pending") % {"firing": firing, "pending": len(shown) - firing}
            if shown
            else _("No alerts are firing.")
        )
        return {"cards": [_card(alert, context) for alert in shown], "note": note, "now": True}


def _rank(alert: PrometheusAlert) -> tuple[bool, int, float]:
    since = alert.active_at.timestamp() if alert.active_at else 0.0
    return alert.state != "firing", _ORDER.get(alert.labels.get("severity", ""), 2), -since


def _card(alert: PrometheusAlert, context: BuildContext) -> dict[str, Any]:
    severity = alert.labels.get("severity", "")
    state = severity if severity in _ORDER else "unknown"
    where = alert.labels.get("instance") or alert.labels.get("job") or alert.labels.get("team", "")
    parts = [_("Firing") if alert.state == "firing" else _("Pending"), where]
    return {
        "title": alert.labels.get("alertname", ""),
        "text": alert.annotations.get("summary") or alert.annotations.get("description", ""),
        "state": state if alert.state == "firing" else "none",
        "sub": " · ".join([part for part in parts if part] + [_age(alert.active_at, context.now)]),
    }


def _age(since: datetime | None, now: datetime) -> str:
    if since is None:
        return ""
    minutes = int((now.astimezone(UTC) - since).total_seconds() // 60)
    if minutes < 60:
        return _("for %(minutes)d min") % {"minutes": max(minutes, 0)}
    if minutes < 60 * 48:
        return _("for %(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
    return _("for %(days)d days") % {"days": minutes // 1440}
