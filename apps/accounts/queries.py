"""Reads: preferences, the audit trail, tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language

from apps.accounts.models import ApiToken, AuditEvent, Preferences
from apps.core.access import reader_of

THEME_COOKIE = "glimpse_theme"
ZONE_COOKIE = "glimpse_zone"


def preferences_of(user: Any) -> Preferences:
    """The user's preferences, or unsaved defaults (`pk` is None) of who has none yet; once a user object."""
    known: Preferences | None = getattr(user, "_console_preferences", None)
    if known is None:
        known = (Preferences.objects.filter(user_id=user.pk).first() if user.pk else None) or Preferences()
        user._console_preferences = known
    return known


def preferences_for(request: HttpRequest) -> Preferences:
    """The reader's saved preferences; otherwise what the browser's cookies and language say, unsaved."""
    user = reader_of(request)
    if user.is_authenticated:
        saved = preferences_of(user)
        if saved.pk:
            return saved
    theme = request.COOKIES.get(THEME_COOKIE, "")
    zone = request.COOKIES.get(ZONE_COOKIE, "")
    return Preferences(
        language=get_language() or settings.LANGUAGE_CODE,
        theme=theme if theme in Preferences.Theme.values else Preferences.Theme.SYSTEM,
        time_zone=zone if zone in available_timezones() else settings.TIME_ZONE,
    )


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The reader's time zone."""
    return preferences_for(request).zone


@dataclass(frozen=True)
class AuditFilter:
    """A question to the audit trail; empty fields ask for everything, days are those of `zone`."""

    zone: ZoneInfo
    actor: str = ""
    action: str = ""
    first: date | None = None
    last: date | None = None


def audit_events(wanted: AuditFilter) -> QuerySet[AuditEvent]:
    """The events that fit, newest first."""
    events = AuditEvent.objects.all()
    if wanted.actor:
        events = events.filter(actor_name__icontains=wanted.actor)
    if wanted.action:
        events = events.filter(action=wanted.action)
    if wanted.first:
        events = events.filter(at__gte=_midnight(wanted.first, wanted.zone))
    if wanted.last:
        events = events.filter(at__lt=_midnight(wanted.last + timedelta(days=1), wanted.zone))
    return events


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def audit_actions() -> list[str]:
    """Every action that has happened, for the filter's choice."""
    return list(AuditEvent.objects.order_by("action").values_list("action", flat=True).distinct())


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's tokens that still open something."""
    return ApiToken.objects.filter(user=user, revoked_at=None)
