"""Who may do what: four roles (Django groups), eight permissions, one table. Nothing else decides about access."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.core.problems import problem, wants_problem

Permission = Literal[
    "dashboards.view",
    "business.view",
    "logs.view",
    "alerts.view",
    "alerts.act",
    "checks.view",
    "checks.run",
    "admin",
]
PERMISSIONS: frozenset[str] = frozenset(get_args(Permission))

_VIEWER = frozenset({"dashboards.view", "business.view", "logs.view", "alerts.view", "checks.view"})
ROLES: dict[str, frozenset[str]] = {
    "viewer": _VIEWER,
    # Raw logs hold personal data, so business people see figures only.
    "business": frozenset({"dashboards.view", "business.view"}),
    "ops": _VIEWER | {"alerts.act", "checks.run"},
    "admin": PERMISSIONS,
}

AnyUser = User | AnonymousUser
View = TypeVar("View", bound=Callable[..., Any])


def roles_of(user: Any) -> list[str]:
    """The names of the user's roles, weakest first; asks the database once per user object."""
    known: list[str] | None = getattr(user, "_console_roles", None)
    if known is None:
        names = set(user.groups.values_list("name", flat=True))
        known = [role for role in ROLES if role in names]
        user._console_roles = known
    return known


def can(user: Any, permission: str) -> bool:
    """Whether the user may; nobody may who is signed out or inactive, a superuser may do all.

    Raises ValueError for a permission that does not exist: a typing error must not open or close a door.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission!r}; there are {', '.join(sorted(PERMISSIONS))}")
    if not user.is_authenticated or not user.is_active:
        return False
    if user.is_superuser:
        return True
    return any(permission in ROLES[role] for role in roles_of(user))


def reader_of(request: HttpRequest) -> Any:
    """The user of a request; nobody where it failed before it was asked who sends it (a wrong host, for example)."""
    return getattr(request, "user", None) or AnonymousUser()


def refuse(request: HttpRequest, user: Any) -> HttpResponseBase:
    """The answer to somebody who may not: sign in first (page or 401), or 403."""
    if wants_problem(request):
        if user.is_authenticated:
            return problem(403, _("Forbidden"), _("Your role does not include this."))
        response = problem(401, _("Not signed in"), _("Sign in, or send a token: Authorization: Bearer …"))
        response["WWW-Authenticate"] = 'Bearer realm="glimpse-console"'
        return response
    if user.is_authenticated:
        raise PermissionDenied
    if request.headers.get("HX-Request") == "true":
        # A fragment's place is no place for a sign-in form: the whole page goes there.
        here = request.headers.get("HX-Current-URL") or request.get_full_path()
        return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(here).url})
    return redirect_to_login(request.get_full_path())


def _asked(request: HttpRequest, permission: str) -> tuple[Any, bool]:
    # Not request.auser(): the middleware has read request.user already, and that one knows its roles.
    return request.user, can(request.user, permission)


def requires(permission: Permission) -> Callable[[View], View]:
    """Opens a view, sync or async, to users with the permission; others meet `refuse`. Sets `view.access`."""
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission!r}")

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @functools.wraps(view)
            async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                user, allowed = await sync_to_async(_asked)(request, permission)
                if not allowed:
                    return refuse(request, user)
                return await view(request, *args, **kwargs)

            guarded: Any = guarded_async
        else:

            @functools.wraps(view)
            def guarded_sync(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                if not can(request.user, permission):
                    return refuse(request, request.user)
                return view(request, *args, **kwargs)

            guarded = guarded_sync
        guarded.access = permission
        return guarded  # type: ignore[no-any-return]

    return decorate


def signed_in(view: View) -> View:
    """Opens a view to everybody who is signed in, whatever the role: their own preferences, for example."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_authenticated:
            return refuse(request, request.user)
        return view(request, *args, **kwargs)

    guarded.access = "signed in"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def public(view: View) -> View:
    """Marks a view as open to everybody on purpose; sets `view.access`."""
    if iscoroutinefunction(view):

        @functools.wraps(view)
        async def open_async(*args: Any, **kwargs: Any) -> Any:
            return await view(*args, **kwargs)

        opened: Any = open_async
    else:

        @functools.wraps(view)
        def open_sync(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        opened = open_sync
    opened.access = "public"
    return opened  # type: ignore[no-any-return]
