"""The main navigation: each app registers its item when it starts; a page shows what its reader may see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject

from apps.core.access import PERMISSIONS, can, reader_of


@dataclass(frozen=True)
class NavItem:
    """One entry: `key` is unique, `icon` a lucide name, `order` sorts; `active` is set for the page shown."""

    key: str
    label: str | Promise
    url: str
    icon: str
    permission: str
    order: int
    active: bool = False


_items: dict[str, NavItem] = {}


def register(item: NavItem) -> None:
    """Adds an entry, from an AppConfig.ready(). Raises ValueError for a permission that does not exist."""
    if item.permission not in PERMISSIONS:
        raise ValueError(f"navigation item {item.key!r}: unknown permission {item.permission!r}")
    _items[item.key] = item


def visible_to(user: Any, path: str) -> list[NavItem]:
    """The entries the user may open, in order; the one with the longest address that begins `path` is active."""
    shown = sorted((item for item in _items.values() if can(user, item.permission)), key=lambda i: i.order)
    matching = [item for item in shown if path.startswith(item.url)]
    active = max(matching, key=lambda item: len(item.url), default=None)
    return [replace(item, active=item is active) for item in shown]


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` and `zone` (the reader's ZoneInfo)."""
    return {
        "navigation": SimpleLazyObject(lambda: visible_to(reader_of(request), request.path)),
        "zone": timezone.get_current_timezone(),
    }
