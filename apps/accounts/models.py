"""What the console keeps about people: how they like to read, what they did, and the keys of their programs."""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def validate_zone(name: str) -> None:
    """Raises ValidationError for a time zone that this machine does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone. Example: Asia/Seoul."), params={"name": name[:60]})


class Preferences(models.Model):
    """How one person reads the console."""

    class Theme(models.TextChoices):
        """Colours of the page."""

        SYSTEM = "system", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences")
    language = models.CharField(_("Language"), max_length=8, choices=settings.LANGUAGES, default="ko")
    theme = models.CharField(_("Theme"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    time_zone = models.CharField(_("Time zone"), max_length=64, default=settings.TIME_ZONE, validators=[validate_zone])

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return f"{self.user}: {self.language}, {self.theme}, {self.time_zone}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone; the console's own where this machine has forgotten the reader's."""
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo(settings.TIME_ZONE)


class AuditEvent(models.Model):
    """Who did what, when, from where. Written once, never changed; the name stays when the user is deleted."""

    at = models.DateTimeField(_("Time"), default=timezone.now, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(_("Who"), max_length=150, blank=True, db_index=True)
    action = models.CharField(_("Action"), max_length=64, db_index=True)
    target = models.CharField(_("Target"), max_length=200, blank=True)
    detail = models.JSONField(_("Details"), default=dict, blank=True)
    ip = models.GenericIPAddressField(_("Address"), null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name} {self.action} {self.target}".rstrip()

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The details for people: names and values, a changed field as `before → after`."""
        changes = self.detail.get("changes") or {}
        changed = [(name, _change(change)) for name, change in changes.items()]
        return [line for line in changed if line[1]] + [
            (name, str(value)) for name, value in self.detail.items() if name != "changes"
        ]


def _change(change: object) -> str:
    if isinstance(change, dict):  # many-to-many: what was added or deleted
        return f"{change.get('operation', '')} {', '.join(map(str, change.get('objects', [])))}".strip()
    if isinstance(change, list):
        before, after = ("" if value in ("None", "", None) else str(value) for value in change)
        # A new row has no before, and a masked one shows the same mask on both sides.
        return f"{before} → {after or '–'}" if before and before != after else after
    return str(change)


class ApiToken(models.Model):
    """A program's key to /api/v1: only its prefix and SHA-256 are kept, so that a copied database opens nothing."""

    class Scope(models.TextChoices):
        """What the token may do, at most what its user may."""

        READ = "read", _("Read only")
        WRITE = "write", _("Read and change")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("Name"), max_length=80, blank=True)
    prefix = models.CharField(_("Prefix"), max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scope = models.CharField(_("Scope"), max_length=8, choices=Scope.choices, default=Scope.READ)
    created_at = models.DateTimeField(_("Created"), default=timezone.now)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.user})"
