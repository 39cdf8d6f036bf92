"""A stretch of time as people and URLs write it: Grafana's grammar, ISO 8601, or a plain date and time.

Days, weeks, months and years are those of the reader's zone; hours and below are elapsed time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.durations import format_duration, parse_duration

__all__ = ["TimeRange", "TimeRangeError", "format_duration", "parse_duration"]

Field = Literal["from", "to"]
MAX_DAYS = 2 * 366
_STEP = re.compile(r"([+-])([0-9]{0,6})([smhdwMy])|/([smhdwMy])")
_EPOCH = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ELAPSED = {"s": 1, "m": 60, "h": 3600}
# Moments outside these would overflow on the way through zones, and no server has data there.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class TimeRangeError(ValueError):
    """What was typed is no time range; `field` says beside which input the message belongs."""

    def __init__(self, field: Field, message: str) -> None:
        super().__init__(message)
        self.field: Field = field
        self.message = message


@dataclass(frozen=True)
class TimeRange:
    """Start and end as aware UTC, beside the words they were asked in, so that links keep `now-6h` relative."""

    start: datetime
    end: datetime
    raw_from: str
    raw_to: str

    PRESETS: ClassVar[list[tuple[str, str, str | Promise]]] = [
        ("now-5m", "now", gettext_lazy("Last 5 minutes")),
        ("now-15m", "now", gettext_lazy("Last 15 minutes")),
        ("now-30m", "now", gettext_lazy("Last 30 minutes")),
        ("now-1h", "now", gettext_lazy("Last hour")),
        ("now-3h", "now", gettext_lazy("Last 3 hours")),
        ("now-6h", "now", gettext_lazy("Last 6 hours")),
        ("now-12h", "now", gettext_lazy("Last 12 hours")),
        ("now-24h", "now", gettext_lazy("Last 24 hours")),
        ("now-2d", "now", gettext_lazy("Last 2 days")),
        ("now-7d", "now", gettext_lazy("Last 7 days")),
        ("now-30d", "now", gettext_lazy("Last 30 days")),
        ("now/d", "now/d", gettext_lazy("Today")),
        ("now-1d/d", "now-1d/d", gettext_lazy("Yesterday")),
        ("now/w", "now/w", gettext_lazy("This week")),
        ("now-1w/w", "now-1w/w", gettext_lazy("Last week")),
        ("now/M", "now/M", gettext_lazy("This month")),
    ]

    @classmethod
    def parse(
        cls,
        raw_from: str | None,
        raw_to: str | None,
        *,
        now: datetime,
        zone: ZoneInfo,
        default: tuple[str, str] = ("now-6h", "now"),
    ) -> TimeRange:
        """The range that was asked for; a missing or empty word takes its default.

        Raises TimeRangeError for a word that is no time, a start that is not before its end, or more than two years.
        """
        words = ((raw_from or "").strip() or default[0], (raw_to or "").strip() or default[1])
        start = _moment(words[0], "from", now=now, zone=zone)
        end = _moment(words[1], "to", now=now, zone=zone)
        if start >= end:
            raise TimeRangeError("from", _("The start must be before the end."))
        if end - start > timedelta(days=MAX_DAYS):
            raise TimeRangeError("from", _("The range is longer than two years. Choose a shorter one."))
        return cls(start, end, *words)

    @property
    def seconds(self) -> float:
        """Length in seconds, always above zero."""
        return (self.end - self.start).total_seconds()

    @property
    def is_live(self) -> bool:
        """Whether the end moves with the clock (`now`, `now/d`), so that refreshing can show something new."""
        return self.raw_to.startswith("now") and "-" not in self.raw_to

    def as_query(self) -> dict[str, str]:
        """`from` and `to` for a link, in the words they came in."""
        return {"from": self.raw_from, "to": self.raw_to}


def _moment(word: str, field: Field, *, now: datetime, zone: ZoneInfo) -> datetime:
    try:
        if word.startswith("now"):
            moment = _relative(word, now.astimezone(zone), up=field == "to")
        else:
            moment = _absolute(word, zone, up=field == "to")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise TimeRangeError(
            field,
            _("“%(word)s” is not a time. Examples: now-6h, now/d, 2026-11-23 10:00, 2026-11-23T10:00:00+09:00.")
            % {"word": word[:60]},
        ) from None
    if not _FIRST <= moment < _LAST:
        raise TimeRangeError(
            field, _("“%(word)s” is out of reach. Choose a time between 1970 and 2200.") % {"word": word[:60]}
        )
    return moment


def _relative(word: str, moment: datetime, *, up: bool) -> datetime:
    position = len("now")
    while position < len(word):
        step = _STEP.match(word, position)
        if step is None:
            raise ValueError(word)
        sign, amount, unit, rounding = step.groups()
        if rounding:
            moment = _rounded(moment, rounding, up=up)
        else:
            moment = _shifted(moment, int(amount or 1) * (-1 if sign == "-" else 1), unit)
        position = step.end()
    return moment


def _shifted(moment: datetime, amount: int, unit: str) -> datetime:
    if unit in _ELAPSED:
        # Through UTC, since an hour is an hour even where clocks change.
        return (moment.astimezone(UTC) + timedelta(seconds=amount * _ELAPSED[unit])).astimezone(moment.tzinfo)
    if unit in "dw":
        return moment + timedelta(days=amount * (7 if unit == "w" else 1))
    months = moment.year * 12 + moment.month - 1 + amount * (12 if unit == "y" else 1)
    year, month = months // 12, months % 12 + 1
    first = moment.replace(year=year, month=month, day=1)
    last_day = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
    return first.replace(day=min(moment.day, last_day))


def _rounded(moment: datetime, unit: str, *, up: bool) -> datetime:
    """The start of the unit, or its last millisecond for an end, as Grafana does: `now/d` to `now/d` is today."""
    start = moment.replace(microsecond=0)
    if unit != "s":
        start = start.replace(second=0)
    if unit not in "sm":
        start = start.replace(minute=0)
    if unit not in "smh":
        start = start.replace(hour=0, fold=0)
    if unit == "w":
        start -= timedelta(days=start.weekday())
    elif unit == "M":
        start = start.replace(day=1)
    elif unit == "y":
        start = start.replace(month=1, day=1)
    return _shifted(start, 1, unit).astimezone(UTC) - timedelta(milliseconds=1) if up else start


def _absolute(word: str, zone: ZoneInfo, *, up: bool) -> datetime:
    if _EPOCH.fullmatch(word):
        number = float(word)
        return datetime.fromtimestamp(number / 1000 if abs(number) >= 1e11 else number, UTC)
    moment = datetime.fromisoformat(word)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return _rounded(moment, "d", up=True) if up and _DATE.fullmatch(word) else moment
