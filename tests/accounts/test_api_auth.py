"""The API's own sign-in for django-ninja: a session with its CSRF token, or a Bearer token."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import path
from ninja import NinjaAPI

from apps.accounts.actions import token_create
from apps.accounts.api_auth import auth

api = NinjaAPI(auth=auth, urls_namespace="tests-api-auth", docs_url=None, openapi_url=None)


@api.api_operation(["GET", "POST"], "/me")
def me(request: HttpRequest) -> dict[str, str]:
    return {"name": request.user.get_username()}


urlpatterns = [path("api/", api.urls)]
pytestmark = pytest.mark.urls(__name__)


def test_nobody_is_refused(db, client):
    assert client.get("/api/me").status_code == 401


def test_a_session_reads(signed_in):
    assert signed_in("viewer").get("/api/me").json() == {"name": "viewer"}


def test_a_session_changes_only_with_its_csrf_token(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("ops"))
    assert client.post("/api/me").status_code == 403
    client.cookies["csrftoken"] = "a" * 32
    assert client.post("/api/me", headers={"X-CSRFToken": "a" * 32}).json() == {"name": "ops"}


def test_a_token_needs_no_session_and_no_csrf_token(person):
    secret = token_create(person("ops"), scope="write").secret
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/me").json() == {"name": "ops"}
    assert client.post("/api/me").json() == {"name": "ops"}


def test_another_rooms_token_signs_nobody_in(db):
    client = Client(headers={"Authorization": "Bearer webhook-token"})
    assert client.get("/api/me").status_code == 401
