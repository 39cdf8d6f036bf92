"""The API describes itself, for people and for generators of clients."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User


@pytest.fixture
def reader(db, client):
    user = User.objects.create_user("viewer")
    user.groups.add(Group.objects.get_or_create(name="viewer")[0])
    client.force_login(user)
    return client


def test_every_operation_is_on_the_page(reader):
    schema = reader.get("/api/v1/openapi.json").json()
    text = reader.get("/api/v1/docs").content.decode()
    assert schema["paths"]
    for path in schema["paths"]:
        assert path in text


def test_it_is_not_for_strangers(db, client):
    assert client.get("/api/v1/openapi.json").status_code == 401
