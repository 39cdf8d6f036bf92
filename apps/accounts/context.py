"""Context processor: `preferences` of the reader (`theme`, `language`, `time_zone`), for every template."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts.queries import preferences_for
from apps.core.access import can, reader_of


def context(request: HttpRequest) -> dict[str, Any]:
    """Lazy, so that an error page without a database can still be drawn by who does not ask."""
    return {
        "preferences": SimpleLazyObject(lambda: preferences_for(request)),
        "may_administer": SimpleLazyObject(lambda: can(reader_of(request), "admin")),
    }
