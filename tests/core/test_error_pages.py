"""400, 403, 404 and 500: in the reader's language as pages, as problems for the API, and 500 without a database."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, connections
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from apps.core.access import public


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("odd")


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404("There is no dashboard <b>x</b>.")


urlpatterns = [
    path("", include("console.urls")),
    *(
        path(f"{before}{name}", public(view))
        for before in ("", "api/")
        for name, view in (("fail", fail), ("suspicious", suspicious), ("missing", missing))
    ),
]
handler400 = "apps.core.views.bad_request"
handler403 = "apps.core.views.forbidden"
handler404 = "apps.core.views.not_found"
handler500 = "apps.core.views.server_error"

pytestmark = pytest.mark.urls(__name__)
CASES = [("/suspicious", 400), ("/missing", 404), ("/nowhere", 404), ("/fail", 500)]


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(("address", "status"), CASES)
def test_an_error_is_a_page_in_the_readers_language(db, visitor, address, status, language):
    answer = visitor.get(address, headers={"Accept-Language": language})
    text = answer.content.decode()
    assert answer.status_code == status
    assert f'<html lang="{language}"' in text
    assert str(status) in text
    assert "secret detail" not in text


@pytest.mark.parametrize(("address", "status"), CASES)
def test_the_api_answers_with_a_problem(db, visitor, address, status):
    answer = visitor.get(f"/api{address}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert "secret detail" not in answer.content.decode()


def test_what_a_view_said_is_shown_and_escaped(db, visitor):
    assert "There is no dashboard &lt;b&gt;x&lt;/b&gt;." in visitor.get("/missing").content.decode()


def test_a_form_without_its_token_is_explained(db):
    answer = Client(enforce_csrf_checks=True).post("/accounts/switch/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "403" in answer.content.decode()


def test_the_page_of_a_failure_needs_no_database(db, visitor, monkeypatch):
    visitor.cookies["sessionid"] = "somebody"

    def refuse(*args, **kwargs):
        raise DatabaseError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(connections["default"], "cursor", refuse)
        answer = visitor.get("/accounts/preferences/", headers={"Accept-Language": "en"})
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()


@pytest.mark.parametrize("address", ["/accounts/login/", "/nowhere", "/healthz"])
def test_every_answer_carries_the_security_headers(db, visitor, address):
    answer = visitor.get(address)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "NONCE" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("address", ["/accounts/login/", "/nowhere", "/suspicious"])
def test_pages_hold_no_inline_scripts_handlers_or_styles(db, visitor, address):
    text = visitor.get(address).content.decode()
    assert "<script>" not in text
    assert " onclick=" not in text
    assert " style=" not in text


def test_a_host_that_is_not_ours_is_a_400_and_no_500(db, visitor):
    assert visitor.get("/accounts/login/", headers={"Host": "evil.example"}).status_code == 400
