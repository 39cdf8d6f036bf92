"""The audit trail: for admins, filtered, in pages, as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from apps.accounts.actions import record
from apps.accounts.models import AuditEvent

PAGE = "/accounts/audit/"


@pytest.fixture
def admin(signed_in):
    client = signed_in("admin")
    AuditEvent.objects.all().delete()
    return client


def at(event: AuditEvent, *when: int) -> AuditEvent:
    event.at = datetime(*when, tzinfo=UTC)
    event.save()
    return event


@pytest.mark.parametrize("role", ["viewer", "business", "ops", "nobody"])
@pytest.mark.parametrize("page", [PAGE, "/accounts/audit.csv"])
def test_it_is_closed_to_everybody_but_admins(signed_in, role, page):
    assert signed_in(role).get(page).status_code == 403


def test_it_sends_strangers_to_sign_in(db, client):
    assert client.get(PAGE)["Location"].startswith("/accounts/login/?next=")


def shown(answer) -> list[str]:
    return [event.target for event in answer.context["page"]]


def test_events_are_filtered_by_who_what_and_day_of_the_reader(admin):
    at(record("kim", "alert.acknowledged", "first"), 2026, 11, 21, 14, 59)  # 23:59 on the 21st in Seoul
    at(record("kim", "alert.acknowledged", "second"), 2026, 11, 21, 15, 0)  # midnight of the 22nd in Seoul
    at(record("lee", "check.run", "third"), 2026, 11, 22, 14, 59)
    at(record("lee", "check.run", "fourth"), 2026, 11, 22, 15, 0)
    assert shown(admin.get(PAGE)) == ["fourth", "third", "second", "first"]
    assert shown(admin.get(PAGE, {"actor": "KI"})) == ["second", "first"]
    assert shown(admin.get(PAGE, {"action": "check.run"})) == ["fourth", "third"]
    assert shown(admin.get(PAGE, {"first": "2026-11-22", "last": "2026-11-22"})) == ["third", "second"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": "yesterday"},
        {"last": "2026-02-30"},
        {"action": "x' OR 1=1"},
        {"first": "2026-11-23", "last": "2026-11-22"},
    ],
)
def test_a_wrong_filter_is_a_400_with_a_message(admin, wrong):
    answer = admin.get(PAGE, wrong)
    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert admin.get("/accounts/audit.csv", wrong).status_code == 400


def test_pages_keep_the_filter(admin):
    for number in range(51):
        record("kim", "alert.acknowledged", str(number))
    answer = admin.get(PAGE, {"actor": "kim"})
    assert len(shown(answer)) == 50
    assert b"?actor=kim&amp;page=2" in answer.content
    assert shown(admin.get(PAGE, {"actor": "kim", "page": "2"})) == ["0"]
    assert admin.get(PAGE, {"page": "nonsense"}).status_code == 200


def test_the_csv_is_the_filtered_trail_and_harmless_in_a_spreadsheet(admin):
    at(record("kim", "note.added", "=HYPERLINK(1)", reason="because"), 2026, 11, 22, 0, 0)
    record("lee", "note.added", "other")
    answer = admin.get("/accounts/audit.csv", {"actor": "kim"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["target"] for row in rows] == ["'=HYPERLINK(1)"]
    assert rows[0]["time"] == "2026-11-22T09:00:00+09:00"
    assert rows[0]["detail"] == "reason: because"


def test_markup_in_the_trail_is_text(admin):
    record("kim", "note.added", "<script>alert(1)</script>")
    assert b"<script>alert" not in admin.get(PAGE).content


def test_a_change_of_roles_in_the_admin_is_audited_with_who_did_it(admin, person):
    user = person("viewer")
    AuditEvent.objects.all().delete()
    fields = {"username": "viewer", "is_active": "on", "groups": [Group.objects.get(name="ops").pk]}
    fields |= {"last_login_0": "", "last_login_1": "", "date_joined_0": "2026-11-22", "date_joined_1": "09:00:00"}
    answer = admin.post(f"/admin/auth/user/{user.pk}/change/", fields)
    assert answer.status_code == 302
    assert list(user.groups.values_list("name", flat=True)) == ["ops"]
    events = AuditEvent.objects.filter(action="user.changed", target="viewer")
    assert {event.actor_name for event in events} == {"admin"}
    assert any("ops" in text for event in events for _name, text in event.lines)


def test_an_event_outlives_its_actor(person):
    user = person("viewer")
    event = record(user, "check.run")
    user.delete()
    event.refresh_from_db()
    assert (event.actor, event.actor_name) == (None, "viewer")


def test_too_long_words_are_cut_and_not_lost(db):
    event = record("k" * 500, "a" * 500, "t" * 500)
    event.full_clean()
    assert len(event.target) == 200


@pytest.mark.parametrize(
    "model", ["auth/user", "auth/group", "accounts/auditevent", "accounts/apitoken", "accounts/preferences"]
)
def test_the_admin_lists_what_we_keep(admin, model):
    assert admin.get(f"/admin/{model}/").status_code == 200


def test_no_admin_page_changes_the_trail(admin):
    event = record("kim", "note.added")
    page = f"/admin/accounts/auditevent/{event.pk}/"
    assert admin.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"{page}change/", {"action": "x"}).status_code == 403
    assert admin.get("/admin/accounts/auditevent/add/").status_code == 403
    assert AuditEvent.objects.filter(pk=event.pk, action="note.added").exists()


@pytest.mark.parametrize("role", ["viewer", "business", "ops", "nobody"])
def test_the_admin_is_closed_to_the_other_roles(signed_in, role):
    assert signed_in(role).get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_admin_has_no_sign_in_page_of_its_own(db, client, method):
    answer = getattr(client, method)("/admin/login/?next=/admin/auth/", {"username": "admin", "password": "guess"})
    assert answer["Location"] == "/accounts/login/?next=/admin/"


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"theme": ["light", "dark"]}, [("theme", "light → dark")]),
        ({"name": ["None", "viewer"], "email": ["None", ""]}, [("name", "viewer")]),
        ({"name": ["viewer", "None"]}, [("name", "viewer → –")]),
        ({"password": ["***", "***"]}, [("password", "***")]),
        ({"groups": {"operation": "add", "objects": ["ops"]}}, [("groups", "add ops")]),
    ],
)
def test_changes_read_as_before_and_after(changes, lines):
    assert AuditEvent(detail={"changes": changes}).lines == lines
