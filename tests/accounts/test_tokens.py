"""API tokens: shown once, kept as a digest, no more than their user, gone when revoked."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.http import require_http_methods

from apps.accounts.actions import token_create, token_revoke
from apps.accounts.models import ApiToken, AuditEvent
from apps.core.access import requires


@requires("logs.view")
@require_http_methods(["GET", "POST"])
def logs(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


@requires("logs.view")
async def logs_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse((await request.auser()).get_username())


urlpatterns = [path("api/v1/logs", logs), path("api/v1/logs-async", logs_async), path("page", logs)]

pytestmark = pytest.mark.urls(__name__)


def ask(secret: str, address: str = "/api/v1/logs", method: str = "get") -> HttpResponse:
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})
    return getattr(client, method)(address)


@pytest.mark.parametrize("address", ["/api/v1/logs", "/api/v1/logs-async"])
def test_a_token_asks_as_its_user(person, address):
    answer = ask(token_create(person("viewer")).secret, address)
    assert (answer.status_code, answer.content) == (200, b"viewer")


def test_a_token_may_no_more_than_its_user(person):
    answer = ask(token_create(person("business")).secret)
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 403


def test_a_reading_token_may_not_change_and_a_writing_one_needs_no_csrf_token(person):
    user = person("ops")
    assert ask(token_create(user).secret, method="post").status_code == 403
    assert ask(token_create(user, scope="write").secret, method="post").status_code == 200


def test_a_session_needs_its_csrf_token(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("ops"))
    answer = client.post("/api/v1/logs")
    assert answer.status_code == 403
    assert answer.json()["title"]


@pytest.mark.parametrize("change", ["x", "", "glc_", "glc_00000000_aaaa", "glc_\x7f_b"])
def test_a_wrong_token_is_refused_with_401(person, change):
    secret = token_create(person("viewer")).secret
    answer = ask(secret[:-1] + ("A" if secret[-1] != "A" else "B") if change == "x" else change or "glc_x_y")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_nobody_is_told_to_sign_in_by_a_problem(db, client):
    answer = client.get("/api/v1/logs")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_a_revoked_token_opens_nothing(person):
    made = token_create(person("viewer"))
    assert token_revoke(made.token) is True
    assert ask(made.secret).status_code == 401
    assert token_revoke(made.token) is False


def test_the_token_of_a_deactivated_user_opens_nothing(person):
    user = person("viewer")
    secret = token_create(user).secret
    user.is_active = False
    user.save()
    assert ask(secret).status_code == 401


def test_a_token_opens_the_api_and_no_page(person):
    assert ask(token_create(person("viewer")).secret, "/page").status_code == 302


def test_only_the_digest_is_kept(person):
    made = token_create(person("viewer"))
    row = ApiToken.objects.values_list().get()
    assert made.secret not in map(str, row)
    assert made.secret.split("_", 2)[2] not in "".join(str(event.detail) for event in AuditEvent.objects.all())


def test_use_is_noted_but_not_with_every_request(person, django_assert_num_queries):
    made = token_create(person("viewer"))
    ask(made.secret)
    made.token.refresh_from_db()
    first = made.token.last_used_at
    assert first is not None
    ask(made.secret)
    made.token.refresh_from_db()
    assert made.token.last_used_at == first


def command(*words: str) -> str:
    out = StringIO()
    call_command("token", *words, stdout=out)
    return out.getvalue()


def test_the_command_makes_lists_and_revokes(person):
    person("viewer")
    secret = command("create", "viewer", "--name", "grafana").strip()
    assert ask(secret).status_code == 200
    prefix = secret.split("_")[1]
    assert prefix in command("list")
    assert "grafana" in command("list", "viewer")
    command("revoke", prefix)
    assert ask(secret).status_code == 401
    assert "revoked" in command("list")


def test_the_command_names_a_user_that_does_not_exist(db):
    with pytest.raises(CommandError, match="stranger"):
        command("create", "stranger")
    with pytest.raises(CommandError, match="abcd"):
        command("revoke", "abcd")


def test_making_and_revoking_are_audited(person):
    made = token_create(person("viewer"))
    token_revoke(made.token)
    actions = list(AuditEvent.objects.filter(action__startswith="token.").values_list("action", flat=True))
    assert sorted(actions) == ["token.changed", "token.created"]
