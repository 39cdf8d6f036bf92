"""What the checks found, and when each is due."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _


class CheckState(models.Model):
    """One row a check: claimed while it runs, so that runs never overlap."""

    name = models.CharField(max_length=80, unique=True)
    claimed_until = models.DateTimeField(null=True)
    last_started = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class CheckResult(models.Model):
    """One run of a check; `seconds` is how long it took."""

    STATUSES: ClassVar[list[tuple[str, str]]] = [
        ("ok", "ok"),
        ("warning", "warning"),
        ("failing", "failing"),
        ("unknown", "unknown"),
    ]

    name = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=STATUSES)
    summary = models.CharField(max_length=300)
    evidence = models.JSONField(default=dict)
    checked_at = models.DateTimeField()
    seconds = models.FloatField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["name", "-checked_at"], name="check_newest")]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"

    @property
    def sentence(self) -> str:
        """The summary in the reader's language, its places filled from the evidence."""
        try:
            return str(_(self.summary) % self.evidence)
        except (KeyError, ValueError, TypeError):
            return self.summary
