"""The cast: viewer, business, ops, admin, and nobody (signed in, without a role)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from apps.accounts.actions import roles_ensure

PASSWORD = "a-long-enough-password"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Sign-in attempts of another test would count against this one."""
    cache._local.clear()  # type: ignore[attr-defined]


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    """Makes a user with the role of that name; "nobody" has none."""
    roles_ensure()

    def make(role: str) -> User:
        user = User.objects.create_user(role, password=PASSWORD)
        user.groups.set(Group.objects.filter(name=role))
        return user

    return make


@pytest.fixture
def signed_in(person: Callable[[str], User]) -> Callable[[str], Client]:
    """A browser in which that person is signed in."""

    def open_browser(role: str) -> Client:
        client = Client()
        client.force_login(User.objects.filter(username=role).first() or person(role))
        return client

    return open_browser
