"""`manage.py demo_users`: four roles and a user for each, passwords printed once."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from apps.core.access import PERMISSIONS, can

pytestmark = pytest.mark.django_db


def demo_users(*words: str) -> dict[str, str]:
    out = StringIO()
    call_command("demo_users", *words, stdout=out)
    return json.loads(out.getvalue())


def test_a_first_run_makes_all_four_and_their_passwords_open(client):
    made = demo_users()
    assert set(made) == {"admin", "ops", "business", "viewer"}
    assert len(set(made.values())) == 4
    assert all(client.login(username=name, password=password) for name, password in made.items())


def test_a_second_run_changes_nothing():
    demo_users()
    before = dict(User.objects.values_list("username", "password"))
    assert demo_users() == {}
    assert dict(User.objects.values_list("username", "password")) == before


def test_a_reset_gives_new_passwords_and_the_roles_back():
    first = demo_users()
    User.objects.get(username="ops").groups.clear()
    second = demo_users("--reset")
    assert set(second) == set(first)
    assert not set(second.values()) & set(first.values())
    assert can(User.objects.get(username="ops"), "alerts.act")


def test_somebody_deleted_is_made_again():
    demo_users()
    User.objects.get(username="viewer").delete()
    assert set(demo_users()) == {"viewer"}


def test_only_the_admin_may_all_and_enter_the_admin(client):
    demo_users()
    assert set(Group.objects.values_list("name", flat=True)) == {"viewer", "business", "ops", "admin"}
    assert [user.username for user in User.objects.order_by("username") if can(user, "admin")] == ["admin"]
    admin = User.objects.get(username="admin")
    assert all(can(admin, permission) for permission in PERMISSIONS)
    assert client.get("/admin/").status_code == 302
    client.force_login(admin)
    assert client.get("/admin/").status_code == 200
