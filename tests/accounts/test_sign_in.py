"""Signing in and out: closed to strangers, limited, audited, in the reader's language."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from apps.accounts.models import AuditEvent
from tests.accounts.conftest import PASSWORD

LOGIN = "/accounts/login/"


def sign_in(client: Client, name: str, password: str = PASSWORD, **more):
    return client.post(LOGIN, {"login": name, "password": password, **more})


def trail() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.order_by("id").values_list("action", "actor_name"))


def test_a_user_signs_in_and_goes_where_they_wanted(person, client):
    person("viewer")
    answer = sign_in(client, "viewer", next="/d/api/?from=now-1h")
    assert (answer.status_code, answer["Location"]) == (302, "/d/api/?from=now-1h")
    assert client.get("/accounts/preferences/").status_code == 200


def test_a_next_address_elsewhere_is_not_followed(person, client):
    person("viewer")
    assert sign_in(client, "viewer", next="https://evil.example/")["Location"] == "/"


def test_sign_ins_failures_and_sign_outs_are_in_the_trail_with_their_address(person, client):
    person("viewer")
    sign_in(client, "viewer", "wrong")
    sign_in(client, "viewer")
    client.post("/accounts/logout/")
    sessions = [(action, name) for action, name in trail() if action.startswith("session.")]
    assert sessions == [
        ("session.sign_in_failed", "viewer"),
        ("session.signed_in", "viewer"),
        ("session.signed_out", "viewer"),
    ]
    assert AuditEvent.objects.filter(action="session.signed_in").get().ip == "127.0.0.1"


def test_an_unknown_name_is_not_kept_since_it_may_be_a_password(db, client):
    sign_in(client, "hunter2-typed-in-the-wrong-field", "x")
    event = AuditEvent.objects.get(action="session.sign_in_failed")
    assert event.actor_name == ""
    assert "hunter2" not in f"{event.target}{event.detail}"


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(person, client):
    person("viewer")
    errors = [sign_in(client, name, "wrong").context["form"].errors for name in ("viewer", "stranger")]
    assert errors[0] == errors[1]


def test_a_sixth_failure_of_one_name_is_told_to_wait(person, client):
    person("viewer")
    for _attempt in range(5):
        sign_in(client, "viewer", "wrong")
    answer = sign_in(client, "viewer")
    assert "_auth_user_id" not in client.session
    assert answer.status_code in (200, 429)


def test_a_thirty_first_attempt_from_one_address_is_refused_with_429(db, client):
    answers = [sign_in(client, f"stranger{number}", "x").status_code for number in range(31)]
    assert answers[-1] == 429


def test_an_inactive_user_cannot_sign_in(person, client):
    user = person("viewer")
    user.is_active = False
    user.save()
    sign_in(client, "viewer")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"])
def test_signing_up_resets_and_mail_addresses_do_not_exist(db, client, path):
    assert client.get(path).status_code == 404


def test_a_sign_out_needs_a_post(signed_in):
    client = signed_in("viewer")
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_sign_in_page_speaks_the_language_that_was_chosen(db, client, language):
    client.post("/accounts/switch/", {"language": language, "next": LOGIN})
    answer = client.get(LOGIN)
    assert answer["Content-Language"] == language
    assert f'<html lang="{language}"' in answer.content.decode()


def test_a_password_is_changed_by_its_owner_and_audited(signed_in):
    client = signed_in("viewer")
    answer = client.post(
        "/accounts/password/",
        {"oldpassword": PASSWORD, "password1": "another-long-password", "password2": "another-long-password"},
    )
    assert answer.status_code == 302
    assert ("user.password_changed", "viewer") in trail()
    kept = "".join(str(event.detail) for event in AuditEvent.objects.all())
    assert "another-long-password" not in kept
    assert "pbkdf2" not in kept
    digest = User.objects.get().password.rsplit("$", 1)[1]
    assert digest[-8:] not in kept
    assert digest[-8:] not in "".join(str(entry.changes) for entry in LogEntry.objects.all())
