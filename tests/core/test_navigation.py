"""The menu shows what its reader may open, and where they are."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User

from apps.core import navigation
from apps.core.navigation import NavItem, register, visible_to


@pytest.fixture(autouse=True)
def items(monkeypatch):
    monkeypatch.setattr(navigation, "_items", {})
    register(NavItem("alerts", "Alerts", "/alerts/", "bell", "alerts.view", 30))
    register(NavItem("overview", "Overview", "/d/overview/", "gauge", "dashboards.view", 10))
    register(NavItem("rules", "Rules", "/alerts/rules/", "list", "alerts.view", 40))


def reader(*roles: str) -> User:
    user = User(username="reader")
    user._console_roles = list(roles)  # type: ignore[attr-defined]
    return user


def test_items_come_in_their_order():
    assert [item.key for item in visible_to(reader("viewer"), "/")] == ["overview", "alerts", "rules"]


def test_items_that_the_reader_may_not_open_are_left_out():
    assert [item.key for item in visible_to(reader("business"), "/")] == ["overview"]
    assert visible_to(AnonymousUser(), "/") == []


def test_only_the_closest_item_is_active():
    assert [item.key for item in visible_to(reader("ops"), "/alerts/rules/7/") if item.active] == ["rules"]
    assert not any(item.active for item in visible_to(reader("ops"), "/accounts/preferences/"))


def test_a_permission_that_does_not_exist_is_refused_at_start():
    with pytest.raises(ValueError, match="alert"):
        register(NavItem("x", "X", "/x/", "x", "alert.view", 1))
