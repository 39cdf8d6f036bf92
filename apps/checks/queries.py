"""Reads of this room: the newest result of each check, with its age and recent history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from apps.checks.base import Check, Text
from apps.checks.builtin import CHECKS
from apps.checks.models import CheckResult

HISTORY = 60


@dataclass(frozen=True, slots=True)
class Latest:
    """A check and its newest result (None before the first); `late` when the next one is overdue by much."""

    name: str
    title: Text
    result: CheckResult | None
    age: timedelta | None
    late: bool
    history: list[CheckResult]

    @property
    def status(self) -> str:
        return "unknown" if self.result is None or self.late else self.result.status


def latest(*, now: datetime | None = None, history: int = HISTORY) -> list[Latest]:
    """Every check with its newest results, oldest of the history first."""
    moment = now or timezone.now()
    return [_latest(check, moment, history) for check in CHECKS]


def _latest(check: Check, now: datetime, history: int) -> Latest:
    rows = list(CheckResult.objects.filter(name=check.name).order_by("-checked_at")[: max(history, 1)])
    newest = rows[0] if rows else None
    age = max(now - newest.checked_at, timedelta()) if newest else None
    late = age is not None and age > timedelta(seconds=check.interval * 4)
    return Latest(check.name, check.title, newest, age, late, rows[::-1])


__all__ = ["Latest", "latest"]
