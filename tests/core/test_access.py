"""One policy: who may do what, and what meets whoever may not. Every address of the console says whom it is for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from ninja.operation import PathView

from apps.core.access import PERMISSIONS, ROLES, can, public, requires, signed_in

# Guarded by a site of its own: apps/accounts/site.py.
GUARDED_ELSEWHERE = ("admin/",)
# django-ninja needs the bare root to have a name, and answers it with 404.
NOTHING_THERE = "api/v1/"
ACCESS = PERMISSIONS | {"public", "signed in"}


@requires("alerts.act")
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


@requires("alerts.act")
async def page_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


urlpatterns = [
    path("page", page),
    path("page-async", page_async),
    path("api/page", page),
    path("api/page-async", page_async),
    path("own", signed_in(lambda request: HttpResponse("in"))),
    path("open", public(lambda request: HttpResponse("in"))),
    path("accounts/login/", public(lambda request: HttpResponse("sign in")), name="account_login"),
    path("accounts/switch/", public(lambda request: HttpResponse("")), name="preferences_switch"),
]
handler403 = "apps.core.views.forbidden"


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        address = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, address)
        else:
            yield address, entry


def access_of(view: object) -> set[object]:
    """What a view asks for; for a path of django-ninja what each of its operations does."""
    cells = [cell.cell_contents for cell in getattr(view, "__closure__", None) or ()]
    operations = [operation for cell in cells if isinstance(cell, PathView) for operation in cell.operations]
    if not operations:
        return {getattr(view, "access", None)}
    return {getattr(one.run, "access", None) or getattr(one.view_func, "access", None) for one in operations}


def test_every_address_says_whom_it_is_for():
    found = [(address, entry.callback) for address, entry in patterns(get_resolver("console.urls"))]
    unmarked = [
        address
        for address, view in found
        if not address.startswith(GUARDED_ELSEWHERE) and address != NOTHING_THERE and not access_of(view) <= ACCESS
    ]
    assert len(found) > 10
    assert unmarked == []


@pytest.mark.urls("console.urls")
def test_the_bare_root_of_the_api_is_nothing(db, client):
    assert client.get(f"/{NOTHING_THERE}").status_code == 404


@pytest.fixture
def member(db):
    def make(*roles: str) -> User:
        user = User.objects.create_user("-".join(roles) or "nobody")
        user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
        return user

    return make


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", {"dashboards.view", "business.view", "logs.view", "alerts.view", "checks.view"}),
        ("business", {"dashboards.view", "business.view"}),
        (
            "ops",
            {"dashboards.view", "business.view", "logs.view", "alerts.view", "checks.view", "alerts.act", "checks.run"},
        ),
        ("admin", set(PERMISSIONS)),
    ],
)
def test_a_role_may_exactly_this(member, role, allowed):
    user = member(role)
    assert {permission for permission in PERMISSIONS if can(user, permission)} == allowed


def test_roles_add_up(member):
    user = member("business", "ops")
    assert can(user, "business.view")
    assert can(user, "alerts.act")


def test_who_has_no_role_may_nothing_and_neither_may_strangers_and_the_inactive(member):
    inactive = member("admin")
    inactive.is_active = False
    for user in (member(), AnonymousUser(), inactive):
        assert not any(can(user, permission) for permission in PERMISSIONS)


def test_a_group_that_is_no_role_opens_nothing(member):
    assert not can(member("wheel"), "dashboards.view")


def test_a_superuser_may_all_without_a_role(member):
    user = member()
    user.is_superuser = True
    assert all(can(user, permission) for permission in PERMISSIONS)


def test_a_permission_that_does_not_exist_is_an_error_and_no_answer(member):
    with pytest.raises(ValueError, match=r"dashboard\.view"):
        can(member("admin"), "dashboard.view")
    with pytest.raises(ValueError, match="nothing"):
        requires("nothing")  # type: ignore[arg-type]


def test_roles_are_asked_for_once_a_request(member, django_assert_num_queries):
    user = member("viewer")
    with django_assert_num_queries(1):
        for permission in PERMISSIONS:
            can(user, permission)


@pytest.mark.urls(__name__)
class TestGuardedViews:
    @pytest.mark.parametrize("address", ["/page", "/page-async", "/api/page", "/api/page-async"])
    def test_it_opens_to_who_may(self, member, address):
        client = Client()
        client.force_login(member("ops"))
        assert client.get(address).content == b"in"

    @pytest.mark.parametrize("address", ["/page", "/page-async"])
    def test_a_page_sends_strangers_to_sign_in_and_back(self, db, client, address):
        answer = client.get(f"{address}?from=now-1h")
        assert answer["Location"] == f"/accounts/login/?next={address}%3Ffrom%3Dnow-1h"

    @pytest.mark.parametrize("address", ["/page", "/page-async"])
    def test_a_fragment_sends_its_whole_page_to_sign_in(self, db, client, address):
        answer = client.get(address, headers={"HX-Request": "true", "HX-Current-URL": "/d/api/"})
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/login/?next=/d/api/")

    @pytest.mark.parametrize("address", ["/api/page", "/api/page-async"])
    def test_the_api_answers_strangers_with_a_problem(self, db, client, address):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
        assert set(answer.json()) == {"type", "title", "status", "detail"}

    @pytest.mark.parametrize("address", ["/api/page", "/api/page-async"])
    def test_the_api_answers_who_may_not_with_a_problem(self, member, client, address):
        client.force_login(member("viewer"))
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")

    def test_an_own_page_opens_to_everybody_who_is_signed_in(self, member, client):
        assert client.get("/own").status_code == 302
        client.force_login(member())
        assert client.get("/own").content == b"in"

    def test_a_public_page_opens_to_strangers(self, db, client):
        assert client.get("/open").content == b"in"


def test_decorators_mark_the_view():
    assert page.access == page_async.access == "alerts.act"  # type: ignore[attr-defined]
    assert public(lambda request: None).access == "public"  # type: ignore[attr-defined]
    assert set(ROLES) == {"viewer", "business", "ops", "admin"}
