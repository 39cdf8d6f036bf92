"""A Prometheus to look at, people to look, and checks made for the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import translation

from apps.accounts.actions import roles_ensure
from apps.accounts.models import Preferences
from apps.sources import prometheus
from apps.sources.prometheus import Prometheus

Use = Callable[[str], Prometheus]
SignedIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are compared as they stand in the code."""
    with translation.override("en"):
        yield


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Points the console at the Prometheus of this address."""
    opened: list[Prometheus] = []

    def point(url: str) -> Prometheus:
        opened.append(Prometheus(url, timeout=5))
        monkeypatch.setattr(prometheus, "default", lambda: opened[-1])
        return opened[-1]

    yield point
    for one in opened:
        one.close()


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """A browser in which a person with that role is signed in ("nobody" has none), reading English."""
    roles_ensure()

    def open_browser(role: str) -> Client:
        user = User.objects.create_user(role)
        user.groups.set(Group.objects.filter(name=role))
        Preferences.objects.update_or_create(user=user, defaults={"language": "en"})
        client = Client()
        client.force_login(user)
        return client

    return open_browser
