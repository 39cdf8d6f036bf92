"""Preferences, the switch for language and theme, API tokens, the audit trail."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import actions
from apps.accounts.forms import AuditForm, PreferencesForm, SwitchForm, TokenForm
from apps.accounts.models import AuditEvent
from apps.accounts.queries import THEME_COOKIE, audit_events, preferences_for, tokens_of, zone_of
from apps.core.access import public, requires, signed_in

PAGE_SIZE = 50
_YEAR = 365 * 86400


@public
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Changes `language` or `theme` and goes back to `next`; saved for who is signed in, a cookie for who is not."""
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    changed = {field: value for field, value in form.cleaned_data.items() if value}
    if isinstance(request.user, User) and changed:
        actions.preferences_set(request.user, **(_seen(request) | changed))
    response: HttpResponse = HttpResponse(status=204)
    if request.headers.get("HX-Request") == "true":
        response["HX-Refresh"] = "true"
    elif request.headers.get("X-Requested-With") != "fetch":
        response = HttpResponseRedirect(_next(request))
    # Kept beside the saved choice, so that the sign-in page looks as its reader left it.
    cookies = {"language": settings.LANGUAGE_COOKIE_NAME, "theme": THEME_COOKIE}
    for field, value in changed.items():
        response.set_cookie(
            cookies[field], value, max_age=_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response


def _seen(request: HttpRequest) -> dict[str, str]:
    """What a reader without saved preferences sees now, so that saving one choice changes no other."""
    current = preferences_for(request)
    if current.pk:
        return {}
    return {"language": current.language, "theme": current.theme, "time_zone": current.time_zone}


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else settings.LOGIN_REDIRECT_URL


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """The reader's own page: language, theme, time zone, password, API tokens."""
    if not isinstance(request.user, User):
        raise TypeError("a signed-in request has a user")
    form = PreferencesForm(request.POST or None, instance=preferences_for(request))
    if request.method == "POST" and form.is_valid():
        saved = actions.preferences_set(request.user, **form.cleaned_data)
        with override(saved.language):
            messages.success(request, _("Your preferences are saved."))
        return redirect("preferences")
    status = 400 if form.is_bound else 200
    return render(request, "accounts/preferences.html", _own_page(request, request.user, form), status=status)


def _own_page(request: HttpRequest, user: User, form: PreferencesForm, **more: Any) -> dict[str, Any]:
    return {"form": form, "token_form": TokenForm(), "tokens": tokens_of(user), **more}


@signed_in
@never_cache
@require_POST
def token_create(request: HttpRequest) -> HttpResponse:
    """Makes a token of the reader's own and shows its secret, this once."""
    if not isinstance(request.user, User):
        raise TypeError("a signed-in request has a user")
    form = TokenForm(request.POST)
    context = _own_page(request, request.user, PreferencesForm(instance=preferences_for(request)))
    if not form.is_valid():
        return render(request, "accounts/preferences.html", context | {"token_form": form}, status=400)
    made = actions.token_create(request.user, name=form.cleaned_data["name"], scope=form.cleaned_data["scope"])
    return render(request, "accounts/preferences.html", context | {"new_token": made.secret})


@signed_in
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes a token of the reader's own; anybody else's is not found."""
    if not isinstance(request.user, User):
        raise TypeError("a signed-in request has a user")
    token = get_object_or_404(tokens_of(request.user), pk=pk)
    actions.token_revoke(token)
    messages.success(request, _("The token %(token)s is revoked.") % {"token": token.prefix})
    return redirect("preferences")


@requires("admin")
@never_cache
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what: filtered, newest first, a page at a time."""
    form = AuditForm(request.GET)
    if not form.is_valid():
        return render(request, "accounts/audit.html", {"form": form, "page": None}, status=400)
    page = Paginator(audit_events(form.wanted(zone_of(request))), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/audit.html", {"form": form, "page": page, "query": _without_page(request.GET)})


def _without_page(asked: QueryDict) -> str:
    kept = asked.copy()
    kept.pop("page", None)
    return kept.urlencode()


@requires("admin")
@never_cache
@require_GET
def audit_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The filtered trail as CSV, streamed; times are ISO 8601 in the reader's zone."""
    form = AuditForm(request.GET)
    if not form.is_valid():
        return render(request, "accounts/audit.html", {"form": form, "page": None}, status=400)
    zone = zone_of(request)
    events = audit_events(form.wanted(zone)).iterator(chunk_size=1000)
    response = StreamingHttpResponse(_csv_lines(events, zone), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


class _Echo:
    """A file whose write gives the line back, so that the csv module can be streamed."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(events: Iterator[AuditEvent], zone: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # Excel reads UTF-8 only after a byte order mark.
    yield "\ufeff" + str(writer.writerow(["time", "actor", "action", "target", "ip", "detail"]))
    for event in events:
        at = timezone.localtime(event.at, zone).isoformat(timespec="seconds")
        cells = [
            at,
            event.actor_name,
            event.action,
            event.target,
            event.ip or "",
            "; ".join(f"{name}: {text}" for name, text in event.lines),
        ]
        yield str(writer.writerow([_harmless(cell) for cell in cells]))


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, with an apostrophe before it."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
