"""Prometheus's own state as typed rows: targets, rules, alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A scrape target; `health` is up, down or unknown, `last_scrape` is None before the first."""

    job: str
    instance: str
    health: str
    last_error: str
    last_scrape: datetime | None
    scrape_url: str
    scrape_seconds: float
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PrometheusAlert:
    """An alert as Prometheus holds it; `state` is pending or firing."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    state: str
    active_at: datetime | None
    value: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `type` is alerting or recording, `state` (of alerting ones) inactive, pending or firing."""

    name: str
    type: str
    query: str
    health: str
    last_error: str
    state: str
    evaluation_seconds: float
    last_evaluation: datetime | None
    duration: float
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    alerts: list[PrometheusAlert] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A group of rules; `interval` in seconds."""

    name: str
    file: str
    interval: float
    rules: list[Rule]


def moment_from(text: str | None) -> datetime | None:
    """Prometheus's RFC 3339 time; None for its zero time, which means never."""
    if not text or text.startswith("0001-"):
        return None
    # fromisoformat of Python 3.11 takes Z but at most six digits of a second.
    head, _, rest = text.partition(".")
    if rest:
        digits = rest.rstrip("Z").split("+")[0].split("-")[0]
        zone = rest[len(digits) :]
        text = f"{head}.{digits[:6]}{zone}"
    return datetime.fromisoformat(text).astimezone(UTC)


def _float(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return float("nan")


def target_from(row: Mapping[str, Any]) -> Target:
    labels = row.get("labels") or {}
    return Target(
        job=labels.get("job", ""),
        instance=labels.get("instance", ""),
        health=row.get("health", "unknown"),
        last_error=row.get("lastError", ""),
        last_scrape=moment_from(row.get("lastScrape")),
        scrape_url=row.get("scrapeUrl", ""),
        scrape_seconds=float(row.get("lastScrapeDuration", 0.0)),
        labels=labels,
    )


def alert_from(row: Mapping[str, Any]) -> PrometheusAlert:
    return PrometheusAlert(
        labels=row.get("labels") or {},
        annotations=row.get("annotations") or {},
        state=row.get("state", ""),
        active_at=moment_from(row.get("activeAt")),
        value=_float(row.get("value")),
    )


def rule_from(row: Mapping[str, Any]) -> Rule:
    return Rule(
        name=row.get("name", ""),
        type=row.get("type", ""),
        query=row.get("query", ""),
        health=row.get("health", "unknown"),
        last_error=row.get("lastError", ""),
        state=row.get("state", ""),
        evaluation_seconds=float(row.get("evaluationTime", 0.0)),
        last_evaluation=moment_from(row.get("lastEvaluation")),
        duration=float(row.get("duration", 0.0)),
        labels=row.get("labels") or {},
        annotations=row.get("annotations") or {},
        alerts=[alert_from(alert) for alert in row.get("alerts") or []],
    )


def rule_group_from(row: Mapping[str, Any]) -> RuleGroup:
    return RuleGroup(
        name=row.get("name", ""),
        file=row.get("file", ""),
        interval=float(row.get("interval", 0.0)),
        rules=[rule_from(rule) for rule in row.get("rules") or []],
    )
